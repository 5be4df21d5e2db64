import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { otelMetrics } from "../../adapters/metrics/opentelemetry.ts";
import { equal } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { type MetricsSystem, metricsBattery, type Series } from "./metrics-battery.ts";
import { EVENTS } from "./metrics-expected.ts";

export const opentelemetryTests: Suite = (test) => {
  metricsBattery(() => {
    const { provider, ...sdk } = startSdk();
    const meter = provider.getMeter("test");
    return { ...sdk, metrics: (options) => otelMetrics({ meter, ...options }) };
  })(test);

  test("without a meter it is that of the global provider, which may be set later", async () => {
    const { onEvent } = otelMetrics();
    const { provider, collect, close } = startSdk();
    metrics.setGlobalMeterProvider(provider);
    try {
      onEvent(EVENTS[0]!);
      const hits = (await collect()).filter(({ name }) => name === "mneme_hits_total");
      equal(
        hits.map(({ labels, value }) => ({ labels, value })),
        [{ labels: { layer: "exact", namespace: "n" }, value: 1 }],
      );
    } finally {
      metrics.disable();
      await close();
    }
  });

  test("without an SDK nothing happens", () => {
    const { onEvent } = otelMetrics();
    for (const event of EVENTS) onEvent(event);
  });
};

function startSdk(): Omit<MetricsSystem, "metrics"> & { provider: MeterProvider } {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    provider,
    async collect() {
      exporter.reset();
      await provider.forceFlush();
      const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return scopes.flatMap((scope) => scope.metrics.flatMap(seriesOf));
    },
    close: () => provider.shutdown(),
  };
}

function seriesOf({ descriptor: { name, unit }, ...data }: MetricData): Series[] {
  if (data.dataPointType === DataPointType.HISTOGRAM) {
    return data.dataPoints.map(({ attributes, value: { count, sum, buckets } }) => ({
      name,
      unit,
      kind: "histogram",
      labels: attributes as Record<string, string>,
      value: count,
      ...(sum !== undefined && { sum }),
      buckets: buckets.boundaries,
    }));
  }
  if (data.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) throw new Error(`${name} has other buckets`);
  const kind = data.dataPointType === DataPointType.GAUGE ? "gauge" : data.isMonotonic ? "counter" : "up-down counter";
  return data.dataPoints.map(({ attributes, value }) => ({
    name,
    unit,
    kind,
    labels: attributes as Record<string, string>,
    value,
  }));
}
