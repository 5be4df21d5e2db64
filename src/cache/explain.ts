import { embed } from "../embedder.ts";
import { argumentError } from "../error.ts";
import { type Entry, isExpired } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { keyOf, scopeIn } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { unit } from "../vectors/vector-index.ts";
import { checkThreshold, type NearestOptions, namespaceOf } from "./call-options.ts";
import { type Candidate, FIRST_CANDIDATES, nearest } from "./candidates.ts";
import type { Engine } from "./engine.ts";
import type { Near } from "./error-budget.ts";
import type { Hit } from "./hit.ts";
import { isOther, isWhatWasFound, mostOthers } from "./near-hit.ts";
import { type Found, type Question, type Refusal, weigh } from "./verdict.ts";

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

/** Looks without counting, telling or changing anything. In mode "shadow" the hit is what would be served without it. */
export function* explain<V>(engine: Engine, query: string, options: ExplainOptions): Steps<Explanation<V>> {
  engine.ensureOpen();
  const { embedder, errorBudget } = engine.settings;
  const { candidates: k = 5, embedding, signal } = options;
  if (!Number.isInteger(k) || k < 1) throw argumentError("candidates", "a whole number from 1", k, "Or leave it out.");
  const namespace = namespaceOf(options);
  const scope = scopeOf(options.scope);
  const threshold = checkThreshold(options.threshold ?? engine.threshold);
  const text = engine.textOf(query);
  const question: Question = { namespace, scope, threshold, query, key: keyOf(text, scope) };
  signal?.throwIfAborted();
  yield* engine.follow();
  yield* engine.heed(engine.ledger.ask(engine.store));
  const followUp = engine.guards?.isFollowUp(query, options.scope) ?? false;

  const stored = yield* step(engine.store.get(namespace, question.key));
  const weighed = stored && weigh<V>(engine, stored, question, "exact", 1);
  const exactly = weighed !== undefined && "hit" in weighed ? weighed.hit : undefined;
  const exact = stored && {
    ...shownOf(engine, stored, 1),
    guards: [],
    refusal: weighed === undefined || "hit" in weighed ? undefined : weighed,
  };

  const [vector] = embedding === undefined ? yield* embed(embedder, [text], signal) : [embedding];
  const row = unit(vector!, embedder.dimensions);
  const isAsked = exactly === undefined && !followUp;
  const near = yield* explainNear<V>(engine, question, row, k, isAsked);
  const hit = exactly ?? near.hit;
  return { namespace, text, key: question.key, threshold, errorBudget, followUp, exact, candidates: near.shown, hit };
}

/** As many as are to be shown; where the semantic layer is asked, also what it would look at until one may be served. */
function* explainNear<V>(
  engine: Engine,
  question: Question,
  row: Float32Array,
  k: number,
  isAsked: boolean,
): Steps<{ shown: ExplainedEntry[]; hit: Hit<V> | undefined }> {
  const { namespace, scope, threshold, query } = question;
  const shown: ExplainedEntry[] = [];
  const seen = new Set<number>();
  let near: Near[] | undefined; // what an error budget compares with: the first ones that are near enough
  let hit: Hit<V> | undefined;
  let isDecided = !isAsked;
  let others = 0;
  for (let wanted = Math.max(k, FIRST_CANDIDATES); ; wanted *= 4) {
    const found = yield* nearest(engine, row, { namespace, scope, k: wanted, threshold: -1 });
    const candidates = yield* readCandidates(engine, found);
    near ??= candidates
      .slice(0, FIRST_CANDIDATES)
      .filter((one) => one.similarity >= threshold && isAlive(engine, one.entry));
    for (const { entry, similarity, isChanged } of candidates) {
      if (seen.has(entry.id)) continue;
      seen.add(entry.id);
      const isNear = similarity >= Math.fround(threshold); // rounded as the index does
      if (!isNear) isDecided = true;
      if (isDecided && shown.length >= k) return { shown, hit };
      if (entry.namespace !== namespace || scopeIn(entry.key) !== scope) continue;
      let refusal: ExplainedEntry["refusal"] = isNear ? undefined : { reason: "threshold" };
      const verdict: Found<V> | Refusal = isChanged(row)
        ? { reason: "changed" }
        : weigh<V>(engine, entry, question, "semantic", similarity);
      let risk: number | undefined;
      if ("reason" in verdict) {
        refusal = verdict;
        if (isNear && isOther(verdict) && ++others === mostOthers(engine)) isDecided = true;
      } else if (!isDecided) {
        isDecided = true;
        const decision = engine.risk?.decide(verdict, near);
        risk = decision?.risk;
        if (decision?.isWithin === false) refusal = { reason: "risk", risk: decision.risk };
        else hit = decision?.hit ?? verdict.hit;
      }
      const guards = [...(engine.guards?.verdicts(query, entry.text) ?? [])];
      if (shown.length < k || hit?.id === entry.id) {
        shown.push({ ...shownOf(engine, entry, similarity), guards, refusal, risk });
      }
    }
    if (found.length < wanted || (isDecided && shown.length >= k)) return { shown, hit };
  }
}

function isAlive(engine: Engine, entry: Entry): boolean {
  return !isExpired(entry, engine.now()) && !engine.ledger.isInvalid(entry);
}

interface Read extends Near {
  isChanged(row: Float32Array): boolean;
}

function* readCandidates(engine: Engine, found: readonly Candidate[]): Steps<Read[]> {
  const ids = found.filter(({ entry }) => entry === undefined).map(({ id }) => id);
  const read = ids.length === 0 ? [] : yield* step(engine.store.getMany(ids));
  const entries = new Map(ids.map((id, i) => [id, read[i]]));
  return found.flatMap(({ id, similarity, entry: whole }): Read[] => {
    const entry = whole ?? entries.get(id);
    if (entry === undefined) return [];
    return [{ entry, similarity, isChanged: (row) => whole === undefined && !isWhatWasFound(entry, row, similarity) }];
  });
}

function shownOf(engine: Engine, entry: { id: number; text: string; createdAt: number }, similarity: number) {
  const ageSeconds = Math.max(0, Math.floor((engine.now() - entry.createdAt) / 1000));
  return { id: entry.id, query: entry.text, similarity, ageSeconds };
}
