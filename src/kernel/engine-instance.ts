import { kernelModule } from "#engine-modules";
import type { KernelExports, PruningExports, ThreadExports } from "./exports.ts";
import type { Asked, Instance, KernelLevel } from "./row-kernel.ts";
import { scalarKernel } from "./scalar.ts";

/** One kernel and its memory. */
export interface EngineInstance extends Instance {
  readonly pruning: PruningExports | undefined;
  readonly threads: ThreadExports | undefined;
}

/** The best level this runtime has, at most `wish`; or one on memory that another thread's has already. */
export function engineInstance(wish: KernelLevel, memory?: WebAssembly.Memory): EngineInstance {
  const asked: { filter: Asked } = { filter: () => true };
  const allowed = (id: number): boolean => asked.filter(id);
  for (const level of ["simd-shared", "simd"] as const) {
    if (wish === "scalar" || (wish === "simd" && level !== wish)) continue;
    const module = kernelModule(level);
    if (module === undefined) continue;
    try {
      const env = level === "simd-shared" ? { memory: memory ?? sharedMemory() } : {};
      const { exports } = new WebAssembly.Instance(module, { results: { allowed }, env });
      const kernel = exports as unknown as KernelExports & PruningExports & ThreadExports;
      const threads = level === "simd-shared" ? kernel : undefined;
      return { level, exports: kernel, pruning: kernel, threads, asked };
    } catch {
      // No shared memory in this context, or none of the size the module declares: the next level needs less.
    }
  }
  return { level: "scalar", exports: scalarKernel(allowed), pruning: undefined, threads: undefined, asked };
}

/** The limits the module's import declares (asconfig.json): an engine refuses others, so they cannot drift unnoticed. */
function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
}
