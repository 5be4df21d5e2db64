// Where compiling bytes is allowed: Node, Deno, Bun, browsers. The other two files of this name serve the runtimes that
// only run modules deployed beside the script; package.json's "#kernel-modules" chooses.
import { compile } from "./compile.ts";
import { rows } from "./embedded.ts";

let compiled: { module: WebAssembly.Module | undefined } | undefined;

/** The small module, or undefined where it cannot be had. Modules are immutable, so one serves all kernels of the process. */
export function rowsModule(): WebAssembly.Module | undefined {
  compiled ??= { module: compile(rows) };
  return compiled.module;
}
