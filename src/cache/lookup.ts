import { MnemeError } from "../error.ts";
import { type Entry, isExpired } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import type { NearestWanted } from "../store/store.ts";
import { keyOf, scopeIn } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import type { SharedIndex } from "../vectors/shared-index.ts";
import { unit } from "../vectors/vector-index.ts";
import { type Candidate, FIRST_CANDIDATES, nearest, searchAtOnce } from "./candidates.ts";
import { embed } from "./embedder.ts";
import type { Engine } from "./engine.ts";
import type { MissReason } from "./event.ts";
import { type Hit, hitOf, isOver, lifetimeOf } from "./hit.ts";
import { confidenceIn, isValid } from "./judgement.ts";
import { checkThreshold, type GetOptions, namespaceOf } from "./options.ts";
import { type Asked, asked, type Read, readBest } from "./reading-ahead.ts";
import { StoreIndex } from "./store-index.ts";

/** More than a similarity may change by how an index keeps its numbers: 8 bits each at the least. */
const ROUNDING = 0.05;

export interface Lookup<V> {
  hit: Hit<V> | undefined;
  /** The query's vector, when it had to be computed: a put that follows a miss need not pay for it again. */
  vector: Float32Array | undefined;
}

/** A hit, and the entry it is of. */
interface Found<V> {
  hit: Hit<V>;
  entry: Entry;
}

/** What is looked for. `key`: of the exact layer, which the store is asked for with the rest. */
type Sought = Omit<NearestWanted, "k"> & { vector: Float32Array };

/** Exact layer, then semantic layer. Never writes: what it learns about entries is left to be written later. */
export function* lookup<V>(engine: Engine, query: string, options: GetOptions): Steps<Lookup<V>> {
  const { embedding, ...others } = options;
  const [found] = yield* lookupMany<V>(engine, [query], others, { embeddings: embedding && [embedding] });
  return found!;
}

/** The same for many queries, which are embedded together, and compared in one pass over memory. */
export function* lookupMany<V>(
  engine: Engine,
  queries: readonly string[],
  options: Omit<GetOptions, "embedding">,
  { embeddings, found = [] }: { embeddings?: readonly ArrayLike<number>[] | undefined; found?: Lookup<V>[] } = {},
): Steps<Lookup<V>[]> {
  engine.ensureOpen();
  const namespace = namespaceOf(options);
  const scope = scopeOf(options.scope);
  const threshold = checkThreshold(options.threshold ?? engine.policy.threshold);
  const texts = queries.map((query) => engine.textOf(query));
  const keys = texts.map((text) => keyOf(text, scope));
  const { embedder } = engine.settings;
  const given = embeddings?.map((vector) => unit(vector, embedder.dimensions));
  const { touch = true, signal } = options;
  signal?.throwIfAborted();

  const start = performance.now();
  const miss = (reason: MissReason, vector?: Float32Array): Lookup<V> => {
    noteMiss(engine, namespace, reason, performance.now() - start);
    return { hit: undefined, vector };
  };
  const accept = ({ hit, entry }: Found<V>, vector?: Float32Array): Lookup<V> => {
    const { layer, id, similarity, confidence, ageSeconds } = hit;
    engine.counters.add(namespace, layer === "exact" ? "hitsExact" : "hitsSemantic");
    if (touch) use(engine, entry);
    engine.emit({
      type: "hit",
      namespace,
      layer,
      id,
      similarity,
      confidence,
      ageSeconds,
      ms: performance.now() - start,
    });
    return { hit, vector };
  };
  if (options.bypass) return texts.map(() => miss("bypass"));

  yield* engine.follow();
  // With the vectors at hand, a store that is searched itself answers for both layers at once.
  const atOnce = given !== undefined && engine.index instanceof StoreIndex;
  const { added } = engine.projection;
  const exactly = atOnce ? [] : keys.map((key) => asked(() => engine.store.get(namespace, key))); // all of them, then wait
  const open: number[] = [];
  for (const i of keys.keys()) {
    const exact = atOnce ? undefined : yield* exactHit<V>(engine, exactly[i]!, added);
    if (exact === undefined) open.push(i);
    else found[i] = accept(exact);
  }
  if (open.length === 0) return found;

  let vectors: Float32Array[];
  try {
    const wanted = open.map((i) => texts[i]!);
    const embedded = given === undefined ? yield* embed(embedder, wanted, signal) : open.map((i) => given[i]!);
    vectors = given === undefined ? embedded.map((vector) => unit(vector, embedder.dimensions)) : embedded;
  } catch (error) {
    signal?.throwIfAborted();
    engine.forgive("embed", error);
    for (const i of open) found[i] = miss("embedder");
    return found;
  }
  signal?.throwIfAborted();

  const firsts = searchAtOnce(engine, vectors, { namespace, scope, threshold });
  const read = firsts && (yield* readBest(engine, firsts));
  for (const [place, i] of open.entries()) {
    const vector = vectors[place]!;
    const sought: Sought = { namespace, scope, threshold, vector, key: atOnce ? keys[i] : undefined };
    try {
      const semantic = yield* nearHit<V>(engine, sought, firsts?.[place], read);
      found[i] = semantic === undefined ? miss("no-match", vector) : accept(semantic, vector);
    } catch (error) {
      engine.forgive("get", error);
      found[i] = miss("store", vector);
    }
  }
  return found;
}

