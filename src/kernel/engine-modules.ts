// As modules.ts, for the whole kernel; package.json's "#engine-modules" chooses.
import { compile } from "./compile.ts";
import { simd, simdShared } from "./embedded-engine.ts";

export type CompiledLevel = "simd" | "simd-shared";

const compiled = new Map<CompiledLevel, WebAssembly.Module | undefined>();

/** The module of a level, or undefined where it cannot be had. */
export function kernelModule(level: CompiledLevel): WebAssembly.Module | undefined {
  if (!compiled.has(level)) compiled.set(level, compile(level === "simd" ? simd : simdShared));
  return compiled.get(level);
}
