import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Embedder } from "mneme";
import { Failure, reason } from "./failure.ts";

const IMPORT_FAILURE = 3;

/** The embedder that "module:attr" names; attr is an embedder, or a function or class that makes one of no arguments. */
export async function loadEmbedder(name: string): Promise<Embedder> {
  const colon = name.lastIndexOf(":");
  const [module, attr] = [name.slice(0, colon), name.slice(colon + 1)];
  if (colon < 1 || attr === "") {
    throw new Failure(
      IMPORT_FAILURE,
      `--embedder expected module:attr, such as mneme/embedders:energeticEmbedder, not ${name}`,
    );
  }
  try {
    const exports = await importModule(module);
    if (!(attr in exports)) {
      throw new Error(`it has no export ${attr}; it has ${Object.keys(exports).join(", ") || "none"}`);
    }
    const embedder = await make(exports[attr]);
    if (typeof embedder?.embed === "function") return embedder;
    throw new Error(`${attr} is no embedder, and makes none`);
  } catch (error) {
    throw new Failure(IMPORT_FAILURE, `cannot load the embedder ${name}: ${reason(error)}`);
  }
}

/** A file is meant from where the command runs, and so is a package, unless it is this one. */
async function importModule(module: string): Promise<Record<string, unknown>> {
  if (module.startsWith("file:")) return import(module);
  const path = resolve(module);
  if (/^\.{0,2}[/\\]/.test(module) || existsSync(path)) return import(pathToFileURL(path).href);
  try {
    return await import(module);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const found = createRequire(join(process.cwd(), "package.json")).resolve(module);
    return import(pathToFileURL(found).href);
  }
}

async function make(value: unknown): Promise<Embedder> {
  if (typeof value !== "function" || "embed" in value) return value as Embedder;
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return isClass ? new (value as new () => Embedder)() : (value as () => Embedder)();
}