/** Where there was no time to look further, what is missing are misses. */
export function missRest<V>(
  engine: Engine,
  queries: readonly string[],
  options: Omit<GetOptions, "embedding">,
  found: readonly Lookup<V>[],
  deadline: number,
): Lookup<V>[] {
  return queries.map((_, i) => {
    if (found[i] !== undefined) return found[i];
    noteMiss(engine, namespaceOf(options), "deadline", deadline);
    return { hit: undefined, vector: undefined };
  });
}

function noteMiss(engine: Engine, namespace: string, reason: MissReason, ms: number): void {
  engine.counters.add(namespace, "misses");
  engine.emit({ type: "miss", namespace, reason, ms });
}

/** Written later. With a sliding ttl the entry's life begins anew. */
function use(engine: Engine, entry: Entry): void {
  const now = engine.now();
  const lifetime = engine.policy.slidingTtl ? lifetimeOf(entry, true) : null;
  engine.late.touch(entry.id, now, lifetime === null ? undefined : now + lifetime);
}

function* exactHit<V>(engine: Engine, asked: Asked<Entry | undefined>, added: number): Steps<Found<V> | undefined> {
  try {
    const answer = yield* step(asked);
    if ("error" in answer) throw answer.error;
    return answer.got && admissible<V>(engine, answer.got, "exact", 1, added);
  } catch (error) {
    engine.forgive("get", error);
    return undefined;
  }
}

/**
 * The nearest entry that may be served: candidates are taken best first, and more of them while none is admissible. Dead
 * rows leave the index on the way, so that what was looked at is known by its id, not by its place.
 */
function* nearHit<V>(
  engine: Engine,
  sought: Sought,
  first?: readonly Candidate[],
  read?: Read,
): Steps<Found<V> | undefined> {
  const seen = new Set<number>();
  for (let wanted = FIRST_CANDIDATES; ; wanted *= 4) {
    const found = first ?? (yield* nearest(engine, sought.vector, { ...sought, k: wanted }));
    first = undefined;
    const candidates = found.filter(({ id }) => !seen.has(id));
    if (candidates.length === 0) return undefined;
    for (const candidate of candidates) {
      seen.add(candidate.id);
      const hit = yield* candidateHit<V>(engine, candidate, sought, read);
      if (hit !== undefined) return hit;
    }
    if (found.length < wanted) return undefined; // there are no more
  }
}

