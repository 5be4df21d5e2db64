import { embed } from "../embedder.ts";
import { drive } from "../store/steps.ts";
import { unit } from "../vectors/vector-index.ts";
import type { Engine } from "./engine.ts";
import { within } from "./patience.ts";

/** The vectors of some texts; undefined, and an event, when the embedder fails or takes too long. Aborting is an error. */
export async function vectorsOf(
  engine: Engine,
  texts: readonly string[],
  {
    operation,
    ms,
    signal,
  }: { operation: "recall" | "remember" | "repair" | "cut" | "import"; ms: number; signal?: AbortSignal | undefined },
): Promise<Float32Array[] | undefined> {
  const { embedder } = engine.settings;
  if (embedder === undefined) return undefined;
  try {
    const vectors = await within(ms, signal, async (signal) => drive(embed(embedder, texts, signal)));
    const units = vectors.map((vector) => unit(vector, embedder.dimensions));
    if (operation === "remember") engine.onEmbedded(); // it answers again, where it did not
    return units;
  } catch (error) {
    signal?.throwIfAborted();
    engine.emit({ type: "error", operation: `${operation}: embed`, error });
    return undefined;
  }
}
