import { type Awaitable, MnemeError, type ModelSavings } from "../../src/index.ts";
import type { MemoryStats } from "../../src/memory/index.ts";
import type { GAUGES, Labels } from "./metric.ts";
import { type NamespaceLabels, OTHER, TOTAL } from "./metric-labels.ts";

/** What is asked of a cache or a memory when metrics are collected. */
export interface Measured {
  namespaces(): Awaitable<readonly string[]>;
  stats(namespace?: string): Awaitable<Sizes>;
}

interface CacheSizes {
  readonly entries: number;
  readonly vectorBytes: number;
  readonly indexBytes: number;
  readonly savings: readonly ModelSavings[];
}

type Sizes = CacheSizes | Pick<MemoryStats, "tiers" | "pending" | "uncut">;

export interface Sample {
  gauge: keyof typeof GAUGES;
  labels: Labels;
  value: number;
}

/** A store that hangs must not keep what was counted from being collected. */
const PATIENCE_MS = 1000;

interface Observed {
  readonly measured: Measured;
  readonly labels: Labels;
  readonly namespaces: NamespaceLabels;
  /** What was told last. */
  last: readonly Sample[];
}

/** Caches and memories whose gauges are read when metrics are collected. Those that have the same labels are added up. */
export class Gauges {
  readonly #observed = new Set<Observed>();
  #measuring: Promise<readonly Sample[]> | undefined;

  observe(measured: Measured, labels: Labels, namespaces: NamespaceLabels): void {
    if (typeof measured?.stats !== "function" || typeof measured.namespaces !== "function") {
      throw new MnemeError("argument", "This is no cache and no memory.", "Pass the one that open gave you.");
    }
    for (const observed of this.#observed) if (observed.measured === measured) return;
    this.#observed.add({ measured, labels, namespaces, last: [] });
  }

  /** What all have now. Those who ask at once get one answer. */
  measure(): Promise<readonly Sample[]> {
    this.#measuring ??= this.#measureAll().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measureAll(): Promise<readonly Sample[]> {
    const all = [...this.#observed].map(async (observed) => {
      try {
        observed.last = await inTime(samplesOf(observed));
        return observed.last;
      } catch (error) {
        // A gap in the graph says more than a number of earlier.
        if (!(error instanceof MnemeError && error.code === "closed")) return [];
        // It has nothing more: told once, as OpenTelemetry repeats what it heard last. What was saved is saved.
        this.#observed.delete(observed);
        return observed.last.flatMap((sample) => (/^saved/.test(sample.gauge) ? [] : { ...sample, value: 0 }));
      }
    });
    return summed((await Promise.all(all)).flat());
  }
}

/** Those of the same labels are one. */
function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { gauge, labels, value } of samples) {
    const key = JSON.stringify([gauge, labels]);
    sums.set(key, { gauge, labels, value: value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

/**
 * Counts what those namespaces have that have labels of their own; the others have what is left of the total, and who has been
 * heard of and has nothing has 0.
 */
async function samplesOf({ measured, labels, namespaces }: Observed): Promise<Sample[]> {
  const parts: Sample[] = [];
  const add = (namespace: string, sizes: Sizes, times: number): void => {
    for (const { gauge, labels: own, value } of countsOf(sizes)) {
      parts.push({ gauge, labels: { ...labels, ...own, namespace }, value: times * value });
    }
  };
  const total = await measured.stats();
  for (const label of [TOTAL, OTHER]) add(label, total, 1);
  const heard = namespaces.all;
  for (const label of heard) add(label, total, 0);
  for (const namespace of await measured.namespaces()) {
    const label = namespaces.of(namespace);
    if (label === OTHER) continue;
    const sizes = await measured.stats(namespace);
    add(label, sizes, 1);
    add(OTHER, sizes, -1);
  }
  const counts = summed(parts).flatMap((sample): Sample[] => {
    const value = Math.max(0, sample.value); // some may have gone meanwhile
    const isUnheard = sample.labels.namespace === OTHER && !heard.includes(OTHER);
    return value === 0 && isUnheard ? [] : [{ ...sample, value }];
  });
  return "entries" in total ? [...counts, ...ofCache(total, labels, counts)] : counts;
}

/** What is counted by namespaces. */
function countsOf(sizes: Sizes): Sample[] {
  if ("entries" in sizes) return [{ gauge: "entries", labels: {}, value: sizes.entries }];
  const tiers = Object.entries(sizes.tiers).map(
    ([tier, value]): Sample => ({ gauge: "active", labels: { tier }, value }),
  );
  return [
    ...tiers,
    { gauge: "pending", labels: {}, value: sizes.pending },
    { gauge: "uncut", labels: {}, value: sizes.uncut },
  ];
}

function ofCache(
  { entries, vectorBytes, indexBytes, savings }: CacheSizes,
  labels: Labels,
  counts: Sample[],
): Sample[] {
  const made: Sample[] = [{ gauge: "index", labels, value: indexBytes }];
  for (const { labels, value } of counts) {
    made.push({ gauge: "memory", labels, value: entries === 0 ? 0 : Math.round((vectorBytes * value) / entries) });
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
