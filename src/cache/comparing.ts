import { type Steps, step } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { trueOrFalse } from "./judgement.ts";
import type { Doubtful } from "./near-hit.ts";
import { loss } from "./value.ts";

/** Whether a stored response would have done in place of one that was computed. */
export type Compare<V> = "equal" | ((computed: V, stored: V) => Awaitable<boolean>);

/** Whether a stored response answers a question. */
export type Judge<V> = (query: string, hit: Hit<V>) => Awaitable<boolean>;

/** What was computed is laid beside what was found and not served. A failure is told: nobody waits for this. */
export function* compare<V>(engine: Engine, computed: V, { hit, evidence }: Doubtful<V>): Steps<void> {
  const { settings, counters, risk } = engine;
  const how = settings.compare as Compare<V> | undefined;
  if (how === undefined && !settings.shadow) return; // nobody said what would be as good
  try {
    const answer =
      typeof how === "function" ? yield* step(how(computed, hit.response)) : areEqual(computed, hit.response);
    const agrees = trueOrFalse("compare", answer, "Or a promise of that.");
    counters.add(hit.namespace, agrees ? "agreed" : "disagreed");
    const { namespace, layer, id, similarity } = hit;
    engine.emit({ type: "compare", namespace, layer, id, similarity, agrees });
    if (how !== undefined && evidence !== undefined) risk?.observe(id, evidence, !agrees);
  } catch (error) {
    engine.emit({ type: "error", operation: "compare", error });
  }
}

/** The judge is asked of what was found, whether or not it was served. */
export function* judge<V>(engine: Engine, query: string, { hit, evidence }: Doubtful<V>): Steps<void> {
  try {
    const judges = engine.settings.judge as Judge<V>;
    const agrees = trueOrFalse("judge", yield* step(judges(query, hit)), "Or a promise of that.");
    engine.counters.add(hit.namespace, agrees ? "agreed" : "disagreed");
    if (evidence !== undefined) engine.risk?.observe(hit.id, evidence, !agrees);
  } catch (error) {
    engine.emit({ type: "error", operation: "judge", error });
  }
}

/** As JSON, whatever the order of keys. */
function areEqual(a: unknown, b: unknown): boolean {
  return loss(a, "response", []) === undefined && sorted(a) === sorted(b);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
