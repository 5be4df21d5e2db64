import { Counter, Registry, register as standardRegister } from "prom-client";
import { prometheusMetrics } from "../../adapters/metrics/prometheus.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { opened, QUESTION } from "./cache-fixtures.ts";
import { type MetricsSystem, metricsBattery, type Series } from "./metrics-battery.ts";
import { EVENTS } from "./metrics-expected.ts";

export const prometheusTests: Suite = (test) => {
  metricsBattery(prometheus)(test);

  test("the text that Prometheus reads", async () => {
    const register = new Registry();
    const metrics = prometheusMetrics({ register });
    const cache = await opened({ onEvent: metrics.onEvent });
    metrics.observe(cache);
    await cache.put(QUESTION, "a");
    await cache.get(QUESTION);
    const text = await register.metrics();
    for (const line of [
      "# TYPE mneme_hits_total counter",
      'mneme_hits_total{layer="exact",namespace="default"} 1',
      "# TYPE mneme_hit_similarity histogram",
      'mneme_hit_similarity_bucket{le="0.99",namespace="default"} 0',
      'mneme_hit_similarity_bucket{le="1",namespace="default"} 1',
      "# TYPE mneme_entries gauge",
      'mneme_entries{namespace="default"} 1',
      'mneme_entries{namespace="_total"} 1',
    ]) {
      ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
    }
    await cache.close();
    await register.metrics();
    ok(!/^mneme_(entries|memory_bytes|index_bytes)/m.test(await register.metrics()), "nothing is left to measure");
  });

  test("without a registry it is prom-client's own, and clearing that is no harm", async () => {
    prometheusMetrics().onEvent(EVENTS[0]!);
    ok((await standardRegister.metrics()).includes("mneme_hits_total{"), "it is there");
    standardRegister.clear();
    prometheusMetrics().onEvent(EVENTS[0]!);
    ok((await standardRegister.metrics()).includes('layer="exact",namespace="n"} 1'), "it is there anew");
    standardRegister.clear();
  });

  test("caches whose labels have other names, and metrics of others, are refused before anything is registered", async () => {
    const register = new Registry();
    prometheusMetrics({ register, labels: { b: "1", a: "2" } });
    prometheusMetrics({ register, labels: { a: "1", b: "2" } });
    await fails(() => prometheusMetrics({ register }), "argument");
    await fails(() => prometheusMetrics({ register, labels: { a: "1" } }), "argument");
    const taken = new Registry();
    new Counter({ name: "mneme_puts_total", help: "of another", registers: [taken] });
    await fails(() => prometheusMetrics({ register: taken }), "conflict");
    equal(taken.getMetricsAsArray().length, 1);
    prometheusMetrics({ register: taken, prefix: "other" });
  });
};

function prometheus(): MetricsSystem {
  const register = new Registry();
  return {
    metrics: (options) => prometheusMetrics({ register, ...options }),
    collect: async () => parse(await register.metrics()),
    close: async () => register.clear(),
  };
}

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"/g;

/** Reads the text as strictly as Prometheus does: no sample may come twice. */
function parse(text: string): Series[] {
  const kinds = new Map<string, string>();
  const all = new Map<string, Series>();
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP")) continue;
    const [, declared, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared !== undefined) {
      kinds.set(declared, kind!);
      continue;
    }
    const [, name, labelText = "", number] = SAMPLE.exec(line) ?? [];
    ok(name !== undefined, `not a sample: ${line}`);
    const unescaped = (value: string): string => value.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign));
    const { le, ...labels } = Object.fromEntries(
      [...labelText.matchAll(LABEL)].map(([, key, value]) => [key!, unescaped(value!)]),
    );
    const once = JSON.stringify([name, le, Object.entries(labels).sort()]);
    ok(!seen.has(once), `twice: ${line}`);
    seen.add(once);
    const [, family = name, part] = /^(.*)_(bucket|sum|count)$/.exec(name) ?? [];
    const histogram = kinds.get(family) === "histogram";
    const owner = histogram ? family : name;
    const key = JSON.stringify([owner, Object.entries(labels).sort()]);
    const series = all.get(key) ?? {
      name: owner,
      kind: kinds.get(owner)!,
      labels: labels as Record<string, string>,
      value: Number(number),
      ...(histogram && { buckets: [] }),
    };
    all.set(key, series);
    if (histogram && part === "bucket" && le !== "+Inf") series.buckets!.push(Number(le));
    else if (histogram && part === "sum") series.sum = Number(number);
    else series.value = Number(number);
  }
  return [...all.values()];
}
