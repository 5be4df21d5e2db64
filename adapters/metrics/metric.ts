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

const counter = (name: string, help: string, ...labels: string[]): Metric => ({ name, help, unit: "1", labels });

const gauge = (name: string, help: string, unit: Metric["unit"], ...labels: string[]): Metric => {
  return { name, help, unit, labels };
};

export const COUNTERS = {
  hits: counter("hits_total", "Lookups that were answered.", "layer", "namespace"),
  misses: counter("misses_total", "Lookups that were not answered.", "reason", "namespace"),
  puts: counter("puts_total", "Responses stored.", "namespace"),
  deletes: counter("deletes_total", "Entries deleted on request.", "namespace"),
  rejections: counter("rejections_total", "Entries found and not served.", "reason", "namespace"),
  feedback: counter("feedback_total", "What users said of hits.", "verdict", "namespace"),
  compared: counter("compared_total", "Entries not served, beside what was computed instead.", "agrees", "namespace"),
  evictions: counter("evictions_total", "Least recently used entries that made room.", "namespace"),
  expirations: counter("expirations_total", "Entries removed because their time was over.", "namespace"),
  errors: counter("errors_total", "Failures the cache went on without.", "operation"),
} as const satisfies Record<string, Metric>;

export const HISTOGRAMS = {
  similarity: {
    name: "hit_similarity",
    help: "Cosine similarity of hits.",
    unit: "1",
    labels: ["namespace"],
    buckets: [0.5, 0.7, 0.85, 0.9, 0.95, 0.99, 1],
  },
  age: {
    name: "hit_age_seconds",
    help: "Age of the entries that answered.",
    unit: "s",
    labels: ["namespace"],
    buckets: [60, 600, 3600, 86_400, 604_800], // a minute to a week
  },
  get: {
    name: "get_duration_seconds",
    help: "Time of a lookup, by what came of it: exact, semantic or miss.",
    unit: "s",
    labels: ["result", "namespace"],
    buckets: SECONDS,
  },
  put: {
    name: "put_duration_seconds",
    help: "Time of storing a response.",
    unit: "s",
    labels: ["namespace"],
    buckets: SECONDS,
  },
} as const satisfies Record<string, HistogramMetric>;

export const GAUGES = {
  entries: { name: "entries", help: "Entries stored.", unit: "1", labels: ["namespace"] },
  memory: {
    name: "memory_bytes",
    help: "Memory of the vector index, shared out among namespaces by their entries: an estimate.",
    unit: "By",
    labels: ["namespace"],
  },
  savedCalls: gauge("saved_calls", "Calls of a model that hits and shared computations spared.", "1", "model"),
  savedTokens: gauge("saved_tokens", "Tokens those would have taken.", "1", "model", "kind"),
  savedTime: gauge("saved_seconds", "Time those would have taken, by what others took.", "s", "model"),
  savedCost: gauge("saved_cost", "What those would have cost, by the prices given.", "1", "model"),
  index: { name: "index_bytes", help: "Memory of the vector index, spare room included.", unit: "By", labels: [] },
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
