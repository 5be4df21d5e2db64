import { MnemeError } from "../error.ts";
import { ComparingKernel } from "./comparing-kernel.ts";
import { engineInstance } from "./engine-instance.ts";
import type { PruningExports, ThreadExports } from "./exports.ts";
import type { Asked, Neighbour, Width } from "./row-kernel.ts";

/** What another thread needs to search an index. For one reader; post it there as it is. */
export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly state: number;
  readonly ticket: number;
  readonly dimensions: number;
  readonly width: Width;
}

/** Searches the memory of a kernel that another thread writes. It never waits for the writer, nor the writer for it. */
export class ReaderKernel extends ComparingKernel {
  readonly #pruning: PruningExports;
  readonly #threads: ThreadExports;
  /** By name: the records of its chains, one after another. */
  readonly #records = new Map<string, number[]>();
  /** The newest record of those. */
  #newest = 0;
  #isClosed = false;

  constructor({ memory, state, ticket, dimensions, width }: SharedMemory) {
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
      joined = Boolean(threads.attach(state, ticket, dimensions, width));
      return true;
    };
    super(dimensions, { ...instance, exports: { ...instance.exports, open } }, width);
    if (!joined) {
      throw new MnemeError(
        "conflict",
        "Another reader took this, or it was taken back.",
        "Share the index anew for it.",
      );
    }
    this.#pruning = pruning;
    this.#threads = threads;
  }

  /** The best `k` of a name's rows, as they were when the search began. */
  searchName(name: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Asked): Neighbour[] {
    if (this.#isClosed) throw new MnemeError("closed", "This reader was closed.", "Share the index anew.");
    if (!this.#threads.isIn()) throw takenBack();
    this.load(vector);
    this.begin(k, threshold, filter);
    let found: Neighbour[] = [];
    try {
      const record = this.#recordOf(name);
      if (record !== 0 && k > 0) {
        found = this.inTurns(k, filter, (k, filter) => {
          this.begin(k, threshold, filter, this.#threads.ask); // each turn sees the version of the first
          const planes = this.#threads.planesOf(record) >>> 0;
          if (planes === 0 || this.#pruning.prunedScan(planes) < 0) this.exports.scan(this.#threads.headOf(record));
          return this.results();
        });
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return found;
  }

  /** A search is over. What it met in memory may have been anything if its place was taken back meanwhile. */
  #end(): void {
    if (!this.#threads.endSeeing()) throw takenBack();
  }

  /** Of the index, that the last search saw. */
  get version(): number {
    return this.#threads.versionSeen();
  }

  /** Makes room for another reader. */
  leave(): void {
    if (!this.#isClosed) this.#threads.leaveReaders();
    this.#isClosed = true;
  }

  /** The record of the name's chain that the search under way sees; 0: there was none. */
  #recordOf(name: string): number {
    const threads = this.#threads;
    const first = threads.firstRecord() >>> 0;
    for (let record = first; record !== this.#newest; record = threads.nextRecord(record) >>> 0) {
      const length = threads.nameUnits(record);
      let text = "";
      for (let place = 0; place < length; place++) text += String.fromCharCode(threads.unitAt(record, place));
      const others = this.#records.get(text);
      if (others === undefined) this.#records.set(text, [record]);
      else others.push(record);
    }
    this.#newest = first;
    return this.#records.get(name)?.find((record) => threads.isThere(record)) ?? 0;
  }
}

function takenBack(): MnemeError {
  return new MnemeError("closed", "The writer took this reader's place back.", "Share the index anew.");
}
