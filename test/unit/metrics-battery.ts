import { type CacheEvent, type SemanticCache, SemanticCacheSync } from "../../src/index.ts";
import { AgentMemory, type MemoryEvent } from "../../src/memory/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { OTHER, observed, opened, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { COUNTED, EVENTS, EXPECTED } from "./metrics-expected.ts";

/** A sample as its system gives it out; of a histogram `value` is the count. */
export interface Series {
  name: string;
  kind: string;
  unit?: string;
  labels: Record<string, string>;
  value: number;
  sum?: number;
  buckets?: number[];
}

interface Options {
  prefix?: string;
  labels?: Record<string, string>;
  namespaceLabel?: (namespace: string) => string | undefined;
  maxNamespaces?: number;
}
interface Metrics {
  onEvent: (event: CacheEvent | MemoryEvent) => void;
  observe(cacheOrMemory: SemanticCache | SemanticCacheSync | AgentMemory): void;
}
/** A registry or a meter of its own, with the adapter on it. */
export interface MetricsSystem {
  metrics(options?: Options): Metrics;
  collect(): Promise<Series[]>;
  close(): Promise<void>;
}

const ACCOUNTS = {
  usage: () => ({ model: "m", inputTokens: 100, outputTokens: 10 }),
  prices: { m: { input: 1, output: 2 } },
};

