import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Embedder, MnemeError } from "mneme";

type Loaded = Record<string, unknown>;

/**
 * The user's own embedder: `./file.js`, `./file.js:name`, `package`, `package/part:name`. The export is an Embedder, or a
 * function or class that makes one without arguments; without a name it is the default export.
 */
export async function embedderOf(specifier: string): Promise<Embedder> {
  const [, module, name] = /^(.*?)(?::([\p{ID_Start}$_][\p{ID_Continue}$]*))?$/su.exec(specifier)!;
  const loaded = await load(module!);
  const exported = loaded[name ?? "default"];
  if (exported === undefined) {
    const others = Object.keys(loaded).join(", ") || "none";
    throw failure(`"${module}" has no export "${name ?? "default"}"; it has ${others}.`);
  }
  const embedder: unknown = isEmbedder(exported) ? exported : await made(exported, specifier);
  if (isEmbedder(embedder)) return embedder;
  throw failure(`"${specifier}" is no embedder: it has no fingerprint, dimensions and embed(texts).`);
}

async function load(module: string): Promise<Loaded> {
  try {
    return (await import(locationOf(module))) as Loaded;
  } catch (cause) {
    throw failure(`"${module}" cannot be loaded: ${(cause as Error).message}.`, cause);
  }
}

/** A file, from where the command runs; a package of that place, else one that is installed beside mneme. */
function locationOf(module: string): string {
  if (module.startsWith(".") || isAbsolute(module) || existsSync(module)) return pathToFileURL(resolve(module)).href;
  if (/^\w+:/.test(module)) return module;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), "from-here.js")).resolve(module)).href;
  } catch {
    return module;
  }
}

async function made(factory: unknown, specifier: string): Promise<unknown> {
  if (typeof factory !== "function") return factory;
  try {
    const isClass = /^class\b/.test(Function.prototype.toString.call(factory));
    return isClass ? Reflect.construct(factory, []) : await (factory as () => unknown)();
  } catch (cause) {
    throw failure(`"${specifier}" failed to make an embedder: ${(cause as Error).message}.`, cause);
  }
}

function isEmbedder(value: unknown): value is Embedder {
  const { fingerprint, dimensions, embed } = (value ?? {}) as Partial<Embedder>;
  return typeof fingerprint === "string" && typeof dimensions === "number" && typeof embed === "function";
}

function failure(problem: string, cause?: unknown): MnemeError {
  return new MnemeError("argument", problem, "--embedder expects ./file.js:name or package:name.", { cause });
}
