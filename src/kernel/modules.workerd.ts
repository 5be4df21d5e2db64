// Cloudflare Workers run no bytes, only modules deployed beside the script. They have no threads, so no shared level.
import simd from "../../kernel.simd.wasm";
import type { CompiledLevel } from "./modules.ts";

export function kernelModule(level: CompiledLevel): WebAssembly.Module | undefined {
  return level === "simd" ? simd : undefined;
}