/** What every system of metrics is expected to be told. */
export const metricsBattery =
  (open: () => MetricsSystem): Suite =>
  (define) => {
    const test = (name: string, run: (system: MetricsSystem) => Promise<void>): void =>
      define(name, async () => {
        const system = open();
        try {
          await run(system);
        } finally {
          await system.close();
        }
      });

    test("what was saved, by model", async (system) => {
      const metrics = system.metrics();
      const cache = await opened(ACCOUNTS);
      for (let i = 0; i < 3; i++) await cache.wrap(QUESTION, () => "answer");
      metrics.observe(cache);
      const saved = (await system.collect()).filter(({ name }) => name.includes("saved") && !name.includes("seconds"));
      const told = saved.map(({ name, labels: { model, kind }, value }) => [name, model, kind ?? "", value]);
      equal(told.sort(), [
        ["mneme_saved_calls", "m", "", 2],
        ["mneme_saved_cost", "m", "", 0.00024],
        ["mneme_saved_tokens", "m", "input", 200],
        ["mneme_saved_tokens", "m", "output", 20],
      ]);
      await cache.close();
      // Not the seconds: where the clock stands still, a call that takes no time saves none.
      const kept = (await system.collect()).filter(({ name }) => name.includes("saved") && !name.includes("seconds"));
      ok(kept.length > 0 && kept.every(({ value }) => value > 0), "it stays saved");
    });

    test("each metric has its name, kind, unit, labels and buckets", async (system) => {
      const metrics = system.metrics();
      const cache = await opened(ACCOUNTS);
      const memory = await AgentMemory.open({ embedder: WORDS });
      for (let i = 0; i < 3; i++) await cache.wrap(QUESTION, () => "answer");
      for (const one of [cache, memory]) metrics.observe(one);
      for (const event of EVENTS) metrics.onEvent(event);
      const series = await system.collect();
      equal([...new Set(series.map(({ name }) => name))].sort(), withPrefix("mneme", Object.keys(EXPECTED)).sort());
      for (const { name, kind, unit, labels, buckets } of series) {
        const expected = EXPECTED[name.replace("mneme_", "")]!;
        const got = {
          kind,
          unit: unit ?? expected.unit,
          labels: Object.keys(labels).sort(),
          ...(buckets && { buckets }),
        };
        equal<object>(got, expected, name);
      }
      await cache.close();
      await memory.close();
    });

    test("each event counts once, nothing counts for nothing", async (system) => {
      const { onEvent } = system.metrics({ prefix: "my_cache" });
      for (const event of EVENTS) onEvent(event);
      const series = (await system.collect()).filter(({ kind }) => kind !== "gauge");
      equal(series.length, COUNTED.length, JSON.stringify(series));
      for (const [name, label, value, sum] of COUNTED) {
        const found = series.find((one) => {
          const { namespace = "n", ...rest } = one.labels;
          const labels = [...Object.values(rest), ...(namespace === "n" ? [] : [namespace])];
          return one.name === `my_cache_${name}` && labels.join() === (label ?? "");
        });
        equal(found && [found.value, found.sum?.toFixed(6)], [value, sum?.toFixed(6)], `${name} ${label}`);
      }
    });

    test("what a cache did and what it holds", async (system) => {
      const metrics = system.metrics();
      const watched = observed();
      const onEvent = (event: CacheEvent): void => {
        watched.onEvent(event);
        metrics.onEvent(event);
      };
      const cache = await opened({ onEvent, clock: watched.clock, defaultTtl: "1h" });
      metrics.observe(cache);
      metrics.observe(cache); // once is enough
      await cache.put(QUESTION, "a", { namespace: "a" });
      await cache.put(OTHER, "b", { namespace: "b" });
      await cache.put(QUESTION, "b", { namespace: "b" });
      watched.pass(700_000);
      ok((await cache.get(QUESTION, { namespace: "a" }))?.layer === "exact", "an exact hit");
      ok((await cache.get(PARAPHRASE, { namespace: "b" }))?.layer === "semantic", "a semantic hit");
      equal(await cache.get(OTHER, { namespace: "a" }), undefined);
      const { indexBytes, vectorBytes } = await cache.stats();
      const find = finder(await system.collect());
      equal(find("hits_total", { layer: "exact", namespace: "a" })?.value, 1);
      equal(find("hits_total", { layer: "semantic", namespace: "b" })?.value, 1);
      equal(find("misses_total", { reason: "no-match", namespace: "a" })?.value, 1);
      const age = find("hit_age_seconds", { namespace: "b" });
      equal([age?.value, age?.sum], [1, 700]);
      for (const [namespace, entries] of Object.entries({ a: 1, b: 2, _total: 3 })) {
        equal(find("entries", { namespace })?.value, entries);
        equal(find("memory_bytes", { namespace })?.value, Math.round((vectorBytes * entries) / 3));
      }
      equal([find("index_bytes", {})?.value, indexBytes > 0], [indexBytes, true]);

      watched.pass(3_600_000);
      equal(await cache.get(QUESTION, { namespace: "a" }), undefined);
      await cache.flush();
      await cache.clear("b");
      const later = finder(await system.collect());
      equal(later("expirations_total", { namespace: "a" })?.value, 1);
      equal([later("entries", { namespace: "b" })?.value, later("entries", { namespace: "_total" })?.value], [0, 0]);
      for (const type of ["put", "delete", "eviction"] as const) {
        const told = watched.events.filter((event) => event.type === type).length;
        const name = { put: "puts_total", delete: "deletes_total", eviction: "evictions_total" }[type];
        const series = (await system.collect()).filter((one) => one.name === `mneme_${name}`);
        if (type === "put") equal(sum(series), told);
        else ok(sum(series) >= told, name);
      }
      await cache.close();
    });

    test("what a memory did and what it holds, beside a cache on the same registry", async (system) => {
      const metrics = system.metrics();
      const { clock, pass } = observed();
      let isAway = false;
      const embedder = {
        ...WORDS,
        embed: (texts: readonly string[]) => {
          if (isAway) throw new Error("the model is away");
          return WORDS.embed(texts);
        },
      };
      const options = { embedder, clock, leastSignal: 0, contradictions: () => "update" as const };
      const memory = await AgentMemory.open({ ...options, onEvent: metrics.onEvent });
      const cache = await opened({ onEvent: metrics.onEvent });
      for (const one of [memory, cache]) metrics.observe(one);
      await cache.put(QUESTION, "a", { namespace: "a" });
      const content = "our small office is now on the river in Lisbon";
      await memory.remember({ namespace: "a", content, tier: "semantic" });
      await memory.remember({ namespace: "a", content, tier: "semantic" });
      await memory.remember({ namespace: "b", content: "it rained in Bern", tier: "working" });
      await memory.recall({ namespace: "a", query: content });
      await memory.search({ query: content });
      pass(48 * 3_600_000);
      await memory.remember({ namespace: "a", content: content.replace("Lisbon", "Madrid"), tier: "semantic" });
      isAway = true;
      await memory.remember({ namespace: "b", content: "the train is late", tier: "episodic" });
      await memory.recall({ namespace: "nobody", query: "trains" });
      pass(48 * 3_600_000);
      await memory.sweep();
      await memory.maintain();
      await memory.flush();
      const find = finder(await system.collect());
      const remembered = (namespace: string, outcome: string, tier: string): number | undefined =>
        find("memory_remembered_total", { namespace, outcome, tier, classified: "false" })?.value;
      equal([remembered("a", "stored", "semantic"), remembered("a", "reinforced", "semantic")], [2, 1]);
      equal([remembered("b", "stored", "working"), remembered("b", "stored", "episodic")], [1, 1]);
      for (const [results, namespace] of Object.entries({ 1: "a", 0: "nobody" })) {
        equal(find("memory_recalls_total", { results, namespace })?.value, 1, namespace);
      }
      equal(find("memory_degraded_total", { reason: "keyword_only", namespace: "nobody" })?.value, 1);
      equal(find("memory_degraded_total", { reason: "pending", namespace: "b" })?.value, 1);
      equal(find("memory_changes_total", { change: "contradict", namespace: "a" })?.value, 1);
      equal(find("memory_swept_total", { reason: "expired", tier: "working", namespace: "b" })?.value, 1);
      for (const operation of ["sweep", "promote", "dedup"]) {
        ok((find("memory_duration_seconds", { operation, outcome: "done" })?.value ?? 0) > 0, operation);
      }
      ok(find("errors_total", { operation: "recall: embed" })!.value > 0, "failures");
      const active = (namespace: string): unknown[] =>
        ["working", "episodic", "semantic", "procedural"].map(
          (tier) => find("memory_active", { tier, namespace })?.value,
        );
      equal(
        [active("a"), active("b"), active("_total")],
        [
          [0, 0, 1, 0],
          [0, 1, 0, 0],
          [0, 1, 1, 0],
        ],
      );
      equal(
        ["a", "b", "_total"].map((namespace) => find("memory_pending", { namespace })?.value),
        [0, 1, 1],
      );
      equal([find("entries", { namespace: "a" })?.value, find("entries", { namespace: "_total" })?.value], [1, 1]);
      await memory.close();
      const closed = finder(await system.collect());
      equal(closed("memory_active", { tier: "semantic", namespace: "_total" })?.value, 0);
      equal(closed("entries", { namespace: "_total" })?.value, 1);
      await cache.close();
    });

    test("what there is of memories whose namespaces have no labels", async (system) => {
      const metrics = system.metrics({ maxNamespaces: 2 });
      const memory = await AgentMemory.open({ embedder: WORDS, onEvent: metrics.onEvent });
      metrics.observe(memory);
      for (let i = 0; i < 5; i++) await memory.put([{ namespace: `n${i}`, id: `${i}`, content: `note ${i}` }]);
      const find = finder(await system.collect());
      const active = (namespace: string) => find("memory_active", { tier: "semantic", namespace })?.value;
      equal(["n0", "n1", "n2", "_other", "_total"].map(active), [1, 1, undefined, 3, 5]);
      await memory.close();
    });

    test("a synchronous cache too", async (system) => {
      const metrics = system.metrics();
      const cache = SemanticCacheSync.open({ embedder: WORDS, onEvent: metrics.onEvent });
      metrics.observe(cache);
      cache.put(QUESTION, "a");
      cache.get(PARAPHRASE);
      const find = finder(await system.collect());
      equal(find("entries", { namespace: "default" })?.value, 1);
      equal(find("hits_total", { layer: "semantic", namespace: "default" })?.value, 1);
      cache.close();
    });

    test("two caches are counted together, or told apart by labels or prefix", async (system) => {
      const caches = await Promise.all([opened(), opened(), opened(), opened()]);
      const all = [
        system.metrics(),
        system.metrics(),
        system.metrics({ prefix: "b", labels: { cache: "x" } }),
        system.metrics({ prefix: "b", labels: { cache: "y" } }),
      ];
      for (const [i, metrics] of all.entries()) {
        metrics.observe(caches[i]!);
        await caches[i]!.put(QUESTION, "a");
        for (let n = 0; n <= i; n++) metrics.onEvent({ type: "miss", namespace: "default", reason: "bypass", ms: 1 });
      }
      const series = await system.collect();
      const find = finder(series);
      const labels = { reason: "bypass", namespace: "default" };
      equal(find("misses_total", labels)?.value, 3);
      equal(find("entries", { namespace: "default" })?.value, 2);
      equal(find("entries", { namespace: "_total" })?.value, 2);
      equal(find("misses_total", { ...labels, cache: "x" }, "b")?.value, 3);
      equal(find("misses_total", { ...labels, cache: "y" }, "b")?.value, 4);
      equal(find("entries", { namespace: "default", cache: "y" }, "b")?.value, 1);
      for (const cache of caches) await cache.close();
    });

    test("namespaces that are very many or hostile become few labels", async (system) => {
      const metrics = system.metrics({ maxNamespaces: 5 });
      const cache = await opened({ onEvent: metrics.onEvent });
      metrics.observe(cache);
      const names = ["", 'quote" \\ and\nline', "\ud800", "\udfff", "_total", "x".repeat(1000)];
      for (let i = 0; names.length < 30; i++) names.push(`tenant ${i}`);
      for (const namespace of names) {
        await cache.put(QUESTION, "a", { namespace });
        await cache.get(QUESTION, { namespace });
      }
      const series = await system.collect();
      const hits = series.filter(({ name }) => name === "mneme_hits_total");
      const told = ["", 'quote" \\ and\nline', "tenant 0", "tenant 1", "tenant 2"];
      equal(hits.map(({ labels }) => labels.namespace!).sort(), [...told, "_other"].sort());
      equal(sum(hits), 30);
      const find = finder(series);
      equal(find("entries", { namespace: "" })?.value, 1);
      equal(find("entries", { namespace: "_other" })?.value, 25);
      equal(find("entries", { namespace: "_total" })?.value, 30);
      await cache.close();
    });

    test("namespaceLabel brings namespaces together, or leaves them out", async (system) => {
      const namespaceLabel = (name: string): string | undefined => (name === "c" ? undefined : name.split("/")[0]);
      const metrics = system.metrics({ namespaceLabel });
      const cache = await opened({ onEvent: metrics.onEvent });
      metrics.observe(cache);
      for (const namespace of ["a/1", "a/2", "b/1", "c"]) {
        await cache.put(QUESTION, "a", { namespace });
        await cache.get(QUESTION, { namespace });
      }
      const find = finder(await system.collect());
      for (const [namespace, n] of Object.entries({ a: 2, b: 1, _other: 1 })) {
        equal(find("hits_total", { layer: "exact", namespace })?.value, n, namespace);
        equal(find("entries", { namespace })?.value, n, namespace);
      }
      await cache.close();
    });

    test("a cache that is closed, broken or does not answer leaves a gap, and the rest is collected", async (system) => {
      const metrics = system.metrics();
      const [good, closed] = [await opened(), await opened()];
      await good.put(QUESTION, "a");
      await closed.put(QUESTION, "a");
      const broken = { stats: () => Promise.reject(new Error("down")), namespaces: () => [] };
      const hanging = { stats: () => new Promise<never>(() => {}), namespaces: () => [] };
      for (const cache of [good, closed, broken as never, hanging as never]) metrics.observe(cache);
      await closed.close();
      metrics.onEvent({ type: "miss", namespace: "n", reason: "store", ms: 1 });
      const find = finder(await system.collect());
      equal(find("entries", { namespace: "_total" })?.value, 1);
      equal(find("misses_total", { reason: "store", namespace: "n" })?.value, 1);
      await good.close();
    });

    test("a closed cache has nothing, and is forgotten", async (system) => {
      const metrics = system.metrics();
      const [first, second] = [await opened({ onEvent: metrics.onEvent }), await opened()];
      metrics.observe(first);
      await first.put(QUESTION, "a");
      const gauges = async (): Promise<Series[]> => (await system.collect()).filter(({ kind }) => kind === "gauge");
      ok(
        (await gauges()).every(({ value }) => value > 0),
        "it has something",
      );
      await first.close();
      equal(sum(await gauges()), 0);
      metrics.observe(second);
      await second.put(QUESTION, "a");
      equal(finder(await gauges())("entries", { namespace: "default" })?.value, 1);
      await second.close();
    });

    test("bad options are refused", async (system) => {
      const bad: object[] = [
        { prefix: "" },
        { prefix: "1a" },
        { prefix: "a-b" },
        { labels: { namespace: "x" } },
        { labels: { le: "x" } },
        { labels: { "a b": "x" } },
        { labels: { a: 1 } },
        { maxNamespaces: -1 },
        { maxNamespaces: 1.5 },
        { namespaceLabel: "a" },
      ];
      for (const options of bad) await fails(() => system.metrics(options), "argument");
      const metrics = system.metrics();
      await fails(() => metrics.observe({} as never), "argument");
    });
  };

function withPrefix(prefix: string, names: readonly string[]): string[] {
  return names.map((name) => `${prefix}_${name}`);
}

function sum(series: readonly Series[]): number {
  return series.reduce((total, { value }) => total + value, 0);
}

/** Finds the series that has exactly these labels. */
function finder(all: readonly Series[]) {
  return (name: string, labels: Record<string, string>, prefix = "mneme"): Series | undefined =>
    all.find((one) => one.name === `${prefix}_${name}` && same(one.labels, labels));
}

function same(a: Record<string, string>, b: Record<string, string>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);
}
