import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Imports a file, from where the command runs; a package of that place, else one that is installed beside mneme. */
export async function imported(module: string): Promise<Record<string, unknown>> {
  return (await import(locationOf(module))) as Record<string, unknown>;
}

function locationOf(module: string): string {
  if (module.startsWith(".") || isAbsolute(module) || existsSync(module)) return pathToFileURL(resolve(module)).href;
  if (/^\w+:/.test(module)) return module;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), "from-here.js")).resolve(module)).href;
  } catch {
    return module;
  }
}
