import { MnemeError } from "../error.ts";
import { engineInstance } from "./engine-instance.ts";
import type { PruningExports, ThreadExports } from "./exports.ts";
import { type Asked, type Neighbour, RowKernel, type Width } from "./row-kernel.ts";

/** What another thread needs to search a kernel's memory. Can be posted to it. */
export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly state: number;
  readonly dimensions: number;
  readonly width: Width;
}

/** Searches the memory of a kernel that another thread writes. It never waits for the writer, nor the writer for it. */
export class ReaderKernel extends RowKernel {
  readonly #pruning: PruningExports;
  readonly #threads: ThreadExports;
  readonly #records = new Map<string, number>();

  constructor({ memory, state, dimensions, width }: SharedMemory) {
    const instance = engineInstance("simd-shared", memory);
    const { threads, pruning } = instance;
    if (threads === undefined || pruning === undefined) {
      throw new MnemeError(
        "unsupported",
        "This runtime has no shared memory.",
        "Search in the thread that has the index.",
      );
    }
    let joined = false;
    const open = (): boolean => {
      joined = Boolean(threads.attach(state, dimensions, width));
      return true;
    };
    super(dimensions, { ...instance, exports: { ...instance.exports, open } }, width);
    if (!joined) {
      throw new MnemeError("conflict", "All places for readers are taken.", "Share the index anew for every reader.");
    }
    this.#pruning = pruning;
    this.#threads = threads;
  }

  /** The best `k` of a name's rows, as they were when the search began. */
  searchName(name: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Asked): Neighbour[] {
    this.load(vector);
    this.begin(k, threshold, filter);
    try {
      const record = this.#record(name);
      if (record === 0) return [];
      const planes = this.#threads.planesOf(record) >>> 0;
      if (planes === 0 || this.#pruning.prunedScan(planes) < 0) this.exports.scan(this.#threads.headOf(record));
      return this.results();
    } finally {
      this.#threads.endSeeing();
    }
  }

  /** Makes room for another reader. */
  leave(): void {
    this.#threads.leaveReaders();
  }

  #record(name: string): number {
    const known = this.#records.get(name);
    if (known !== undefined) return known;
    const threads = this.#threads;
    for (let record = threads.firstRecord() >>> 0; record !== 0; record = threads.nextRecord(record) >>> 0) {
      const units = new Uint16Array(
        this.exports.memory.buffer,
        threads.nameAt(record) >>> 0,
        threads.nameUnits(record),
      );
      let text = "";
      for (const unit of units) text += String.fromCharCode(unit);
      this.#records.set(text, record);
    }
    return this.#records.get(name) ?? 0;
  }
}
