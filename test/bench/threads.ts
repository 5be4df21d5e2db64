import { learn } from "../../src/vectors/learning.ts";
import { Shard } from "../../src/vectors/shard.ts";
import { seeded } from "../unit/vectors.ts";
import { type Bench, spread } from "./measure.ts";

const DIMENSIONS = 768;
const NAMESPACE = "n";
const SAMPLE = 1024;
const QUERIES = 64;
const ROUNDS = 30;
const HAND_OVERS = 2000;
/** Far longer than a helper stays awake. */
const ASLEEP_MS = 2;

/**
 * Searches with the help of one thread more, beside the same search of the same memory alone; and how long it takes from when
 * a search is made known until the helper has joined it.
 */
export const benchThreads: Bench = ({ entries = 200_000 }) => {
  const shard = fill(entries);
  const { head, planes } = shard.arena(NAMESPACE)!;
  const lines: Record<string, string | number>[] = [];
  for (const [kind, queries] of Object.entries(asked(entries))) {
    for (const threshold of [0.8, 0.9]) {
      let helped = 0;
      for (const query of queries) {
        const found = JSON.stringify(shard.search(NAMESPACE, query, 10, threshold));
        helped += shard.kernel.threads!.helped();
        if (found !== JSON.stringify(shard.kernel.search(head, query, 10, threshold, planes)))
          throw new Error("differs");
      }
      const together = (query: Float32Array): unknown => shard.search(NAMESPACE, query, 10, threshold);
      const alone = (query: Float32Array): unknown => shard.kernel.search(head, query, 10, threshold, planes);
      const times = { together: queries.map(() => [] as number[]), alone: queries.map(() => [] as number[]) };
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, query] of queries.entries()) {
          times.together[i]!.push(timeOf(together, query));
          times.alone[i]!.push(timeOf(alone, query));
        }
      }
      const best = (all: number[][]): number => all.reduce((sum, some) => sum + Math.min(...some), 0) / queries.length;
      const middle = (all: number[][]): number => spread(all.flat()).median;
      lines.push({
        case: `${entries.toLocaleString("en")} × ${DIMENSIONS}, ${kind}, ≥ ${threshold}`,
        "2 threads, ms": round3(best(times.together)),
        "1 thread, ms": round3(best(times.alone)),
        "× faster": round3(best(times.alone) / best(times.together)),
        "2 threads, median": round3(middle(times.together)),
        "1 thread, median": round3(middle(times.alone)),
        "had help": `${helped} of ${queries.length}`,
      });
    }
  }
  for (const [kind, pause] of [["awake", 0] as const, ["asleep", ASLEEP_MS] as const]) {
    const { min, median, p99 } = spread(handOvers(shard, pause));
    lines.push({
      case: `helper ${kind}: from made known to joined, µs`,
      min: round3(min),
      median: round3(median),
      p99: round3(p99),
    });
  }
  shard.kernel.close();
  return {
    notes: [
      "Of each query the best time of so many rounds, and the mean of those: what the machine can do while nothing else runs on it.",
    ],
    lines,
  };
};

/**
 * Makes empty searches known, as `pooledScan` in assembly/pool.ts does, and watches its gate; microseconds. What JavaScript
 * itself needs to do so is part of it.
 */
function handOvers({ kernel }: Shard, pauseMs: number): number[] {
  const [gate, done, planes] = [0, 1, 4];
  const [closed, search, joined] = [0x80000000, 0x7fffff00, 0xff];
  const memory = kernel.share()!.memory;
  const words = new Int32Array(memory.buffer, kernel.pool!.address, 8);
  const times: number[] = [];
  while (times.length < HAND_OVERS) {
    if (pauseMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    words[done] = 0;
    words[planes] = 0;
    const start = performance.now();
    Atomics.store(words, gate, (words[gate]! + 0x100) & search);
    Atomics.notify(words, gate);
    while ((Atomics.load(words, gate) & joined) === 0);
    times.push((performance.now() - start) * 1000);
    Atomics.or(words, gate, closed);
    while (Atomics.load(words, done) !== 1);
  }
  return times;
}

/** Rows around centres, as embeddings are: variance falls with the direction. */
function vectors(seed: number, centres: number): (i: number, share: number) => Float32Array {
  const scale = Float32Array.from({ length: DIMENSIONS }, (_, j) => (1 + j) ** -0.55);
  const make = (i: number, salt: number): Float32Array => {
    const random = seeded(seed + 7919 * i + salt);
    return scale.map((s) => s * (random() + random()));
  };
  const mean = make(-1, 3);
  return (i, share) => {
    const centre = make(i % centres, 1);
    return make(i, 2).map((x, j) => 0.6 * mean[j]! + centre[j]! + share * x);
  };
}

function fill(entries: number): Shard {
  const shard = new Shard(DIMENSIONS, { level: "simd-shared", helpers: 1, helpFrom: entries });
  const row = vectors(1, Math.ceil(entries / 20));
  for (let i = 0; i < entries; i++) shard.add(i + 1, NAMESPACE, row(i, 0.7));
  const learning = learn(shard.kernel, shard.sample(SAMPLE));
  let step = learning.next();
  while (!step.done) step = learning.next();
  shard.basis = step.value;
  for (const _ of shard.cover(1));
  for (let start = performance.now(); performance.now() - start < 10_000; ) {
    shard.search(NAMESPACE, row(1, 0.7), 1, 0.9);
    if (shard.kernel.threads!.helped() > 0) return shard;
  }
  throw new Error("the helper does not begin");
}

function asked(entries: number): Record<string, Float32Array[]> {
  const row = vectors(1, Math.ceil(entries / 20));
  const other = vectors(2, QUERIES);
  return {
    paraphrase: Array.from({ length: QUERIES }, (_, i) => row((i * 997) % entries, 0.8)),
    unrelated: Array.from({ length: QUERIES }, (_, i) => other(i, 0.7)),
  };
}

function timeOf(search: (query: Float32Array) => unknown, query: Float32Array): number {
  const start = performance.now();
  search(query);
  return performance.now() - start;
}

function round3(value: number): number {
  return Number(value.toPrecision(3));
}
