import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { freemem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT, stop } from "../stage.ts";
import type { RowsFile } from "./rows-file.ts";
import type { Answers, Searcher } from "./searcher.ts";

const SCRIPT = join(ROOT, "test/bench/numpy-nearest.py");
/** The second is Debian's, whose package python3-numpy the first may not see. */
const PYTHONS = ["python3", "/usr/bin/python3"];
/** Whichever BLAS NumPy was built with. */
const THREADS = ["OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];

/** For a Python whose NumPy is to use so many threads. */
export function withThreads(threads: number): NodeJS.ProcessEnv {
  return { ...process.env, ...Object.fromEntries(THREADS.map((name) => [name, `${threads}`])) };
}

/** A Python with NumPy; undefined: this machine has none. */
export function pythonWithNumPy(): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ["-c", "import numpy"]).status === 0);
}

/** NumPy in a process of its own, which holds the rows and waits for queries. */
export class NumPy implements Searcher {
  readonly name: string;
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, threads: number, version: string) {
    this.name = `NumPy ${threads}T`;
    this.version = version;
    this.#child = child;
    this.#lines = lines;
  }

  static async start(
    python: string,
    threads: number,
    file: RowsFile,
    queries: readonly Float32Array[],
  ): Promise<NumPy> {
    const child = spawn(python, [SCRIPT], { env: withThreads(threads), stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { path, rows: count, dimensions } = file;
    const mapped = count * dimensions * 4 > freemem() / 2;
    const job = { rows: path, count, dimensions, mapped, queries: queries.map((query) => [...query]) };
    const { version } = await exchange<{ version: string }>(child, lines, job);
    return new NumPy(child, lines, threads, mapped ? `${version}, rows mapped from a file` : version);
  }

  ask(queries: readonly number[]): Promise<Answers> {
    return exchange<Answers>(this.#child, this.#lines, queries);
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }
}

async function exchange<T>(child: ChildProcess, lines: AsyncIterator<string>, question: unknown): Promise<T> {
  child.stdin!.write(`${JSON.stringify(question)}\n`);
  const { done, value } = await lines.next();
  if (done) throw new Error("NumPy's process ended; what it printed stands above");
  return JSON.parse(value) as T;
}
