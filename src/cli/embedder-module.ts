import { type Embedder, MnemeError } from "mneme";
import { imported } from "./module.ts";

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

async function load(module: string): Promise<Record<string, unknown>> {
  try {
    return await imported(module);
  } catch (cause) {
    throw failure(`"${module}" cannot be loaded: ${(cause as Error).message}.`, cause);
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
