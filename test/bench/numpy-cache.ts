import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT, stop } from "../stage.ts";
import { withThreads } from "./numpy.ts";
import type { RowsFile } from "./rows-file.ts";

const SCRIPT = join(ROOT, "test/bench/numpy-cache.py");

type Work = "exact" | "semantic" | "put" | "open" | "mixed";

export interface Worked {
  milliseconds: number[];
  /** Of semantic work: the nearest rows, and their scores. */
  rows?: number[];
  scores?: number[];
}

/** NumPy and SQLite in a process of their own, on one thread, as the cache is. */
export class NumPyCache {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** `table`: a database with the rows is made too, in `folder`. */
  static async start(
    python: string,
    file: RowsFile,
    queries: readonly Float32Array[],
    { dtype = "float32", folder, table }: { dtype?: string; folder: string; table: boolean },
  ): Promise<NumPyCache> {
    const child = spawn(python, [SCRIPT], { env: withThreads(1), stdio: ["pipe", "pipe", "inherit"] });
    const numpy = new NumPyCache(child);
    const { path, rows: count, dimensions } = file;
    const numbers = queries.map((query) => [...query]);
    await numpy.#exchange({ rows: path, count, dimensions, dtype, folder, table, queries: numbers });
    return numpy;
  }

  work(work: Work, calls: number): Promise<Worked> {
    return this.#exchange({ work, calls }) as Promise<Worked>;
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }

  async #exchange(question: object): Promise<object> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("NumPy's process ended; what it printed stands above");
    return JSON.parse(value) as object;
  }
}
