// Vercel's edge runtime: as on Workers, but its bundler marks a module to be deployed with "?module".
import simd from "../../kernel.simd.wasm?module";
import type { CompiledLevel } from "./modules.ts";

export function kernelModule(level: CompiledLevel): WebAssembly.Module | undefined {
  return level === "simd" ? simd : undefined;
}
