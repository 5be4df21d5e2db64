import { type Counter, type Histogram, type Meter, metrics } from "@opentelemetry/api";
import { COUNTERS, GAUGES, HISTOGRAMS, type Instruments, type Metric, mapped } from "./metric.ts";
import { type Event, tell } from "./metric-events.ts";
import { Gauges, type Measured } from "./metric-gauges.ts";
import { checkLabels, checkPrefix, type MetricsOptions, NamespaceLabels } from "./metric-labels.ts";

export interface OtelOptions extends MetricsOptions {
  /** Default: the global provider's meter "mneme", asked for at the first event, when the SDK will have started. */
  meter?: Meter | undefined;
}

export interface OtelMetrics {
  /** For the option `onEvent` of a cache or a memory. */
  readonly onEvent: (event: Event) => void;
  /** What this cache or memory holds is read whenever metrics are collected. A closed one is forgotten. */
  observe(cacheOrMemory: Measured): void;
}

/**
 * Metrics of caches and memories, by OpenTelemetry. Caches on one meter are counted together, unless `labels` or `prefix` tells them
 * apart.
 */
export function otelMetrics(options: OtelOptions = {}): OtelMetrics {
  const prefix = checkPrefix(options.prefix);
  const labels = checkLabels(options.labels);
  const namespaces = new NamespaceLabels(options);
  const kinds = new NamespaceLabels({});
  let made: Family | undefined;
  const family = (): Family => {
    made ??= familyOn(options.meter ?? metrics.getMeter("mneme"), prefix);
    return made;
  };
  const to: Instruments = {
    add: (counter, n, its) => family().counters[counter].add(n, { ...labels, ...its }),
    record: (histogram, value, its) => family().histograms[histogram].record(value, { ...labels, ...its }),
  };
  return {
    onEvent: (event) => tell(event, namespaces, kinds, to),
    observe: (measured) => family().gauges.observe(measured, labels, namespaces),
  };
}

/** The instruments of one prefix on one meter: several caches share them. */
interface Family {
  readonly counters: Record<keyof typeof COUNTERS, Counter>;
  readonly histograms: Record<keyof typeof HISTOGRAMS, Histogram>;
  readonly gauges: Gauges;
}

const families = new WeakMap<Meter, Map<string, Family>>();

function familyOn(meter: Meter, prefix: string): Family {
  const all = families.get(meter) ?? new Map<string, Family>();
  families.set(meter, all);
  const family = all.get(prefix) ?? makeFamily(meter, prefix);
  all.set(prefix, family);
  return family;
}

function makeFamily(meter: Meter, prefix: string): Family {
  const nameOf = ({ name }: Metric): string => `${prefix}_${name}`;
  const settings = ({ help, unit }: Metric) => ({ description: help, unit });
  const gauges = new Gauges();
  const observables = mapped(GAUGES, (metric) => meter.createObservableGauge(nameOf(metric), settings(metric)));
  meter.addBatchObservableCallback(async (result) => {
    for (const { gauge, labels, value } of await gauges.measure()) result.observe(observables[gauge], value, labels);
  }, Object.values(observables));
  return {
    gauges,
    counters: mapped(COUNTERS, (metric) => meter.createCounter(nameOf(metric), settings(metric))),
    histograms: mapped(HISTOGRAMS, (metric) =>
      meter.createHistogram(nameOf(metric), {
        ...settings(metric),
        advice: { explicitBucketBoundaries: [...metric.buckets] },
      }),
    ),
  };
}
