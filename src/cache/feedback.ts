import { argumentError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import { entryRemoved } from "./admission.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { pairOf } from "./ledger.ts";

export type Verdict = "accept" | "reject";
/** What is needed of a hit; it may have been to a browser and back as JSON. */
export type Judged = Pick<Hit<unknown>, "id" | "namespace" | "layer" | "similarity" | "pairing">;

/** Beyond so many the entry itself goes with the next one: the list is read whole by all who share the store. */
const MOST_REJECTED = 10_000;

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
    if (entry.key !== asked) yield* reject(engine, namespace, asked, entry);
    else if (entry.revision === revision) yield* entryRemoved(engine, entry);
  }
  if (hit.layer === "semantic") engine.risk?.judged(hit, verdict === "reject");
  engine.counters.add(namespace, verdict === "accept" ? "accepted" : "rejected");
  engine.emit({ type: "feedback", namespace, id, verdict });
}

function* reject(engine: Engine, namespace: string, asked: string, entry: { id: number; key: string }): Steps<void> {
  const pair = pairOf(namespace, asked, entry.key);
  let isFull = false;
  yield* engine.ledger.amend(engine.store, (ledger) => {
    isFull = ledger.rejected.length >= MOST_REJECTED && !ledger.rejected.includes(pair);
    return isFull ? ledger : { ...ledger, rejected: [...new Set([...ledger.rejected, pair])] };
  });
  if (isFull) yield* entryRemoved(engine, { ...entry, namespace });
}

function parsePairing(hit: Judged): { revision: number; asked: string } {
  const [, revision, asked] = /^(\d+):(.+)$/s.exec(hit?.pairing ?? "") ?? [];
  if (asked !== undefined && Number.isSafeInteger(hit.id) && typeof hit.namespace === "string") {
    return { revision: Number(revision), asked };
  }
  throw argumentError("hit", "a Hit that get or wrap gave", hit, "Keep its id, namespace, layer, similarity and pairing.");
}
