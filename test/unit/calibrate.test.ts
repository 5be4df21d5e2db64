import fc from "fast-check";
import {
  type CurvePoint,
  chooseThreshold,
  findThreshold,
  type Pair,
  precisionRecallCurve,
} from "../../src/calibrate/calibrate.ts";
import { type Embedder, SemanticCacheSync } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite, Test } from "../harness.ts";
import { type Dtype, float32Dot, stored } from "./brute-force.ts";
import { countingEmbedder, WORDS } from "./cache-fixtures.ts";
import { randomVector, seeded } from "./vectors.ts";

const SAME: Pair[] = [
  { a: "how do I reset my password", b: "how can I reset my password" },
  ["where is my order right now", "where is my order"],
];
const OTHER: Pair[] = [
  { a: "how do I reset my password", b: "how do I reset my router" },
  ["where is my order", "where is the station"],
];

export const calibrateTests: Suite = (test) => {
  embeddingTests(test);
  scoreTests(test);
  choosingTests(test);
  refusalTests(test);
};

function embeddingTests(test: Test): void {
  test("F36 F19 every distinct text is embedded once, as the cache embeds it, however many pairs it is in", async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `Question  number ${i} `);
    const pairs = texts.flatMap((a, i) => texts.slice(i + 1).map((b): Pair => [a, b]));
    const embedder = countingEmbedder();
    let calls = 0;
    const counting: Embedder = {
      ...embedder,
      embed: (batch) => {
        calls++;
        ok(batch.length <= 64, `${batch.length} texts in one call`);
        return embedder.embed(batch);
      },
    };
    const progress: object[] = [];
    const onProgress = (step: object): unknown => progress.push(step);
    await findThreshold(pairs, [["QUESTION number 1", "question number 2"]], counting, { onProgress });
    equal(
      embedder.embedded,
      texts.map((text) => text.trim().replace("  ", " ").toLowerCase()),
    );
    equal(calls, 2);
    equal(progress, [
      { embedded: 64, total: 100 },
      { embedded: 100, total: 100 },
    ]);
  });

  test("normalise: false embeds texts as they are", async () => {
    const embedder = countingEmbedder();
    await precisionRecallCurve([["A  b", "a b"]], [], embedder, { normalise: false });
    equal(embedder.embedded, ["A  b", "a b"]);
  });

  test("an embedder by promise; aborting ends it between two calls and within one", async () => {
    const later: Embedder = { ...WORDS, embed: async (texts) => WORDS.embed(texts) };
    equal(await findThreshold(SAME, OTHER, later), await findThreshold(SAME, OTHER, WORDS));

    const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const pairs = texts.map((a): Pair => [a, "text"]);
    const between = new AbortController();
    const embedder = countingEmbedder();
    const onProgress = (): void => between.abort(new Error("enough"));
    const error = await rejection(() =>
      precisionRecallCurve(pairs, [], embedder, { signal: between.signal, onProgress }),
    );
    equal((error as Error).message, "enough");
    equal(embedder.embedded.length, 64);

    const within = new AbortController();
    const never: Embedder = { ...WORDS, embed: () => new Promise(() => {}) };
    const waiting = precisionRecallCurve(pairs, [], never, { signal: within.signal });
    within.abort(new Error("left"));
    equal(((await rejection(() => waiting)) as Error).message, "left");
  });
}

