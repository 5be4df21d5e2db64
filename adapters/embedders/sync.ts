import { startSyncWorker } from "#sync-worker";
import { MnemeError, type SyncEmbedder } from "../../src/index.ts";
import {
  ask,
  awaitAnswer,
  type Channel,
  ENDED,
  FAILED,
  openChannel,
  READY,
  textIn,
  VECTORS,
  vectorsIn,
  withRoom,
} from "./sync-channel.ts";
import { errorOf } from "./sync-error.ts";
import type { SyncTask } from "./sync-service.ts";
import type { SyncWorker } from "./sync-worker.ts";

export interface ToSyncEmbedderOptions {
  /** What the worker imports: a URL, such as `new URL("./embedder.js", import.meta.url)`, or the name of a package. */
  module: string | URL;
  /** The module's export that is an Embedder, or a function that returns one. Default "default". */
  export?: string | undefined;
  /** For that function: whatever can be sent to a worker. */
  options?: unknown;
  /** Milliseconds to wait for an answer, before the worker is given up and started anew. Default 60,000. */
  timeout?: number | undefined;
}

/** A SyncEmbedder that runs in a worker, which `close` ends. */
export interface WorkerEmbedder extends SyncEmbedder, Disposable {
  close(): void;
}

const TIMEOUT_MS = 60_000;
/** Of one answer. Those of more texts are asked for in parts. */
const MAX_BYTES = 2 ** 24;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/**
 * Makes a synchronous embedder of any other: it runs in a worker, and the program sleeps until it has answered. In Node, Deno,
 * Bun, and workers of pages that are cross-origin isolated.
 */
export function toSyncEmbedder(options: ToSyncEmbedderOptions): WorkerEmbedder {
  const { timeout = TIMEOUT_MS, ...given } = options ?? {};
  const task = checkTask(given);
  if (!(typeof timeout === "number" && timeout > 0)) throw argumentError("timeout", "milliseconds, above 0");
  checkRuntime();
  return new Caller(task, timeout);
}

interface Identity {
  fingerprint: string;
  dimensions: number;
}

class Caller implements WorkerEmbedder {
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly #task: Omit<SyncTask, "channel">;
  readonly #timeout: number;
  #worker: SyncWorker | undefined;
  #channel: Channel = openChannel();
  #closed = false;

  constructor(task: Omit<SyncTask, "channel">, timeout: number) {
    this.#task = task;
    this.#timeout = timeout;
    const { fingerprint, dimensions } = this.#start();
    this.fingerprint = fingerprint;
    this.dimensions = dimensions;
  }

  embed(texts: readonly string[]): Float32Array[] {
    if (this.#closed) throw new MnemeError("closed", "The embedder is closed.", "Make another.");
    const size = this.dimensions * Float32Array.BYTES_PER_ELEMENT;
    const most = Math.max(1, Math.floor(MAX_BYTES / size));
    const vectors: Float32Array[] = [];
    for (let from = 0; from < texts.length; from += most) {
      for (const vector of this.#embed(texts.slice(from, from + most), size)) vectors.push(vector);
    }
    return vectors;
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  [dispose](): void {
    this.close();
  }

  #embed(texts: string[], size: number): Float32Array[] {
    if (this.#worker === undefined || !ask(this.#channel)) this.#restart();
    this.#channel = withRoom(this.#channel, texts.length * size);
    this.#worker!.post({ texts, channel: this.#channel });
    this.#await(VECTORS);
    return vectorsIn(this.#channel, texts.length, this.dimensions);
  }

  #restart(): void {
    this.#stop();
    const { fingerprint, dimensions } = this.#start();
    if (fingerprint !== this.fingerprint || dimensions !== this.dimensions) {
      this.#stop();
      throw new MnemeError(
        "fingerprint",
        "The embedder that was started anew is another than before.",
        "The module shall export the same embedder each time.",
      );
    }
    ask(this.#channel);
  }

  #start(): Identity {
    const channel = openChannel();
    this.#channel = channel;
    this.#worker = startSyncWorker({ ...this.#task, channel });
    if (this.#worker === undefined) throw unsupported("This runtime has no workers.");
    try {
      this.#await(READY);
      return JSON.parse(textIn(channel)) as Identity;
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  #await(expected: typeof READY | typeof VECTORS): void {
    const answer = awaitAnswer(this.#channel, this.#timeout);
    if (answer === expected) return;
    if (answer === FAILED) throw errorOf(textIn(this.#channel));
    this.#stop();
    const remedy = "The next call starts it anew.";
    if (answer === ENDED) {
      const cause = errorOf(textIn(this.#channel));
      throw new MnemeError("embedder", `The embedder's worker has ended: ${cause.message}.`, remedy, { cause });
    }
    throw new MnemeError("embedder", `The embedder did not answer within ${this.#timeout} ms.`, remedy);
  }

  #stop(): void {
    this.#worker?.stop();
    this.#worker = undefined;
  }
}

function checkTask({
  module,
  export: name = "default",
  options,
}: Partial<ToSyncEmbedderOptions>): Omit<SyncTask, "channel"> {
  const isUrl = module instanceof URL;
  if (!isUrl && (typeof module !== "string" || module === "" || /^\.{0,2}\//.test(module))) {
    // A path would be taken as relative to a file of this package.
    throw argumentError(
      "module",
      'a URL or the name of a package; of a file: new URL("./embedder.js", import.meta.url)',
    );
  }
  if (typeof name !== "string") throw argumentError("export", "the name of an export");
  try {
    return { module: String(module), export: name, options: structuredClone(options) };
  } catch (cause) {
    throw argumentError("options", "what can be sent to a worker: no functions", cause);
  }
}

function checkRuntime(): void {
  if (typeof SharedArrayBuffer === "undefined") {
    throw unsupported("There is no SharedArrayBuffer: the page is not cross-origin isolated, or the runtime has none.");
  }
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0); // returns at once, where one may wait at all
  } catch (cause) {
    throw unsupported("This thread must not wait, as a page's own must not.", cause);
  }
}

function unsupported(problem: string, cause?: unknown): MnemeError {
  const remedy = "Use SemanticCache, or SemanticCacheSync in a worker of a page with COOP and COEP headers.";
  return new MnemeError("unsupported", `toSyncEmbedder cannot work here. ${problem}`, remedy, { cause });
}

function argumentError(name: string, expected: string, cause?: unknown): MnemeError {
  return new MnemeError("argument", `"${name}" expected ${expected}.`, "Correct it.", { cause });
}
