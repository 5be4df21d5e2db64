import { engineInstance } from "./engine-instance.ts";

/** What a thread needs to help with searches (assembly/pool.ts). */
export interface ThreadTask {
  memory: WebAssembly.Memory;
  pool: number;
  index: number;
  helpers: number;
  dimensions: number;
  width: number;
  turns: number;
}

export interface Thread {
  stop(): void;
}

/** Helps until the pool is closed. */
export function perform({ memory, pool, index, helpers, dimensions, width, turns }: ThreadTask): void {
  const { threads } = engineInstance("simd-shared", memory);
  threads?.help(pool, index, helpers, dimensions, width, turns);
}
