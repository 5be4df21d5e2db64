import { type Steps, step } from "../store/steps.ts";
import type { KernelLevel } from "../vectors/vector-index.ts";
import { checkNamespace } from "./call-options.ts";
import { type Counts, total } from "./counters.ts";
import type { Engine } from "./engine.ts";
import { kindOf } from "./open-index.ts";
import { firstEntry } from "./refresh.ts";
import type { ModelSavings } from "./savings.ts";

export interface Stats extends Counts {
  /** Undefined for the whole cache. */
  namespace: string | undefined;
  entries: number;
  /** Of all lookups, by layer and together; 0 when there was none. */
  hitRatio: { exact: number; semantic: number; all: number };
  /** Computations that a stored or shared response spared. */
  callsSaved: number;
  /** The milliseconds those would have taken, by what `wrap` computed. */
  msSaved: number;
  /** By model, where `usage` tells: of all namespaces together. */
  savings: ModelSavings[];
  fingerprint: string;
  threshold: number;
  /** Which kind of index serves: an approximate one may miss an entry that is there. */
  index: "exact" | "approximate";
  dtype: "float32" | "float16" | "int8";
  /** What the numbers of the vectors take. */
  vectorBytes: number;
  /** Memory of the whole vector index, spare room included. */
  indexBytes: number;
  /** How vectors are compared in this runtime: "scalar" is the slow one. Undefined for an index that is not the library's. */
  kernel: KernelLevel | undefined;
}

export interface Health {
  /** Whether what is stored is intact. */
  healthy: boolean;
  /** Why not. */
  reason: string | undefined;
  store: string;
  fingerprint: string;
  entries: number;
  namespaces: number;
  /** Of the entry with the lowest id: the oldest one, unless it was put again. Undefined when there is none. */
  oldestAgeSeconds: number | undefined;
  /** Since the entry used least recently was used. */
  idleSeconds: number | undefined;
  index: Stats["index"];
  dtype: Stats["dtype"];
  mode: Engine["settings"]["mode"];
}

const WIDTHS = { float32: 4, float16: 2, int8: 1 } as const;

export function* stats(engine: Engine, namespace?: string): Steps<Stats> {
  engine.ensureOpen();
  if (namespace !== undefined) checkNamespace(namespace);
  const { store, index, settings, dtype } = engine;
  const entries = yield* step(store.count(namespace));
  const byNamespace = yield* engine.counters.read();
  const counts = total(byNamespace, namespace);
  const { hitsExact, hitsSemantic, misses, joined } = counts;
  const lookups = Math.max(1, hitsExact + hitsSemantic + misses);
  return {
    namespace,
    entries,
    ...counts,
    hitRatio: {
      exact: hitsExact / lookups,
      semantic: hitsSemantic / lookups,
      all: (hitsExact + hitsSemantic) / lookups,
    },
    callsSaved: hitsExact + hitsSemantic + joined,
    msSaved: [...byNamespace].reduce(
      (sum, [name, one]) => sum + (namespace === undefined || name === namespace ? timeSaved(one) : 0),
      0,
    ),
    savings: yield* engine.savings.read(settings.prices),
    fingerprint: settings.embedder.fingerprint,
    threshold: engine.policy.threshold,
    index: kindOf(index),
    dtype,
    vectorBytes: entries * settings.embedder.dimensions * WIDTHS[dtype],
    indexBytes: index.bytes,
    kernel: index.level,
  };
}

/** Never scans the entries: it may be asked every few seconds. */
export function* health(engine: Engine): Steps<Health> {
  engine.ensureOpen();
  const { store, index, settings, dtype } = engine;
  const problem = yield* problemOf(engine);
  const shown: Omit<Health, "healthy" | "reason"> = {
    store: store.name,
    fingerprint: settings.embedder.fingerprint,
    entries: 0,
    namespaces: 0,
    oldestAgeSeconds: undefined,
    idleSeconds: undefined,
    index: kindOf(index),
    dtype,
    mode: settings.mode,
  };
  try {
    const now = engine.now();
    const since = (time: number): number => Math.max(0, Math.floor((now - time) / 1000));
    shown.entries = yield* step(store.count());
    shown.namespaces = (yield* step(store.namespaces())).length;
    const first = yield* firstEntry(store);
    if (first !== undefined) shown.oldestAgeSeconds = since(first.createdAt);
    const [idle] = yield* step(store.getMany(yield* step(store.oldest(1))));
    if (idle !== undefined) shown.idleSeconds = since(idle.accessedAt);
    return { healthy: problem === undefined, reason: problem, ...shown };
  } catch (error) {
    return { healthy: false, reason: problem ?? (error instanceof Error ? error.message : String(error)), ...shown };
  }
}

function* problemOf({ store }: Engine): Steps<string | undefined> {
  try {
    const check = yield* step(store.check());
    return check.ok ? undefined : check.reason;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function timeSaved({ hitsExact, hitsSemantic, joined, computed, computedMs }: Counts): number {
  return computed === 0 ? 0 : ((hitsExact + hitsSemantic + joined) * computedMs) / computed;
}
