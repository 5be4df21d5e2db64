import type { KernelLevel } from "../src/kernel/kernel.ts";

/** What a runtime is expected to have. Stated by whoever starts the suite there, so that a loss is a failure. */
export interface Platform {
  /** The kernel level to be had when one is asked for. */
  kernel: Record<KernelLevel, KernelLevel>;
  /** Whether hnswlib-wasm runs: it compiles WebAssembly and code from data, not from what was deployed. */
  hnsw: boolean;
  /** Another place of the same engine has run what is computing alone: here it is not run again. */
  again?: boolean;
  /** Properties are tried with all their cases here, elsewhere with fewer. */
  isDeep?: boolean;
  /** Shared memory can be made, and not be given to another thread. */
  noSharing?: boolean;
  /** There is a waitUntil of its own, which is found before those of others. */
  hasWaitUntil?: true;
  /** There are no CompressionStream and DecompressionStream. */
  noGzip?: true;
}

export const EVERY_LEVEL: Platform["kernel"] = { "simd-shared": "simd-shared", simd: "simd", scalar: "scalar" };
/** Workers and edge functions: a module may be run, but there are no threads to share memory with. */
export const NO_THREADS: Platform["kernel"] = { "simd-shared": "simd", simd: "simd", scalar: "scalar" };
/** Where WebAssembly is forbidden. */
export const NO_WASM: Platform["kernel"] = { "simd-shared": "scalar", simd: "scalar", scalar: "scalar" };
