import { MnemeError } from "../../src/error.ts";
import type { Embedder } from "../../src/index.ts";
import { answerWithText, answerWithVectors, type Channel, FAILED, READY } from "./sync-channel.ts";
import { errorText } from "./sync-error.ts";

/** What a worker is told when it starts. */
export interface SyncTask {
  /** To be imported, and what of it is the embedder or makes it. */
  module: string;
  export: string;
  options: unknown;
  channel: Channel;
}
/** One call: the texts, and where the vectors go. */
export interface SyncCall {
  texts: string[];
  channel: Channel;
}

/** In the worker: makes the embedder, and answers calls with it. Errors are answers too. */
export class SyncService {
  readonly #task: SyncTask;
  #embedder: Embedder | undefined;

  constructor(task: SyncTask) {
    this.#task = task;
  }

  async start(): Promise<void> {
    const { channel } = this.#task;
    try {
      this.#embedder = await makeEmbedder(this.#task);
      const { fingerprint, dimensions } = this.#embedder;
      answerWithText(channel, READY, JSON.stringify({ fingerprint, dimensions }));
    } catch (error) {
      answerWithText(channel, FAILED, errorText(error));
    }
  }

  async answer({ texts, channel }: SyncCall): Promise<void> {
    try {
      const { dimensions } = this.#embedder!;
      const vectors = await this.#embedder!.embed(texts);
      checkVectors(vectors, texts.length, dimensions);
      answerWithVectors(channel, vectors, dimensions);
    } catch (error) {
      answerWithText(channel, FAILED, errorText(error));
    }
  }
}

async function makeEmbedder({ module, export: name, options }: SyncTask): Promise<Embedder> {
  const exported: unknown = ((await import(/* @vite-ignore */ module)) as Record<string, unknown>)[name];
  const embedder = (typeof exported === "function" ? await exported(options) : await exported) as Embedder | undefined;
  const { fingerprint, dimensions, embed } = embedder ?? {};
  if (typeof fingerprint === "string" && Number.isInteger(dimensions) && typeof embed === "function") return embedder!;
  throw new MnemeError(
    "argument",
    `The export "${name}" of the module is no Embedder, nor a function that returns one.`,
    "Export { fingerprint, dimensions, embed }, or name another export.",
  );
}

function checkVectors(vectors: readonly Float32Array[], count: number, dimensions: number): void {
  const wrong =
    !Array.isArray(vectors) || vectors.length !== count || vectors.some(({ length }) => length !== dimensions);
  if (!wrong) return;
  throw new MnemeError(
    "dimension",
    `The embedder was given ${count} texts and did not return as many vectors of ${dimensions} numbers.`,
    "embed(texts) returns one vector for each text.",
  );
}
