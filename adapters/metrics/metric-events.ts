import type { CacheEvent } from "../../src/index.ts";
import type { MemoryEvent } from "../../src/memory/index.ts";
import { COUNTERS, HISTOGRAMS, type Instruments, type Labels } from "./metric.ts";
import { type NamespaceLabels, OTHER } from "./metric-labels.ts";

/** What caches and memories tell. */
export type Event = CacheEvent | MemoryEvent;

const CHANGES = "update reinforce corroborate contradict supersede restore forget demote dedup".split(" ");
const STEPS = "rerank promote consolidate repair".split(" ");

/** Events it does not know are left out, as are counts of nothing. `kinds` are of what was taken out of texts. */
export function tell(event: Event, namespaces: NamespaceLabels, kinds: NamespaceLabels, to: Instruments): void {
  const { type } = event;
  const labelsOf = (names: readonly string[], more: object): Labels => {
    const fields: Record<string, unknown> = {
      change: type,
      step: type,
      operation: type,
      outcome: "done",
      ...event,
      ...more,
    };
    return Object.fromEntries(
      names.map((name) => {
        const label = fields[name];
        return [
          name,
          name !== "namespace" ? String(label) : label === undefined ? OTHER : namespaces.of(label as string),
        ];
      }),
    );
  };
  const add = (counter: keyof typeof COUNTERS, n = 1, more: object = {}): void => {
    if (n > 0) to.add(counter, n, labelsOf(COUNTERS[counter].labels, more));
  };
  const record = (histogram: keyof typeof HISTOGRAMS, value: number, more: object = {}): void => {
    to.record(histogram, value, labelsOf(HISTOGRAMS[histogram].labels, more));
  };
  const recordMs = (histogram: keyof typeof HISTOGRAMS, ms: number | undefined, more: object = {}): void => {
    if (ms !== undefined) record(histogram, Math.max(0, ms) / 1000, more);
  };

  const n = "count" in event ? event.count : 1;
  if (Object.hasOwn(COUNTERS, type)) add(type as keyof typeof COUNTERS, n);
  else if (CHANGES.includes(type)) add("changes", n);
  else if (STEPS.includes(type)) add("outcomes");
  if ("redacted" in event) for (const kind of event.redacted) add("redactions", 1, { kind: kinds.of(kind) });
  switch (type) {
    case "hit":
      record("similarity", Math.min(1, event.similarity)); // rounding may take it past 1
      record("age", Math.max(0, event.ageSeconds)); // clocks differ
      recordMs("get", event.ms, { result: event.layer });
      break;
    case "miss":
      recordMs("get", event.ms, { result: type });
      break;
    case "put":
      recordMs("put", event.ms);
      break;
    case "remember":
      if (event.pending) add("degraded", 1, { reason: "pending" });
      recordMs("took", event.ms);
      break;
    case "recall":
      add("recalls", 1, { results: bucketOf(event.results) });
      if (event.degraded !== undefined) add("degraded", 1, { reason: event.degraded });
      add("withheld", event.floored, { reason: "score" });
      add("withheld", event.omitted, { reason: "tokens" });
      recordMs("took", event.ms);
      recordMs("took", event.embedMs, { operation: "recall: embed" });
      break;
    case "rerank":
      recordMs("took", event.ms, { operation: "recall: rerank" });
      break;
    case "promote":
      add("facts", event.facts);
      break;
    case "import":
      for (const outcome of ["imported", "replaced", "skipped", "rejected"] as const) {
        add("outcomes", event[outcome], { outcome });
      }
      recordMs("took", event.ms);
      break;
    case "call":
      recordMs("took", event.ms);
  }
}

/** None, one, a few, many, too many. */
function bucketOf(results: number): string {
  if (results < 2) return `${results}`;
  return results < 6 ? "2-5" : results < 21 ? "6-20" : "21+";
}
