import { startSyncWorker } from "#sync-worker";
import { MnemeError, type SyncEmbedder } from "../../src/index.ts";
import {
  type Answer,
  answerInTime,
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

/** A SyncEmbedder that runs in a worker, which `close` ends. */
export interface WorkerEmbedder extends SyncEmbedder, Disposable {
  close(): void;
}

interface Identity {
  fingerprint: string;
  dimensions: number;
}

/** Of one answer. Those of more texts are asked for in parts. */
const MAX_BYTES = 2 ** 24;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** In the program: starts the worker of an embedder, asks it, and starts another when it is lost. */
export class SyncCaller implements WorkerEmbedder {
  readonly #task: Omit<SyncTask, "channel">;
  readonly #timeout: number;
  #identity: Identity | undefined;
  #worker: SyncWorker | undefined;
  #channel: Channel = openChannel();
  /** Whether the worker has told who its embedder is. */
  #isReady = false;
  #closed = false;

  constructor(task: Omit<SyncTask, "channel">, timeout: number) {
    this.#task = task;
    this.#timeout = timeout;
    this.#start();
  }

  get fingerprint(): string {
    return this.#identity!.fingerprint;
  }

  get dimensions(): number {
    return this.#identity!.dimensions;
  }

  /** Waits until the embedder is there. When it is not to be had there is nothing to close. */
  open(): void {
    this.#meet(awaitAnswer(this.#channel, this.#timeout));
  }

  /** The same, not asleep. */
  async openLater(): Promise<void> {
    this.#meet(await answerInTime(this.#channel, this.#timeout));
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
    // It may have ended when nobody asked.
    if (this.#isReady && !ask(this.#channel)) this.#stop();
    if (this.#worker === undefined) this.#start();
    if (!this.#isReady) {
      this.open();
      ask(this.#channel);
    }
    this.#channel = withRoom(this.#channel, texts.length * size);
    this.#worker!.post({ texts, channel: this.#channel });
    const answer = awaitAnswer(this.#channel, this.#timeout);
    if (answer === VECTORS) return vectorsIn(this.#channel, texts.length, this.dimensions);
    if (answer === FAILED) throw errorOf(textIn(this.#channel));
    const error = this.#lost(answer);
    this.#start(); // it will be there when it is wanted
    throw error;
  }

  #start(): void {
    this.#channel = openChannel();
    this.#isReady = false;
    let cause: unknown;
    try {
      this.#worker = startSyncWorker({ ...this.#task, channel: this.#channel });
    } catch (error) {
      cause = error; // a policy forbids it
    }
    if (this.#worker !== undefined) return;
    throw new MnemeError("unsupported", "No worker can be started here.", "Use SemanticCache.", { cause });
  }

  #meet(answer: Answer | undefined): void {
    const text = answer === READY || answer === FAILED ? textIn(this.#channel) : "";
    if (answer !== READY) {
      const error = answer === FAILED ? errorOf(text) : this.#lost(answer);
      this.#stop();
      throw error;
    }
    const { fingerprint, dimensions } = JSON.parse(text) as Identity;
    this.#identity ??= { fingerprint, dimensions };
    if (fingerprint === this.fingerprint && dimensions === this.dimensions) {
      this.#isReady = true;
      return;
    }
    this.#stop();
    throw new MnemeError(
      "fingerprint",
      "The embedder that was started anew is another than before.",
      "The module shall export the same embedder each time.",
    );
  }

  /** The worker does not answer any more. */
  #lost(answer: Answer | undefined): MnemeError {
    const cause = answer === ENDED ? errorOf(textIn(this.#channel)) : undefined;
    this.#stop();
    const problem = cause
      ? `The embedder's worker has ended: ${cause.message}.`
      : `The embedder did not answer within ${this.#timeout} ms.`;
    return new MnemeError("embedder", problem, "The next call has another worker.", { cause });
  }

  #stop(): void {
    this.#worker?.stop();
    this.#worker = undefined;
  }
}