function scoreTests(test: Test): void {
  test("at float32 a pair counts from exactly the threshold on at which the cache has a hit", async () => {
    const pairs = [...SAME, ...OTHER].map((pair) => ("a" in pair ? ([pair.a, pair.b] as const) : pair));
    for (const [a, b] of pairs) {
      const cache = SemanticCacheSync.open({ embedder: WORDS, guards: false });
      cache.put(a, "an answer");
      const { similarity } = cache.get(b, { threshold: -1 })!;
      const above = next(similarity);
      const curve = await precisionRecallCurve([[b, a]], [], WORDS, { grid: [similarity, above] });
      equal(
        curve.map(({ recall }) => recall),
        [1, 0],
        `${a} | ${b} at ${similarity}`,
      );
      for (const { threshold, recall } of curve) {
        equal(cache.get(b, { threshold }) === undefined ? 0 : 1, recall, "the cache itself");
      }
      cache.close();
    }
  });

  test("a threshold is rounded to float32, as the cache rounds it", async () => {
    ok(Math.fround(0.96) < 0.96, "the similarity is below the threshold before that is rounded");
    const embedder = table([
      [0.96, 0.28],
      [1, 0],
    ]);
    const curve = await precisionRecallCurve([["0", "1"]], [], embedder, { grid: [0.96, next(0.96)] });
    equal(
      curve.map(({ recall }) => recall),
      [1, 0],
    );
  });

  test("texts that the exact layer takes for one are a hit whatever the threshold and the dtype", async () => {
    const grid = [1];
    for (const dtype of ["float32", "float16", "int8"] as const) {
      const [point] = await precisionRecallCurve([["A  text", "a text"]], [], WORDS, { grid, dtype });
      equal(point!.recall, 1, dtype);
    }
  });

  for (const dtype of ["float32", "float16", "int8"] as const) {
    test(`${dtype}: the curve is that of counting pairs one by one, and recall never rises`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer(),
          fc.integer({ min: 2, max: 40 }),
          fc.uniqueArray(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
          async (seed, dimensions, grid) => {
            const random = seeded(seed);
            const vectors = Array.from({ length: 12 }, () => randomVector(dimensions, random));
            const pairs = (count: number): [string, string][] =>
              Array.from({ length: count }, () => [`${place(random)}`, `${place(random)}`]);
            const [same, other] = [pairs(15), pairs(25)];
            const some = same.map(([a, b]) => score(vectors[Number(a)]!, vectors[Number(b)]!, dtype));
            grid.push(...some.slice(0, 3).filter((value) => Math.abs(value) <= 1)); // where rounding decides
            const curve = await precisionRecallCurve(same, other, table(vectors), { grid, dtype });
            equal(curve, counted(vectors, same, other, [...new Set(grid)], dtype));
            for (const [i, { recall }] of curve.entries()) ok(i === 0 || recall <= curve[i - 1]!.recall, "it rises");
          },
        ),
        { numRuns: cases(30), seed: 5, endOnFailure: true }, // shrinking would not let a timer run, and so not end,
      );
    });
  }
}

function choosingTests(test: Test): void {
  test("the grid is 0.50, 0.51 … 0.99 unless one is given, which may be in any order", async () => {
    const curve = await precisionRecallCurve(SAME, OTHER, WORDS);
    equal(curve.length, 50);
    equal(
      [curve[0], curve[7], curve[49]].map((point) => point!.threshold),
      [0.5, 0.57, 0.99],
    );
    const own = await precisionRecallCurve(SAME, OTHER, WORDS, { grid: [0.9, -1, 0.9, 0.2] });
    equal(
      own.map(({ threshold }) => threshold),
      [-1, 0.2, 0.9],
    );
  });

  test("the best point is found for each target; equal ones go to the lowest threshold", async () => {
    // Scores: same 0.9, 0.7, 0.5; other 0.8, 0.3.
    const angles = [0.9, 0.7, 0.5, 0.8, 0.3].map((x) => [x, Math.sqrt(1 - x * x)]);
    const embedder = table([[1, 0], ...angles]);
    const to = (i: number): Pair => ["0", `${i}`];
    const find = (options: object) => findThreshold([to(1), to(2), to(3)], [to(4), to(5)], embedder, options);
    const grid = [0.2, 0.4, 0.45, 0.6, 0.75, 0.85, 0.88, 0.95];
    const best = await find({ grid });
    equal([best.threshold, best.precision, best.recall], [0.4, 0.75, 1]);
    ok(Math.abs(best.f1 - 6 / 7) < 1e-12, `f1 ${best.f1}`);
    equal((await find({ grid, targetMetric: "precision" })).threshold, 0.85);
    equal((await find({ grid, targetMetric: "recall" })).threshold, 0.2);
    equal((await find({ grid, minPrecision: 0.9 })).threshold, 0.85);
    equal((await find({ grid, targetMetric: "precision", minRecall: 0.6 })).threshold, 0.4);
    equal((await find({ grid, targetMetric: "recall", minPrecision: 0.75 })).threshold, 0.4);
    equal(best.curve.at(-1), { threshold: 0.95, precision: 1, recall: 0, f1: 0 });
    equal(chooseThreshold([...best.curve].reverse(), { minPrecision: 0.9 }), best.curve[5]!);
  });

  test("where no threshold will do, it says what can be had", async () => {
    const mixed = [...OTHER, SAME[0]!];
    const error = await fails(
      () => findThreshold(SAME, mixed, WORDS, { minPrecision: 0.99, minRecall: 1 }),
      "argument",
    );
    ok(error.message.startsWith("No threshold has precision ≥ 0.99 and recall ≥ 1."), error.message);
    const curve = await precisionRecallCurve(SAME, mixed, WORDS);
    const whole = curve.filter(({ recall }) => recall === 1);
    const most = Math.max(...whole.map(({ precision }) => precision));
    const [, told] = /The best precision with recall ≥ 1 is ([\d.]+)/.exec(error.message)!;
    ok(Number(told) <= most && Number(told) > most - 1e-4, `${told} of ${most}`);
    equal(chooseThreshold(curve, { minPrecision: Number(told), minRecall: 1 }).recall, 1);
    const alone = await fails(() => findThreshold(SAME, OTHER, WORDS, { minRecall: 0.9, grid: [0.99] }), "argument");
    ok(alone.message.includes("The best recall is 0 (at 0.99)"), alone.message);
  });

  test("a curve may be of one kind alone: precision is 1 where nothing is predicted, recall where there is nothing", async () => {
    const none = { threshold: 0.99, precision: 1, recall: 0, f1: 0 };
    equal(await precisionRecallCurve(SAME, [], WORDS, { grid: [0.99] }), [none]);
    const wrong = { threshold: 0.1, precision: 0, recall: 1, f1: 0 };
    equal(await precisionRecallCurve([], OTHER, WORDS, { grid: [0.1] }), [wrong]);
  });
}

