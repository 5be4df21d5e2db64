/** One of what is measured, as every system of metrics is told of it. `prefix_` comes before its name. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** In OpenTelemetry's words; Prometheus has it in the name. */
  readonly unit: "1" | "s" | "By";
  readonly labels: readonly string[];
}
export interface HistogramMetric extends Metric {
  readonly buckets: readonly number[];
}

/** From a hit in memory to an embedder that is far away. */
const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

const metric =
  (unit: Metric["unit"]) =>
  (name: string, help: string, ...labels: string[]): Metric => ({ name, help, unit, labels });
const count = metric("1");
const seconds = metric("s");
const bytes = metric("By");

/** What has the name of an event counts those; its labels are fields of them. */
export const COUNTERS = {
  hit: count("hits_total", "Lookups that were answered.", "layer", "namespace"),
  miss: count("misses_total", "Lookups that were not answered.", "reason", "namespace"),
  put: count("puts_total", "Responses stored.", "namespace"),
  delete: count("deletes_total", "Entries deleted on request.", "namespace"),
  reject: count("rejections_total", "Entries found and not served.", "reason", "namespace"),
  feedback: count("feedback_total", "What users said of hits.", "verdict", "namespace"),
  compare: count("compared_total", "Entries not served, beside what was computed instead.", "agrees", "namespace"),
  eviction: count("evictions_total", "Least recently used entries that made room.", "namespace"),
  expired: count("expirations_total", "Entries removed because their time was over.", "namespace"),
  error: count("errors_total", "Failures that were gone on without.", "operation"),
  remember: count(
    "memory_remembered_total",
    "What was to be remembered.",
    "outcome",
    "tier",
    "classified",
    "namespace",
  ),
  redactions: count("memory_redactions_total", "Of that, what had secrets in it.", "kind"),
  recalls: count("memory_recalls_total", "Recalls, by the number of results.", "results", "namespace"),
  withheld: count("memory_withheld_total", "Results left out.", "reason", "namespace"),
  degraded: count("memory_degraded_total", "Answers that lack something.", "reason", "namespace"),
  changes: count("memory_changes_total", "What happened to memories.", "change", "namespace"),
  swept: count("memory_swept_total", "Memories removed by sweeping.", "reason", "tier", "namespace"),
  facts: count("memory_facts_total", "Facts found by promotion.", "namespace"),
  outcomes: count("memory_outcomes_total", "What came of single steps.", "step", "outcome"),
} as const satisfies Record<string, Metric>;

export const HISTOGRAMS = {
  similarity: {
    ...count("hit_similarity", "Cosine similarity of hits.", "namespace"),
    buckets: [0.5, 0.7, 0.85, 0.9, 0.95, 0.99, 1],
  },
  age: {
    ...seconds("hit_age_seconds", "Age of the entries that answered.", "namespace"),
    buckets: [60, 600, 3600, 86_400, 604_800], // a minute to a week
  },
  get: {
    ...seconds("get_duration_seconds", "Time of a lookup.", "result", "namespace"),
    buckets: SECONDS,
  },
  put: { ...seconds("put_duration_seconds", "Time of storing a response.", "namespace"), buckets: SECONDS },
  took: {
    ...seconds("memory_duration_seconds", "Time of what a memory does.", "operation", "outcome"),
    buckets: SECONDS,
  },
} as const satisfies Record<string, HistogramMetric>;

export const GAUGES = {
  entries: count("entries", "Entries stored.", "namespace"),
  memory: bytes(
    "memory_bytes",
    "Memory of the vector index, by their entries shared out among namespaces.",
    "namespace",
  ),
  index: bytes("index_bytes", "Memory of the vector index, spare room included."),
  savedCalls: count("saved_calls", "Calls of a model that hits and shared computations spared.", "model"),
  savedTokens: count("saved_tokens", "Tokens those would have taken.", "model", "kind"),
  savedTime: seconds("saved_seconds", "Time those would have taken.", "model"),
  savedCost: count("saved_cost", "What those would have cost, by the prices given.", "model"),
  active: count("memory_active", "Live memories.", "tier", "namespace"),
  pending: count("memory_pending", "Memories to be embedded.", "namespace"),
  uncut: count("memory_uncut", "Memories to be cut.", "namespace"),
} as const satisfies Record<string, Metric>;

/** What stands at a label. */
export type Labels = Readonly<Record<string, string>>;

/** What a system of metrics does with what happens. */
export interface Instruments {
  add(counter: keyof typeof COUNTERS, n: number, labels: Labels): void;
  record(histogram: keyof typeof HISTOGRAMS, value: number, labels: Labels): void;
}

/** The same names, with something made of each. */
export function mapped<K extends string, V, R>(from: Record<K, V>, make: (value: V) => R): Record<K, R> {
  return Object.fromEntries(Object.entries<V>(from).map(([name, value]) => [name, make(value)])) as Record<K, R>;
}
