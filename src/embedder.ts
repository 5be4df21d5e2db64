import { unlessAborted } from "./abort.ts";
import { argumentError, MnemeError } from "./error.ts";
import { isPromise, type Steps, step } from "./store/steps.ts";
import type { Awaitable } from "./store/store.ts";

/** The user's text → vector. */
export interface Embedder {
  /** Names model, dimensions and whatever else changes the vectors. Vectors of different fingerprints never mix. */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** One vector for each text, in order. They need not have length 1. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Awaitable<Float32Array[]>;
}

export function checkEmbedder(embedder: Embedder): Embedder {
  const remedy = "Use one of mneme/embedders, or an object { fingerprint, dimensions, embed }.";
  if (typeof embedder?.embed !== "function") throw argumentError("embedder", "an Embedder", embedder, remedy);
  const { fingerprint } = embedder;
  if (typeof fingerprint !== "string" || fingerprint === "") {
    throw argumentError("embedder.fingerprint", "a string that names the model", fingerprint, remedy);
  }
  return embedder;
}

/** Embeds some texts. What comes back is not yet checked for its length and values. */
export function* embed(embedder: Embedder, texts: readonly string[], signal?: AbortSignal): Steps<Float32Array[]> {
  const embedding = embedder.embed(texts, signal ? { signal } : undefined);
  const vectors = yield* step(isPromise(embedding) ? unlessAborted(embedding, signal) : embedding);
  if (Array.isArray(vectors) && vectors.length === texts.length) return vectors;
  throw new MnemeError(
    "dimension",
    `The embedder was given ${texts.length === 1 ? "1 text" : `${texts.length} texts`} and returned ${Array.isArray(vectors) ? `${vectors.length} vectors` : "no array"}.`,
    "embed(texts) returns one vector for each text.",
  );
}