function* candidateHit<V>(
  engine: Engine,
  { id, similarity: found, entry: whole }: Candidate,
  { namespace, scope, threshold, vector: query, key }: Sought,
  read?: Read,
): Steps<Found<V> | undefined> {
  const { shared, projection } = engine;
  const isRead = read?.entries.has(id) === true;
  const { added } = isRead ? read : projection;
  if (whole !== undefined) {
    return whole.key === key
      ? admissible<V>(engine, whole, "exact", 1, added)
      : admissible<V>(engine, whole, "semantic", found, added);
  }
  try {
    const entry = isRead ? read.entries.get(id) : (yield* step(engine.store.getMany([id])))[0];
    read?.entries.delete(id); // another hit of it gets an object of its own
    if (entry?.namespace === namespace) {
      if (scopeIn(entry.key) !== scope) return undefined;
      const similarity = shared === undefined ? found : similarityNow(shared, entry, query, threshold);
      if (similarity !== undefined && isWhatWasFound(entry, query, similarity)) {
        return admissible<V>(engine, entry, "semantic", similarity, added);
      }
      if (shared === undefined) engine.onBehind();
      return undefined;
    }
    projection.remove(id); // another writer removed it; ids are not used again
  } catch (error) {
    // One damaged row must not hide the next; a store that is down will not have the next either.
    if (!(error instanceof MnemeError && error.code === "corrupt")) throw error;
    engine.forgive("get", error);
  }
  return undefined;
}

/** Another writer may have put another vector in its place, of which the index has not heard: that is another question's answer. */
function isWhatWasFound({ vector }: Entry, query: Float32Array, similarity: number): boolean {
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

/** `added` is how often the index had been added to when the entry was read. */
function admissible<V>(
  engine: Engine,
  entry: Entry,
  layer: Hit["layer"],
  similarity: number,
  added: number,
): Found<V> | undefined {
  const now = engine.now();
  if (isOver(entry, now, engine.policy.slidingTtl) && !engine.late.keeps(entry.id, now)) {
    if (isExpired(entry, now)) engine.late.expire(entry.id, entry.namespace, now);
    // Unless a put has renewed it since it was read; then the row is the new entry's.
    if (engine.projection.added === added) engine.projection.remove(entry.id);
    return undefined;
  }
  let hit: Omit<Hit<V>, "confidence">;
  try {
    hit = hitOf<V>(entry, layer, similarity, now);
  } catch (cause) {
    const problem = `The value stored for entry ${entry.id} is not JSON.`;
    engine.forgive("get", new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.", { cause }));
    return undefined;
  }
  const judgedHit = judged(engine, hit);
  return judgedHit && { hit: judgedHit, entry };
}

/** A hit that may be served; else undefined. */
function judged<V>(engine: Engine, hit: Omit<Hit<V>, "confidence">): Hit<V> | undefined {
  const { validate, minConfidence } = engine.settings;
  const { namespace, id } = hit;
  const refuse = (reason: "validator" | "confidence"): undefined => {
    engine.counters.add(namespace, "rejections");
    engine.emit({ type: "reject", namespace, id, reason });
  };
  try {
    if (!isValid(validate, hit.response)) return refuse("validator");
  } catch (error) {
    engine.forgive("validator", error);
    return refuse("validator");
  }
  const trusted = withConfidence(engine, hit);
  return minConfidence === undefined || trusted.confidence >= minConfidence ? trusted : refuse("confidence");
}

/** Where nothing can be said of it, it is not trusted. */
export function withConfidence<V>(engine: Engine, hit: Omit<Hit<V>, "confidence">): Hit<V> {
  const { similarity, ageSeconds, metadata } = hit;
  let confidence = 0;
  try {
    confidence = confidenceIn(engine.settings.confidence, similarity, ageSeconds, metadata);
  } catch (error) {
    engine.forgive("confidence", error);
  }
  return { ...hit, confidence };
}
