import { type Awaitable, MnemeError, type ModelSavings } from "../../src/index.ts";
import type { GAUGES, Labels } from "./metric.ts";
import { type NamespaceLabels, OTHER, TOTAL } from "./metric-labels.ts";

/** What is asked of a cache when metrics are collected. */
export interface Measured {
  namespaces(): Awaitable<readonly string[]>;
  stats(namespace?: string): Awaitable<Sizes>;
}

interface Sizes {
  readonly entries: number;
  readonly vectorBytes: number;
  readonly indexBytes: number;
  readonly savings: readonly ModelSavings[];
}

export interface Sample {
  gauge: keyof typeof GAUGES;
  labels: Labels;
  value: number;
}

/** Of a cache that is closed. What it saved it has saved. */
const NOTHING: Sizes = { entries: 0, vectorBytes: 0, indexBytes: 0, savings: [] };

/** A store that hangs must not keep what was counted from being collected. */
const PATIENCE_MS = 1000;

/** Caches whose gauges are read when metrics are collected. Those that have the same labels are added up. */
export class Gauges {
  readonly #observed = new Set<{ cache: Measured; labels: Labels; namespaces: NamespaceLabels }>();
  #measuring: Promise<readonly Sample[]> | undefined;

  observe(cache: Measured, labels: Labels, namespaces: NamespaceLabels): void {
    if (typeof cache?.stats !== "function" || typeof cache.namespaces !== "function") {
      throw new MnemeError("argument", '"cache" expected a SemanticCache.', "Pass the one that open gave you.");
    }
    for (const observed of this.#observed) if (observed.cache === cache) return;
    this.#observed.add({ cache, labels, namespaces });
  }

  /** What all caches have now. Those who ask at once get one answer. */
  measure(): Promise<readonly Sample[]> {
    this.#measuring ??= this.#measureAll().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measureAll(): Promise<readonly Sample[]> {
    const sums = new Map<string, Sample>();
    const all = [...this.#observed].map(async (observed) => {
      try {
        return await inTime(samplesOf(observed.cache, observed.labels, observed.namespaces));
      } catch (error) {
        // A gap in the graph says more than a number of earlier.
        if (!(error instanceof MnemeError && error.code === "closed")) return [];
        // It has nothing more: told once, as OpenTelemetry repeats what it heard last.
        this.#observed.delete(observed);
        return samples(observed.labels, new Map(), observed.namespaces, NOTHING);
      }
    });
    for (const sample of (await Promise.all(all)).flat()) {
      const key = JSON.stringify([sample.gauge, sample.labels]);
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, sample);
      else sum.value += sample.value;
    }
    return [...sums.values()];
  }
}

/** Counts the entries of those namespaces that have labels of their own; the others have what is left of the total. */
async function samplesOf(cache: Measured, labels: Labels, namespaces: NamespaceLabels): Promise<Sample[]> {
  const total = await cache.stats();
  const counts = new Map<string, number>();
  let rest = total.entries;
  for (const namespace of await cache.namespaces()) {
    const label = namespaces.of(namespace);
    if (label === OTHER) continue;
    const { entries } = await cache.stats(namespace);
    counts.set(label, (counts.get(label) ?? 0) + entries);
    rest -= entries;
  }
  if (rest > 0) counts.set(OTHER, rest);
  return samples(labels, counts, namespaces, total);
}

/** Namespaces that have been heard of and have no entries have 0. */
function samples(
  labels: Labels,
  counts: ReadonlyMap<string, number>,
  namespaces: NamespaceLabels,
  { entries: total, vectorBytes, indexBytes, savings }: Sizes,
): Sample[] {
  const all = new Map([...namespaces.all.map((label) => [label, 0] as const), ...counts, [TOTAL, total]]);
  const made: Sample[] = [{ gauge: "index", labels, value: indexBytes }];
  for (const [namespace, count] of all) {
    const named = { ...labels, namespace };
    const memory = total === 0 ? 0 : Math.round((vectorBytes * count) / total);
    made.push({ gauge: "entries", labels: named, value: count }, { gauge: "memory", labels: named, value: memory });
  }
  for (const { model, callsSaved, inputTokensSaved, outputTokensSaved, msSaved, costSaved } of savings) {
    const named = { ...labels, model };
    made.push(
      { gauge: "savedCalls", labels: named, value: callsSaved },
      { gauge: "savedTokens", labels: { ...named, kind: "input" }, value: inputTokensSaved },
      { gauge: "savedTokens", labels: { ...named, kind: "output" }, value: outputTokensSaved },
      { gauge: "savedTime", labels: named, value: msSaved / 1000 },
    );
    if (costSaved !== undefined) made.push({ gauge: "savedCost", labels: named, value: costSaved });
  }
  return made;
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it takes too long")), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
