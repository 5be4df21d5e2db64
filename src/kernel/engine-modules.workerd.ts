// As modules.workerd.ts, for the whole kernel. There are no threads here, so no shared level.
import simd from "../../kernel.simd.wasm";
import type { CompiledLevel } from "./engine-modules.ts";

export function kernelModule(level: CompiledLevel): WebAssembly.Module | undefined {
  return level === "simd" ? simd : undefined;
}
