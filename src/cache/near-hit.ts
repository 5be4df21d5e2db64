import { MnemeError } from "../error.ts";
import { type Entry, isExpired } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import type { NearestWanted } from "../store/store.ts";
import { scopeIn } from "../text/key.ts";
import type { SharedIndex } from "../vectors/shared-index.ts";
import { type Candidate, FIRST_CANDIDATES, nearest } from "./candidates.ts";
import type { Engine } from "./engine.ts";
import type { Near } from "./error-budget.ts";
import type { Evidence } from "./evidence.ts";
import type { Hit } from "./hit.ts";
import { type Read, readTogether } from "./reading-ahead.ts";
import { type Found, note, type Question, type Refusal, weigh } from "./verdict.ts";

/** Candidates that prove to be of other questions: when so many do, what is less similar will too. */
const MOST_OTHERS = 50;

/** More than a similarity may change by how an index keeps its numbers: 8 bits each at the least. */
const ROUNDING = 0.05;

/** What is looked for. `exact`: the entry of the exact layer, which the store is asked for with the rest. */
export interface Sought extends Question {
  readonly vector: Float32Array;
  readonly exact: boolean;
}

export interface Doubtful<V> {
  readonly hit: Hit<V>;
  /** Under an error budget: what is known of it. */
  readonly evidence?: Evidence;
}

export interface Unanswered<V> {
  refusal: Refusal | undefined;
  doubtful?: Doubtful<V> | undefined;
}

/**
 * The nearest entry that may be served: candidates are taken best first, and more of them while none is admissible. Dead
 * rows leave the index on the way, so that what was looked at is known by its id, not by its place.
 */
export function* nearHit<V>(
  engine: Engine,
  sought: Sought,
  first?: readonly Candidate[],
  read?: Read,
): Steps<Found<V> | Unanswered<V>> {
  const { namespace, scope, threshold, vector } = sought;
  const key = sought.exact ? sought.key : undefined;
  const seen = new Set<number>();
  let refusal: Refusal | undefined;
  let others = 0;
  for (let k = FIRST_CANDIDATES; ; k *= 4) {
    const wanted: NearestWanted = { namespace, scope, threshold, k, key };
    const found = first ?? (yield* nearest(engine, vector, wanted));
    first = undefined;
    const candidates = found.filter(({ id }) => !seen.has(id));
    if (candidates.length === 0) break;
    let together = engine.risk && (yield* readAll(engine, candidates));
    for (const [i, candidate] of candidates.entries()) {
      if (others === mostOthers(engine)) break;
      if (i === 1) together ??= yield* readAll(engine, candidates.slice(1)); // most lookups are decided by the first one
      seen.add(candidate.id);
      const weighed = yield* weighCandidate<V>(engine, candidate, sought, together ?? read);
      if ("hit" in weighed) return decide(engine, weighed, together?.near ?? []);
      refusal ??= weighed;
      if (isOther(weighed)) others++;
    }
    if (found.length < k || seen.size < found.length) break; // there are no more, or it was enough
  }
  engine.risk?.saw(undefined);
  return { refusal };
}

/** Whether a candidate proved to be of another question. */
export function isOther({ reason }: Refusal): boolean {
  return reason === "guard" || reason === "rejected";
}

/** What is beyond them would be known too little of, under an error budget. */
export function mostOthers({ risk }: Engine): number {
  return risk === undefined ? MOST_OTHERS : FIRST_CANDIDATES;
}

export function noted<V>(engine: Engine, entry: Entry, weighed: Found<V> | Refusal, added: number): Found<V> | Refusal {
  if ("reason" in weighed) note(engine, entry, weighed, added);
  else if (weighed.problem !== undefined) engine.forgive("confidence", weighed.problem);
  return weighed;
}

/** What is known of how often such answers were wrong decides; an exact hit of a store that answers for both layers is none. */
function decide<V>(engine: Engine, found: Found<V>, near: readonly Near[]): Found<V> | Unanswered<V> {
  const { risk: budget } = engine;
  if (budget === undefined || found.hit.layer === "exact") return found;
  const decision = budget.decide(found, near);
  budget.saw(decision);
  const { hit, evidence, risk, isWithin } = decision;
  if (isWithin && !budget.explores()) return { ...found, hit };
  if (isWithin && engine.settings.judge !== undefined) return { ...found, hit, evidence };
  const refusal: Refusal = { reason: "risk", risk };
  note(engine, found.entry, refusal, engine.projection.added);
  return { refusal, doubtful: { hit, evidence } };
}

/** Candidates' entries in one round trip, and those of them that are alive. */
function* readAll(engine: Engine, candidates: readonly Candidate[]): Steps<Read & { near: Near[] }> {
  const ids = candidates.filter(({ entry }) => entry === undefined).map(({ id }) => id);
  const read = yield* readTogether(engine, ids);
  const near = candidates.flatMap(({ id, similarity, entry = read.entries.get(id) }): Near[] => {
    const isAlive = entry !== undefined && !isExpired(entry, engine.now()) && !engine.ledger.isInvalid(entry);
    return isAlive ? [{ entry, similarity }] : [];
  });
  return { ...read, near };
}

function* weighCandidate<V>(
  engine: Engine,
  { id, similarity: found, entry: whole }: Candidate,
  sought: Sought,
  read?: Read,
): Steps<Found<V> | Refusal> {
  const { namespace, scope, threshold, vector: query, key, exact } = sought;
  const { shared, projection } = engine;
  const isRead = read?.entries.has(id) === true;
  const { added } = isRead ? read : projection;
  if (whole !== undefined) {
    const isExact = exact && whole.key === key;
    const weighed = isExact
      ? weigh<V>(engine, whole, sought, "exact", 1)
      : weigh<V>(engine, whole, sought, "semantic", found);
    return noted(engine, whole, weighed, added);
  }
  try {
    const entry = isRead ? read.entries.get(id) : (yield* step(engine.store.getMany([id])))[0];
    read?.entries.delete(id); // another hit of it gets an object of its own
    if (entry?.namespace !== namespace) {
      projection.remove(id); // another writer removed it; ids are not used again
      return { reason: "gone" };
    }
    if (scopeIn(entry.key) !== scope) return { reason: "scope" };
    const similarity = shared === undefined ? found : similarityNow(shared, entry, query, threshold);
    if (similarity !== undefined && isWhatWasFound(entry, query, similarity)) {
      return noted(engine, entry, weigh<V>(engine, entry, sought, "semantic", similarity), added);
    }
    if (shared === undefined) engine.onBehind();
    return { reason: "changed" };
  } catch (error) {
    // One damaged row must not hide the next; a store that is down will not have the next either.
    if (!(error instanceof MnemeError && error.code === "corrupt")) throw error;
    engine.forgive("get", error);
    return { reason: "corrupt" };
  }
}

/** Another writer may have put another vector in its place, of which the index has not heard: that is another question's answer. */
export function isWhatWasFound({ vector }: Entry, query: Float32Array, similarity: number): boolean {
  if (vector === null) return false;
  let dot = 0;
  for (let i = 0; i < query.length; i++) dot += query[i]! * vector[i]!;
  return Math.abs(Math.min(1, dot) - similarity) < ROUNDING;
}

/** What another thread wrote may be of another moment than the entry: it is the entry that has to be near enough. */
function similarityNow(
  shared: SharedIndex,
  { vector }: Entry,
  query: Float32Array,
  threshold: number,
): number | undefined {
  if (vector === null) return undefined;
  const similarity = shared.similarity(vector, query);
  return similarity >= Math.fround(threshold) ? similarity : undefined; // rounded as the index does
}
