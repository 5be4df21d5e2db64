// Where compiling bytes is allowed: Node, Deno, Bun, browsers. The other two files of this name serve the runtimes that
// only run modules deployed beside the script; package.json's "#kernel-modules" chooses.
import { simd, simdShared } from "./embedded.ts";

export type CompiledLevel = "simd" | "simd-shared";

const compiled = new Map<CompiledLevel, WebAssembly.Module | undefined>();

/**
 * The module of a level, or undefined where this engine lacks one of its opcodes or a policy (CSP, an embedder) forbids
 * compiling. Modules are immutable, so one serves all kernels of the process; instances are never shared.
 */
export function kernelModule(level: CompiledLevel): WebAssembly.Module | undefined {
  if (!compiled.has(level)) compiled.set(level, compile(level === "simd" ? simd : simdShared));
  return compiled.get(level);
}

function compile(hex: string): WebAssembly.Module | undefined {
  try {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
  } catch {
    return undefined; // no WebAssembly at all, or it may not compile here
  }
}
