import type { CacheEvent } from "../../src/index.ts";
import type { Instruments } from "./metric.ts";
import { OTHER } from "./metric-labels.ts";

/** Tells what happened. Events it does not know are left out, as are counts of nothing. */
export function tell(event: CacheEvent, namespaceLabel: (namespace: string) => string, to: Instruments): void {
  if (event.type === "error") to.add("errors", 1, { operation: event.operation });
  if (!("namespace" in event)) return;
  const namespace = event.namespace === undefined ? OTHER : namespaceLabel(event.namespace);
  switch (event.type) {
    case "hit":
      to.add("hits", 1, { layer: event.layer, namespace });
      to.record("similarity", Math.min(1, event.similarity), { namespace }); // rounding may take it past 1
      to.record("age", Math.max(0, event.ageSeconds), { namespace }); // clocks differ
      recordMs(to, "get", event.ms, { result: event.layer, namespace });
      break;
    case "miss":
      to.add("misses", 1, { reason: event.reason, namespace });
      recordMs(to, "get", event.ms, { result: "miss", namespace });
      break;
    case "put":
      to.add("puts", 1, { namespace });
      recordMs(to, "put", event.ms, { namespace });
      break;
    case "reject":
      to.add("rejections", 1, { reason: event.reason, namespace });
      break;
    case "feedback":
      to.add("feedback", 1, { verdict: event.verdict, namespace });
      break;
    case "compare":
      to.add("compared", 1, { agrees: String(event.agrees), namespace });
      break;
    case "delete":
      if (event.count > 0) to.add("deletes", event.count, { namespace });
      break;
    case "eviction":
      if (event.count > 0) to.add("evictions", event.count, { namespace });
      break;
    case "expired":
      if (event.count > 0) to.add("expirations", event.count, { namespace });
      break;
  }
}

function recordMs(to: Instruments, name: "get" | "put", ms: number | undefined, labels: Record<string, string>): void {
  if (ms !== undefined) to.record(name, Math.max(0, ms) / 1000, labels);
}
