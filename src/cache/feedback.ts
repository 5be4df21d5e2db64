import { argumentError, MnemeError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { entryRemoved } from "./admission.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { pairOf, rejectedTag } from "./ledger.ts";

export type Verdict = "accept" | "reject";
/** What is needed of a hit; it may have been to a browser and back as JSON. */
export type Judged = Pick<Hit<unknown>, "id" | "namespace" | "layer" | "similarity" | "pairing">;

/** Beyond so many the entry itself goes with the next one: what was so often no answer is none. */
const MOST_OF_ENTRY = 64;
/** The same where all that was rejected has become too much: whoever shares the store reads all of it. */
const MOST = 10_000;
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
  const { revision, asked } = parsePairing(hit);
  const { id, namespace } = hit;
  const [entry] = yield* step(engine.store.getMany([id]));
  const isThere = entry?.namespace === namespace;
  if (verdict === "reject" && isThere) {
    if (entry.key !== asked) yield* reject(engine, asked, entry);
    else if (entry.revision === revision) yield* entryRemoved(engine, entry);
  }
  if (hit.layer === "semantic") engine.risk?.judged(hit, verdict === "reject");
  engine.counters.add(namespace, verdict === "accept" ? "accepted" : "rejected");
  engine.emit({ type: "feedback", namespace, id, verdict });
}

/** In the ledger first: it holds whatever becomes of the entry. */
function* reject(engine: Engine, asked: string, entry: Entry): Steps<void> {
  const { ledger, store } = engine;
  const pair = pairOf(entry.namespace, asked, entry.key);
  let isFull = false;
  yield* ledger.amend(store, (text) => {
    isFull = text.rejected.length >= MOST && !text.rejected.includes(pair);
    return isFull ? text : { ...text, rejected: [...new Set([...text.rejected, pair])] };
  });
  let current: Entry | undefined = entry;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (current === undefined || current.tags.includes(rejectedTag(pair))) return;
    if (isFull || current.tags.length >= MOST_OF_ENTRY) {
      yield* entryRemoved(engine, current);
      return;
    }
    try {
      yield* mark(engine, current, rejectedTag(pair));
      return;
    } catch (error) {
      if (!(error instanceof MnemeError && error.code === "conflict")) throw error;
      [current] = yield* step(store.getMany([entry.id])); // put anew meanwhile
    }
  }
}

/** The entry as it is, but for a tag. */
function* mark(engine: Engine, entry: Entry, tag: string): Steps<void> {
  const { id: _, revision, accessedAt, hits, ...kept } = entry;
  const put = { ...kept, tags: [...entry.tags, tag] };
  yield* engine.commit([{ put, when: { revision }, used: { at: accessedAt, hits } }]);
}

function parsePairing(hit: Judged): { revision: number; asked: string } {
  const [, revision, asked] = /^(\d+):([^~]+)/.exec(hit?.pairing ?? "") ?? [];
  if (asked !== undefined && Number.isSafeInteger(hit.id) && typeof hit.namespace === "string") {
    return { revision: Number(revision), asked };
  }
  throw argumentError(
    "hit",
    "a Hit that get or wrap gave",
    hit,
    "Keep its id, namespace, layer, similarity and pairing.",
  );
}
