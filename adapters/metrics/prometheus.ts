import {
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
  register as standardRegister,
} from "prom-client";
import { MnemeError } from "../../src/index.ts";
import { COUNTERS, GAUGES, HISTOGRAMS, type Instruments, type Metric, mapped } from "./metric.ts";
import { type Event, tell } from "./metric-events.ts";
import { Gauges, type Measured } from "./metric-gauges.ts";
import { checkLabels, checkPrefix, type MetricsOptions, NamespaceLabels } from "./metric-labels.ts";

type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

export interface PrometheusOptions extends MetricsOptions {
  /** Where the metrics are registered. Default: prom-client's own registry. */
  register?: AnyRegistry | undefined;
}

export interface PrometheusMetrics {
  /** For the option `onEvent` of a cache or a memory. */
  readonly onEvent: (event: Event) => void;
  /** What this cache or memory holds is read whenever the registry is. A closed one is forgotten. */
  observe(cacheOrMemory: Measured): void;
}

/**
 * Metrics of caches and memories, by prom-client. Caches on one registry are counted together, unless `labels` (of the same names for all)
 * or `prefix` tells them apart.
 */
export function prometheusMetrics(options: PrometheusOptions = {}): PrometheusMetrics {
  const { register = standardRegister } = options;
  const labels = checkLabels(options.labels);
  const namespaces = new NamespaceLabels(options);
  const kinds = new NamespaceLabels({});
  const family = familyOn(register, checkPrefix(options.prefix), Object.keys(labels));
  const to: Instruments = {
    add: (counter, n, its) => family.counters[counter].inc({ ...labels, ...its }, n),
    record: (histogram, value, its) => family.histograms[histogram].observe({ ...labels, ...its }, value),
  };
  return {
    onEvent: (event) => tell(event, namespaces, kinds, to),
    observe: (measured) => family.gauges.observe(measured, labels, namespaces),
  };
}

/** The metrics of one prefix on one registry: several caches share them. */
interface Family {
  readonly labelNames: readonly string[];
  readonly counters: Record<keyof typeof COUNTERS, Counter>;
  readonly histograms: Record<keyof typeof HISTOGRAMS, Histogram>;
  readonly gauges: Gauges;
}

const families = new WeakMap<AnyRegistry, Map<string, Family>>();

function familyOn(register: AnyRegistry, prefix: string, labelNames: readonly string[]): Family {
  const all = families.get(register) ?? new Map<string, Family>();
  families.set(register, all);
  const known = all.get(prefix);
  // Unless the registry was cleared meanwhile.
  if (known !== undefined && register.getSingleMetric(`${prefix}_${COUNTERS.hit.name}`) === known.counters.hit) {
    if (known.labelNames.join() === labelNames.join()) return known;
    const [theirs, ours] = [known.labelNames, labelNames].map((names) => names.join(", ") || "none");
    throw new MnemeError(
      "argument",
      `"labels" expected those of the others on this registry (${theirs}), got ${ours}.`,
      "Give all labels of the same names, or each a prefix.",
    );
  }
  const family = makeFamily(register, prefix, labelNames);
  all.set(prefix, family);
  return family;
}

function makeFamily(register: AnyRegistry, prefix: string, labelNames: readonly string[]): Family {
  for (const { name } of [COUNTERS, HISTOGRAMS, GAUGES].flatMap((kind) => Object.values<Metric>(kind))) {
    if (register.getSingleMetric(`${prefix}_${name}`) === undefined) continue;
    throw new MnemeError(
      "conflict",
      `The registry has a metric "${prefix}_${name}" that another part of the program made.`,
      "Choose another prefix.",
    );
  }
  const gauges = new Gauges();
  const settings = ({ name, help, labels }: Metric) => ({
    name: `${prefix}_${name}`,
    help,
    labelNames: [...labelNames, ...labels],
    registers: [register],
  });
  for (const [name, metric] of Object.entries(GAUGES)) {
    new Gauge({
      ...settings(metric),
      async collect() {
        const samples = await gauges.measure();
        this.reset();
        if (labelNames.length + metric.labels.length === 0) this.remove(); // it is 0 else, where nothing is known
        for (const { gauge, labels, value } of samples) if (gauge === name) this.set(labels, value);
      },
    });
  }
  return {
    labelNames,
    gauges,
    counters: mapped(COUNTERS, (metric) => new Counter(settings(metric))),
    histograms: mapped(HISTOGRAMS, (metric) => new Histogram({ ...settings(metric), buckets: [...metric.buckets] })),
  };
}
