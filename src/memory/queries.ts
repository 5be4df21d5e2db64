import { unit } from "../vectors/vector-index.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { within } from "./patience.ts";
import type { RecallOptions } from "./recall-options.ts";

/** One way to say what is asked, and its vector if there is one. */
export interface Query {
  text: string;
  vector: Float32Array | undefined;
}

const MOST_VARIANTS = 3;

/** What is asked: as it was said, and then in other words where a model finds some. */
export async function queriesOf(engine: Engine, options: RecallOptions, needsVectors: boolean): Promise<Query[]> {
  const { query, embedding, signal } = options;
  const { embedder, queryPrefix, embedWithin } = engine.settings;
  const texts = [query, ...(await variantsOf(engine, query, signal))];
  if (!needsVectors || embedder === undefined) return texts.map((text) => ({ text, vector: undefined }));
  const given = embedding && unit(embedding, embedder.dimensions);
  const rest = given === undefined ? texts : texts.slice(1);
  const ms = embedWithin.recall;
  const prefixed = rest.map((text) => queryPrefix + text);
  const vectors = rest.length === 0 ? [] : await vectorsOf(engine, prefixed, { operation: "recall", ms, signal });
  const all = given === undefined ? vectors : [given, ...(vectors ?? [])];
  return texts.map((text, i) => ({ text, vector: all?.[i] }));
}

async function variantsOf(engine: Engine, query: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const { models, modelWithin } = engine.settings;
  const { rewrite } = models;
  if (rewrite === undefined) return [];
  try {
    const variants = await within(modelWithin, signal, (signal) => rewrite(query, signal));
    return variants.filter((text) => typeof text === "string" && text.trim() !== "").slice(0, MOST_VARIANTS);
  } catch (error) {
    signal?.throwIfAborted();
    engine.emit({ type: "error", operation: "recall: rewrite", error });
    return [];
  }
}
