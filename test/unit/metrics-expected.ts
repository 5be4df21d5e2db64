import type { CacheEvent } from "../../src/index.ts";

const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric there is, without its prefix. Dashboards and alerts are written against these. */
export const EXPECTED: Record<string, { kind: string; unit: string; labels: string[]; buckets?: number[] }> = {
  hits_total: { kind: "counter", unit: "1", labels: ["layer", "namespace"] },
  misses_total: { kind: "counter", unit: "1", labels: ["namespace", "reason"] },
  puts_total: { kind: "counter", unit: "1", labels: ["namespace"] },
  deletes_total: { kind: "counter", unit: "1", labels: ["namespace"] },
  rejections_total: { kind: "counter", unit: "1", labels: ["namespace", "reason"] },
  feedback_total: { kind: "counter", unit: "1", labels: ["namespace", "verdict"] },
  compared_total: { kind: "counter", unit: "1", labels: ["agrees", "namespace"] },
  evictions_total: { kind: "counter", unit: "1", labels: ["namespace"] },
  expirations_total: { kind: "counter", unit: "1", labels: ["namespace"] },
  errors_total: { kind: "counter", unit: "1", labels: ["operation"] },
  hit_similarity: {
    kind: "histogram",
    unit: "1",
    labels: ["namespace"],
    buckets: [0.5, 0.7, 0.85, 0.9, 0.95, 0.99, 1],
  },
  hit_age_seconds: { kind: "histogram", unit: "s", labels: ["namespace"], buckets: [60, 600, 3600, 86400, 604800] },
  get_duration_seconds: { kind: "histogram", unit: "s", labels: ["namespace", "result"], buckets: SECONDS },
  put_duration_seconds: { kind: "histogram", unit: "s", labels: ["namespace"], buckets: SECONDS },
  entries: { kind: "gauge", unit: "1", labels: ["namespace"] },
  memory_bytes: { kind: "gauge", unit: "By", labels: ["namespace"] },
  index_bytes: { kind: "gauge", unit: "By", labels: [] },
  saved_calls: { kind: "gauge", unit: "1", labels: ["model"] },
  saved_tokens: { kind: "gauge", unit: "1", labels: ["kind", "model"] },
  saved_seconds: { kind: "gauge", unit: "s", labels: ["model"] },
  saved_cost: { kind: "gauge", unit: "1", labels: ["model"] },
};

const HIT = { type: "hit", namespace: "n", id: 1, confidence: 1 } as const;

/** One of each kind, and some that count for nothing. */
export const EVENTS: CacheEvent[] = [
  { ...HIT, layer: "exact", similarity: 1, ageSeconds: 61, ms: 0.2 },
  { ...HIT, layer: "semantic", similarity: 1.0000001, ageSeconds: -5, ms: 30 },
  { ...HIT, layer: "semantic", similarity: 0.87, ageSeconds: 100 } as CacheEvent, // of an earlier version, as the miss
  { type: "miss", namespace: "n", reason: "no-match", ms: 40 },
  { type: "miss", namespace: "n", reason: "store" } as CacheEvent,
  { type: "put", namespace: "n", id: 1, ms: 2000 },
  { type: "delete", namespace: "n", count: 2 },
  { type: "delete", namespace: "n", count: 0 },
  { type: "reject", namespace: "n", id: 1, reason: "validator" },
  { type: "feedback", namespace: "n", id: 1, verdict: "accept" },
  { type: "compare", namespace: "n", layer: "semantic", id: 1, similarity: 0.9, agrees: false },
  { type: "eviction", namespace: "n", count: 3 },
  { type: "eviction", namespace: "nothing", count: 0 },
  { type: "expired", namespace: "n", count: 4 },
  { type: "index", index: "approximate", entries: 5 },
  { type: "error", operation: "flush", error: new Error("secret") },
  { type: "of a later version", namespace: "n", count: 1 } as never,
];

/** What the events come to: the name, its labels but `namespace`, and the value, or count and sum. */
export const COUNTED: [name: string, label: string | undefined, value: number, sum?: number][] = [
  ["hits_total", "exact", 1],
  ["hits_total", "semantic", 2],
  ["misses_total", "no-match", 1],
  ["misses_total", "store", 1],
  ["puts_total", undefined, 1],
  ["deletes_total", undefined, 2],
  ["rejections_total", "validator", 1],
  ["feedback_total", "accept", 1],
  ["compared_total", "false", 1],
  ["evictions_total", undefined, 3],
  ["expirations_total", undefined, 4],
  ["errors_total", "flush", 1],
  ["hit_similarity", undefined, 3, 2.87],
  ["hit_age_seconds", undefined, 3, 161],
  ["get_duration_seconds", "exact", 1, 0.0002],
  ["get_duration_seconds", "semantic", 1, 0.03],
  ["get_duration_seconds", "miss", 1, 0.04],
  ["put_duration_seconds", undefined, 1, 2],
];
