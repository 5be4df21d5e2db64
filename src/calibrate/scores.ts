import { checkEmbedder, type Embedder, embed } from "../embedder.ts";
import { argumentError, MnemeError, shown } from "../error.ts";
import { drive } from "../store/steps.ts";
import { normalise as normalised } from "../text/normalise.ts";
import type { ExactIndexOptions } from "../vectors/exact-options.ts";
import { PairKernel } from "../vectors/pair-kernel.ts";

/** Texts in one call of the embedder: enough for models that work on many at once, and within what services take. */
const AT_ONCE = 64;

/** How pairs are compared: as the cache that shall use the threshold compares. */
export interface ScoreOptions {
  /** How the cache keeps vectors. Both texts of a pair are rounded to it. Default "float32". */
  dtype?: ExactIndexOptions["dtype"];
  /** As the cache's option: false embeds the texts as they are. Default true. */
  normalise?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Told after every call of the embedder how many of the distinct texts are embedded. */
  onProgress?: ((progress: { embedded: number; total: number }) => void) | undefined;
}

type Texts = [a: string, b: string];

/** The similarity of each pair, list by list. Every distinct text is embedded once, however many pairs it stands in. */
export async function scorePairs(
  lists: readonly (readonly Texts[])[],
  embedder: Embedder,
  { dtype, normalise = true, signal, onProgress }: ScoreOptions,
): Promise<Float32Array[]> {
  if (typeof normalise !== "boolean") throw argumentError("normalise", "a boolean", normalise, "Or leave it out.");
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw argumentError("onProgress", "a function", onProgress, "Pass a function, or leave it out.");
  }
  const kernel = new PairKernel(checkEmbedder(embedder).dimensions, dtype);
  // What each text is to the cache; n texts in pairs with one another stand in n² pairs.
  const names = new Map([...new Set(lists.flat(2))].map((text) => [text, normalise ? normalised(text) : text]));
  const texts = [...new Set(names.values())];
  const slots = new Map<string, number>();
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    signal?.throwIfAborted();
    const batch = texts.slice(from, from + AT_ONCE);
    const vectors = await drive(embed(embedder, batch, signal));
    for (const [i, text] of batch.entries()) slots.set(text, added(kernel, text, vectors[i]!));
    onProgress?.({ embedded: slots.size, total: texts.length });
  }
  signal?.throwIfAborted();
  const score = (pair: Texts): number => {
    const [a, b] = pair.map((text) => names.get(text)!) as Texts;
    // Two texts that are one to the exact layer are a hit whatever the threshold.
    return a === b ? 1 : kernel.similarity(slots.get(a)!, slots.get(b)!);
  };
  return lists.map((pairs) => Float32Array.from(pairs, score));
}

function added(kernel: PairKernel, text: string, vector: Float32Array): number {
  try {
    return kernel.add(vector);
  } catch (cause) {
    if (!(cause instanceof MnemeError) || cause.code === "memory") throw cause;
    throw new MnemeError(cause.code, `The text ${shown(text)} cannot be compared.`, cause.message, { cause });
  }
}