function refusalTests(test: Test): void {
  test("bad arguments are refused before anything is embedded", async () => {
    const embedder = countingEmbedder();
    const refused = async (part: string, run: () => unknown): Promise<void> => {
      const { message } = await fails(run, "argument");
      ok(message.includes(part), `${message} does not name ${part}`);
    };
    const find = (options: object) => () => findThreshold(SAME, OTHER, embedder, options);
    await refused('"paraphrases" is empty', () => findThreshold([], OTHER, embedder));
    await refused('"distractors" is empty', () => findThreshold(SAME, [], embedder));
    await refused('"distractors"', () => findThreshold(SAME, "no list" as never, embedder));
    await refused('"paraphrases[1]"', () => findThreshold([SAME[0]!, { a: "b" } as never], OTHER, embedder));
    await refused('"distractors[0]"', () => findThreshold(SAME, [["a", "b", "c"] as never], embedder));
    await refused('"distractors[0]"', () => findThreshold(SAME, [null as never], embedder));
    await refused('"grid" is empty', find({ grid: [] }));
    await refused('"grid[1]"', find({ grid: [0.5, Number.NaN] }));
    await refused('"grid[0]"', find({ grid: [1.5] }));
    await refused('"grid"', find({ grid: "0.5" }));
    await refused('"targetMetric"', find({ targetMetric: "f2" }));
    await refused('"minPrecision"', find({ minPrecision: 1.01 }));
    await refused('"minRecall"', find({ minRecall: Number.NaN }));
    await refused('"dtype"', find({ dtype: "int4" }));
    await refused('"normalise"', find({ normalise: "yes" }));
    await refused('"onProgress"', find({ onProgress: 1 }));
    await refused('"curve"', () => chooseThreshold([]));
    await refused('"embedder"', () => findThreshold(SAME, OTHER, {} as never));
    equal(embedder.embedded, []);
  });

  test("what an embedder does wrong is told with the text it did it for", async () => {
    const zeros: Embedder = { ...WORDS, embed: (texts) => texts.map(() => new Float32Array(256)) };
    const error = await fails(() => findThreshold(SAME, OTHER, zeros), "vector");
    ok(error.message.includes('"how do i reset my password"'), error.message);
    const short: Embedder = { ...WORDS, embed: (texts) => texts.map(() => new Float32Array(3).fill(1)) };
    await fails(() => findThreshold(SAME, OTHER, short), "dimension");
    const few: Embedder = { ...WORDS, embed: () => [] };
    await fails(() => findThreshold(SAME, OTHER, few), "dimension");
  });
}

const place = (random: () => number): number => Math.floor(Math.abs(random()) * 12) % 12;

/** Texts are numbers of vectors. */
function table(vectors: readonly (readonly number[])[]): Embedder {
  return {
    fingerprint: "a table",
    dimensions: vectors[0]!.length,
    embed: (texts) => texts.map((text) => Float32Array.from(vectors[Number(text)]!)),
  };
}

function score(a: readonly number[], b: readonly number[], dtype: Dtype): number {
  return float32Dot(stored(a, dtype), stored(b, dtype));
}

function counted(
  vectors: readonly number[][],
  same: readonly [string, string][],
  other: readonly [string, string][],
  grid: readonly number[],
  dtype: Dtype,
): CurvePoint[] {
  const reached = (pairs: readonly [string, string][], threshold: number): number =>
    pairs.filter(
      ([a, b]) => a === b || score(vectors[Number(a)]!, vectors[Number(b)]!, dtype) >= Math.fround(threshold),
    ).length;
  return [...grid]
    .sort((a, b) => a - b)
    .map((threshold) => {
      const [right, wrong] = [reached(same, threshold), reached(other, threshold)];
      const precision = right + wrong === 0 ? 1 : right / (right + wrong);
      const recall = right / same.length;
      const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
      return { threshold, precision, recall, f1 };
    });
}

/** The float32 after this one. */
function next(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]!++;
  return new Float32Array(bits.buffer)[0]!;
}
