import { embed } from "../embedder.ts";
import { argumentError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import { keyOf, scopeIn } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { unit } from "../vectors/vector-index.ts";
import { checkThreshold, type NearestOptions, namespaceOf } from "./call-options.ts";
import { nearest } from "./candidates.ts";
import type { Engine } from "./engine.ts";
import { type Hit, hitOf, isOver } from "./hit.ts";
import { withConfidence } from "./verdict.ts";

/** The `k` most similar entries, whatever their similarity: to look at, not to serve. Counts as no use of them. */
export function* nearestHits<V>(engine: Engine, query: string, k: number, options: NearestOptions): Steps<Hit<V>[]> {
  engine.ensureOpen();
  if (!Number.isInteger(k) || k < 1) throw argumentError("k", "a whole number from 1", k, "Say how many you want.");
  const { embedder } = engine.settings;
  const { threshold = -1, embedding, signal } = options;
  const namespace = namespaceOf(options);
  const scope = scopeOf(options.scope);
  const text = engine.textOf(query);
  const key = keyOf(text, scope);
  checkThreshold(threshold);
  yield* engine.follow();
  yield* engine.heed(engine.ledger.ask(engine.store));
  const [vector] = embedding === undefined ? yield* embed(embedder, [text], signal) : [embedding];
  const now = engine.now();
  const hits: Hit<V>[] = [];
  const seen = new Set<number>();
  // Entries that are over take places too: more are asked for until there are enough, or no more.
  for (let wanted = k; ; wanted *= 4) {
    const row = unit(vector!, embedder.dimensions);
    const found = (yield* nearest(engine, row, { namespace, scope, k: wanted, threshold })).filter(
      ({ id }) => !seen.has(id),
    );
    const missing = found.filter(({ entry }) => entry === undefined).map(({ id }) => id);
    const entries = missing.length === 0 ? [] : yield* step(engine.store.getMany(missing));
    for (const { id, similarity, entry: whole } of found) {
      seen.add(id);
      const entry = whole ?? entries.shift();
      if (entry?.namespace !== namespace || scopeIn(entry.key) !== scope) continue;
      if (isOver(entry, now, engine.policy.slidingTtl)) continue;
      if (engine.ledger.isInvalid(entry)) continue;
      hits.push(withConfidence(engine, hitOf<V>(entry, "semantic", similarity, now, key)));
      if (hits.length === k) return hits;
    }
    if (found.length === 0) return hits;
  }
}
