import { embed } from "../embedder.ts";
import type { Entry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { keyOf } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { unit } from "../vectors/vector-index.ts";
import { checkThreshold, type GetOptions, namespaceOf } from "./call-options.ts";
import { searchAtOnce } from "./candidates.ts";
import type { Engine } from "./engine.ts";
import type { MissReason } from "./event.ts";
import { type Hit, lifetimeOf } from "./hit.ts";
import { type Doubtful, nearHit, noted, type Sought } from "./near-hit.ts";
import { type Asked, asked, readBest } from "./reading-ahead.ts";
import type { Accounted } from "./savings.ts";
import { StoreIndex } from "./store-index.ts";
import { type Found, type Question, type Refusal, weigh } from "./verdict.ts";

export interface Lookup<V> {
  hit: Hit<V> | undefined;
  /** The hit's age in milliseconds. */
  age?: number | undefined;
  /** The query's vector, when it had to be computed: a put that follows a miss need not pay for it again. */
  vector: Float32Array | undefined;
  /** What was found and is not known well: to be judged, or compared with what is computed instead, if it was not served. */
  doubtful?: Doubtful<V> | undefined;
}

/** What a call says of its lookup; the usage of a hit is that of the call. */
export type LookOptions = Omit<GetOptions, "embedding"> & Accounted;

export interface Looking<V> {
  embeddings?: readonly ArrayLike<number>[] | undefined;
  /** Where what is found is left, one by one. */
  found?: Lookup<V>[];
  /** It missed before: that is not counted again. */
  isRepeated?: boolean | undefined;
}

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
  options: LookOptions,
  { embeddings, found = [], isRepeated = false }: Looking<V> = {},
): Steps<Lookup<V>[]> {
  engine.ensureOpen();
  const namespace = namespaceOf(options);
  const scope = scopeOf(options.scope);
  const threshold = checkThreshold(options.threshold ?? engine.threshold);
  const texts = queries.map((query) => engine.textOf(query));
  const questions = queries.map(
    (query, i): Question => ({ namespace, scope, threshold, query, key: keyOf(texts[i]!, scope) }),
  );
  const { embedder } = engine.settings;
  const given = embeddings?.map((vector) => unit(vector, embedder.dimensions));
  const { touch = true, signal } = options;
  signal?.throwIfAborted();

  const start = performance.now();
  const miss = (reason: MissReason, vector?: Float32Array): Lookup<V> => {
    if (!isRepeated) noteMiss(engine, namespace, reason, performance.now() - start);
    return { hit: undefined, vector };
  };
  const accept = ({ hit, entry, evidence }: Found<V>, vector?: Float32Array): Lookup<V> => {
    const { layer, id, similarity, confidence, ageSeconds } = hit;
    const ms = performance.now() - start;
    if (engine.settings.shadow) {
      engine.counters.add(namespace, "shadowHits");
      engine.emit({ type: "shadow", namespace, layer, id, similarity, confidence, ageSeconds, ms });
      return { ...miss("shadow", vector), doubtful: { hit } };
    }
    engine.counters.add(namespace, layer === "exact" ? "hitsExact" : "hitsSemantic");
    engine.savings.saved(hit.response, options);
    if (touch) use(engine, entry);
    engine.emit({ type: "hit", namespace, layer, id, similarity, confidence, ageSeconds, ms });
    return { hit, age: engine.now() - entry.createdAt, vector, doubtful: evidence && { hit, evidence } };
  };
  if (options.bypass) return texts.map(() => miss("bypass"));

  yield* engine.follow();
  const consulting = engine.ledger.ask(engine.store);
  // With the vectors at hand, a store that is searched itself answers for both layers at once.
  const atOnce = given !== undefined && engine.index instanceof StoreIndex;
  const { added } = engine.projection;
  const isFollowUp = ({ query }: Question): boolean => engine.guards?.isFollowUp(query, options.scope) === true;
  const isExactOnly = (question: Question): boolean => options.semantic === false || isFollowUp(question);
  // All of them, then wait.
  const exactly = questions.map((question) => {
    return atOnce && !isExactOnly(question) ? undefined : asked(() => engine.store.get(namespace, question.key));
  });
  yield* engine.heed(consulting);
  const open: number[] = [];
  for (const [i, question] of questions.entries()) {
    const asking = exactly[i];
    const exact = asking && (yield* exactHit<V>(engine, question, asking, added));
    if (exact !== undefined) found[i] = accept(exact);
    else if (options.semantic === false) found[i] = miss("no-match");
    else if (asking !== undefined && isFollowUp(question)) found[i] = miss("follow-up");
    else open.push(i);
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
    const sought: Sought = { ...questions[i]!, vector, exact: atOnce };
    try {
      const semantic = yield* nearHit<V>(engine, sought, firsts?.[place], read);
      if ("hit" in semantic) found[i] = accept(semantic, vector);
      else found[i] = { ...miss(reasonOf(semantic.refusal), vector), doubtful: semantic.doubtful };
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
  options: LookOptions,
  { found, isRepeated }: Looking<V>,
  deadline: number,
): Lookup<V>[] {
  return queries.map((_, i) => {
    if (found?.[i] !== undefined) return found[i];
    if (!isRepeated) noteMiss(engine, namespaceOf(options), "deadline", deadline);
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

function* exactHit<V>(
  engine: Engine,
  question: Question,
  asked: Asked<Entry | undefined>,
  added: number,
): Steps<Found<V> | undefined> {
  try {
    const answer = yield* step(asked);
    if ("error" in answer) throw answer.error;
    if (answer.got === undefined) return undefined;
    const weighed = noted(engine, answer.got, weigh<V>(engine, answer.got, question, "exact", 1), added);
    return "hit" in weighed ? weighed : undefined;
  } catch (error) {
    engine.forgive("get", error);
    return undefined;
  }
}

/** Why there is no hit: what kept the best candidate from being one, if that was a judgement of it. */
function reasonOf(refusal: Refusal | undefined): MissReason {
  const reason = refusal?.reason;
  return reason === "guard" || reason === "rejected" || reason === "risk" ? reason : "no-match";
}
