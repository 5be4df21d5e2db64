import type { SharedMemory } from "../../src/vectors/shared-reader.ts";
import { type CacheFindings, type CacheTrial, readCache } from "./cache-reader.ts";
import { joinAndVanish } from "./lost-helper.ts";
import { type Findings, outliveSearch, readAndCheck, staySearching } from "./reader.ts";
import type { Trial } from "./trial.ts";

/** What a test wants another thread to do. */
export type Job =
  | { do: "check"; shared: SharedMemory; trial: Trial; reader: number }
  | { do: "read a cache"; trial: CacheTrial }
  | { do: "stay in a search"; shared: SharedMemory; namespace: string; query: Float32Array }
  | { do: "outlive a search"; shared: SharedMemory; namespace: string; query: Float32Array; turn: Int32Array }
  | { do: "join and vanish"; memory: WebAssembly.Memory; pool: number };

export type Told = { ready: true } | { findings: Findings } | { cache: CacheFindings } | { problem: string };

/** Another thread of a test, as its runtime has them. */
export interface TestThread {
  post(job: Job): void;
  /** What it tells next. */
  next(): Promise<Told>;
  /** Ends it, whatever it is doing. */
  end(): Promise<unknown>;
}

export type Spawn = () => TestThread;

/** Does a job, in the other thread. */
export async function work(job: Job, tell: (told: Told) => void): Promise<void> {
  try {
    const ready = (): void => tell({ ready: true });
    if (job.do === "check") tell({ findings: readAndCheck(job.shared, job.trial, job.reader, ready) });
    else if (job.do === "read a cache") tell({ cache: await readCache(job.trial, ready) });
    else if (job.do === "stay in a search") staySearching(job.shared, job.namespace, job.query, ready);
    else if (job.do === "outlive a search") outliveSearch(job.shared, job.namespace, job.query, job.turn, ready);
    else joinAndVanish(job.memory, job.pool, ready);
  } catch (error) {
    tell({ problem: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
  }
}
