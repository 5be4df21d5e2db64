import { MnemeError } from "../error.ts";
import { chunk } from "./chunks.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { LONGEST, type Piece } from "./piece.ts";

/** Pieces that are embedded at once: a model that runs here is given time for each of these. */
const BATCH = 8;
/** After so many failures one after another the others are not tried: most likely the embedder is at fault. */
const FAILURES = 3;

/**
 * Embeds long memories piece by piece, until it is aborted. Each is written only if it still says what was embedded. Each time in
 * another order: several processes would embed the same ones otherwise, and those that always fail keep others from it.
 */
export async function cut(engine: Engine, signal: AbortSignal): Promise<{ cut: number; failed: number }> {
  const done = { cut: 0, failed: 0 };
  let failures = 0;
  const uncut = Array.from(engine.catalogue.uncut, ({ namespace, id }) => ({ namespace, id, turn: Math.random() }));
  for (const { namespace, id } of uncut.sort((a, b) => a.turn - b.turn)) {
    if (signal.aborted) break;
    const outcome = await cutOne(engine, namespace, id, signal);
    if (outcome === "cut") done.cut++;
    if (outcome === "failed") done.failed++;
    failures = outcome === "failed" ? failures + 1 : 0;
    if (failures === FAILURES) break;
  }
  return done;
}

/** Undefined: it has been forgotten, or cut by others, or changed, and if it is still to be cut will be met again. */
async function cutOne(
  engine: Engine,
  namespace: string,
  id: string,
  signal: AbortSignal,
): Promise<"cut" | "failed" | undefined> {
  try {
    const { kept } = await engine.read(namespace, id);
    const { content } = kept.memory;
    if (kept.pieces !== undefined || kept.vector === null || content.length <= LONGEST) return undefined;
    const places = chunk(content).filter(({ start, end }) => content.slice(start, end).trim() !== "");
    const ms = 6 * engine.settings.embedWithin.remember;
    const pieces: Piece[] = [];
    while (pieces.length < places.length) {
      const some = places.slice(pieces.length, pieces.length + BATCH);
      const texts = some.map(({ start, end }) => content.slice(start, end));
      const vectors = await vectorsOf(engine, texts, { operation: "cut", ms, signal });
      if (vectors === undefined) return "failed";
      pieces.push(...some.map((place, i) => ({ ...place, vector: vectors[i]! })));
    }
    const { after } = await engine.amend(namespace, id, (now) => {
      const isSame = now.memory.content === content && now.vector !== null && now.pieces === undefined;
      return isSame ? { ...now, pieces } : undefined;
    });
    if (after === undefined) return undefined;
    engine.emit({ type: "cut", namespace, id, pieces: pieces.length });
    return "cut";
  } catch (error) {
    if (signal.aborted || (error instanceof MnemeError && error.code === "not-found")) return undefined;
    engine.emit({ type: "error", operation: "cut", error });
    return "failed";
  }
}
