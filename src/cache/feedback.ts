import { argumentError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { amend } from "./amendment.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { pairOf } from "./ledger.ts";
import { isMarked, markedTags, marksOf, putAt } from "./marks.ts";
import { isConflict, removeAsRead } from "./removal.ts";

export type Verdict = "accept" | "reject";
/** What is needed of a hit; it may have been to a browser and back as JSON. */
export type Judged = Pick<Hit<unknown>, "id" | "namespace" | "layer" | "similarity" | "pairing">;

/** Beyond so many the entry itself goes with the next one: what was so often no answer is none. */
const MOST_OF_ENTRY = 64;
/** The same where all that was rejected has become too much: whoever shares the store reads all of it. */
const MOST = 10_000;
/** Others write the entry each time. The ledger holds all the same. */
const ATTEMPTS = 20;

/**
 * What a user says of a hit. A rejected pairing is never served again, by whoever shares the store; a rejected answer to exactly its
 * own question is removed, unless there is another by now. Under an error budget both are learnt from.
 */
export function* feedback(engine: Engine, hit: Judged, verdict: Verdict): Steps<void> {
  engine.ensureOpen();
  if (verdict !== "accept" && verdict !== "reject") {
    throw argumentError("verdict", '"accept" or "reject"', verdict, "Say whether the answer was right.");
  }
  const { since, asked, stored } = parsePairing(hit);
  const { id, namespace, layer } = hit;
  if (verdict === "reject") {
    if (stored === asked) yield* removeAnswer(engine, namespace, asked, since);
    else yield* reject(engine, namespace, asked, stored);
  }
  if (layer === "semantic") engine.risk?.judged(hit, verdict === "reject");
  engine.counters.add(namespace, verdict === "accept" ? "accepted" : "rejected");
  engine.emit({ type: "feedback", namespace, id, verdict });
}

function* removeAnswer(engine: Engine, namespace: string, key: string, since: number): Steps<void> {
  const isIt = (entry: Entry): boolean => putAt(entry) === since;
  const entry = yield* step(engine.store.get(namespace, key));
  if (entry !== undefined && isIt(entry)) yield* remove(engine, entry, isIt);
}

/** In the ledger first: it holds whatever becomes of the entry, and if there is none at the moment. */
function* reject(engine: Engine, namespace: string, asked: string, stored: string): Steps<void> {
  const { store } = engine;
  const pair = pairOf(namespace, asked, stored);
  let isFull = false;
  yield* amend(engine, (text) => {
    isFull = text.rejected.length >= MOST && !text.rejected.includes(pair);
    return isFull ? text : { ...text, rejected: [...new Set([...text.rejected, pair])] };
  });
  yield* engine.commit([]); // uses that are still to be written are the entry's too
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = yield* step(store.get(namespace, stored));
    if (entry === undefined || isMarked(entry, pair)) return;
    if (isFull || marksOf(entry) >= MOST_OF_ENTRY) return yield* remove(engine, entry, () => true);
    try {
      return yield* mark(engine, entry, pair);
    } catch (error) {
      if (!isConflict(error)) throw error; // else it was put anew meanwhile
    }
  }
}

function* remove(engine: Engine, entry: Entry, isMeant: (entry: Entry) => boolean): Steps<void> {
  const { length: count } = yield* removeAsRead(engine, [entry], isMeant);
  if (count > 0) engine.emit({ type: "delete", namespace: entry.namespace, count });
}

/** The entry as it is, but for a tag: whoever reads it knows at once. */
function* mark(engine: Engine, entry: Entry, pair: string): Steps<void> {
  const { id: _, revision, accessedAt, hits, ...kept } = entry;
  const put = { ...kept, tags: markedTags(entry, pair) };
  // A use that comes meanwhile is written after it, not lost under it.
  yield* engine.commit([{ put, when: { revision }, used: { at: accessedAt, hits } }], { late: false });
}

/** As `hitOf` wrote it. */
function parsePairing(hit: Judged): { since: number; asked: string; stored: string } {
  const [, since, asked, other] = /^(\d+):([^~/]+)(?:\/([^~]*))?/.exec(String(hit?.pairing)) ?? [];
  const isHit =
    asked !== undefined &&
    Number.isSafeInteger(hit.id) &&
    typeof hit.namespace === "string" &&
    typeof hit.similarity === "number";
  if (isHit) {
    const stored = other?.replaceAll("%7E", "~").replaceAll("%25", "%") ?? asked;
    return { since: Number(since), asked, stored };
  }
  const remedy = "Keep its id, namespace, layer, similarity and pairing.";
  throw argumentError("hit", "a Hit that this library gave", hit, remedy);
}
