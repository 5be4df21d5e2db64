import { type Steps, step } from "../store/steps.ts";
import { keyOf, scopeIn } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { unit } from "../vectors/vector-index.ts";
import { FIRST_CANDIDATES, nearest } from "./candidates.ts";
import { embed } from "./embedder.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { checkThreshold, type NearestOptions, namespaceOf } from "./options.ts";
import { type Question, type Refusal, weigh } from "./verdict.ts";

export interface ExplainOptions extends NearestOptions {
  /** How many candidates of the semantic layer are looked at, whatever their similarity. Default 5. */
  candidates?: number | undefined;
}

/** An entry that was looked at for a question. */
export interface ExplainedEntry {
  id: number;
  query: string;
  similarity: number;
  ageSeconds: number;
  /** What each guard says; a detail says why it refuses. */
  guards: { guard: string; detail: string | undefined }[];
  /** Under an error budget: what is known of how probably it is wrong. */
  risk?: number | undefined;
  /** Why it would not be served. Undefined: it may be. */
  refusal: Refusal | { reason: "threshold" } | undefined;
}

/** What a lookup would do, and why. */
export interface Explanation<V = string> {
  namespace: string;
  /** What is hashed and embedded. */
  text: string;
  /** Of the exact layer, after the fingerprint of the scope, if there is one. */
  key: string;
  threshold: number;
  errorBudget: number | undefined;
  /** Whether it does not stand alone, so that the semantic layer is not asked. */
  followUp: boolean;
  /** What the exact layer has. */
  exact: ExplainedEntry | undefined;
  /** Of the semantic layer, best first. */
  candidates: ExplainedEntry[];
  /** What would be served. */
  hit: Hit<V> | undefined;
}

/** Looks without counting, telling or changing anything. */
export function* explain<V>(engine: Engine, query: string, options: ExplainOptions): Steps<Explanation<V>> {
  engine.ensureOpen();
  const { embedder, errorBudget } = engine.settings;
  const { candidates: k = 5, embedding, signal } = options;
  const namespace = namespaceOf(options);
  const scope = scopeOf(options.scope);
  const threshold = checkThreshold(options.threshold ?? engine.threshold);
  const text = engine.textOf(query);
  const question: Question = { namespace, scope, threshold, query, key: keyOf(text, scope) };
  yield* engine.ledger.heed(engine.ledger.ask(engine.store));
  const followUp = engine.guards?.isFollowUp(query, options.scope) ?? false;
  let hit: Hit<V> | undefined;

  const stored = yield* step(engine.store.get(namespace, question.key));
  const weighed = stored && weigh<V>(engine, stored, question, "exact", 1);
  if (weighed !== undefined && "hit" in weighed) hit = weighed.hit;
  const exact = stored && {
    ...shownOf(engine, stored, 1),
    guards: [],
    refusal: weighed === undefined || "hit" in weighed ? undefined : weighed,
  };

  const [vector] = embedding === undefined ? yield* embed(embedder, [text], signal) : [embedding];
  const row = unit(vector!, embedder.dimensions);
  const near = yield* nearest(engine, row, { namespace, scope, k, threshold: -1 });
  const ids = near.filter(({ entry }) => entry === undefined).map(({ id }) => id);
  const entries = ids.length === 0 ? [] : yield* step(engine.store.getMany(ids));
  const looked = near.map(({ similarity, entry: whole }) => ({ similarity, entry: whole ?? entries.shift() }));
  const others = looked
    .slice(0, FIRST_CANDIDATES)
    .flatMap(({ similarity, entry }) => (entry ? [{ similarity, entry }] : []));
  const candidates: ExplainedEntry[] = [];
  let decided = false;
  for (const { similarity, entry } of looked) {
    if (entry === undefined || entry.namespace !== namespace || scopeIn(entry.key) !== scope) continue;
    const verdict = weigh<V>(engine, entry, question, "semantic", similarity);
    const isNear = similarity >= threshold;
    let refusal: ExplainedEntry["refusal"] = "hit" in verdict ? undefined : verdict;
    let risk: number | undefined;
    if ("hit" in verdict && !isNear) refusal = { reason: "threshold" };
    else if ("hit" in verdict) {
      const decision = engine.risk?.decide(verdict, others);
      risk = decision?.risk;
      if (decision?.isWithin === false) refusal = { reason: "risk", risk: decision.risk };
      else if (!followUp && !decided) hit ??= decision?.hit ?? verdict.hit;
      decided = true; // what is further off does not serve in its place
    }
    const guards = [...(engine.guards?.verdicts(query, entry.text) ?? [])];
    candidates.push({ ...shownOf(engine, entry, similarity), guards, refusal, risk });
  }
  return { namespace, text, key: question.key, threshold, errorBudget, followUp, exact, candidates, hit };
}

function shownOf(engine: Engine, entry: { id: number; text: string; createdAt: number }, similarity: number) {
  const ageSeconds = Math.max(0, Math.floor((engine.now() - entry.createdAt) / 1000));
  return { id: entry.id, query: entry.text, similarity, ageSeconds };
}
