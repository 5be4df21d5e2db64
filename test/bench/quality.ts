import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SemanticCacheSync, type SyncCacheOptions, type SyncEmbedder } from "../../src/index.ts";
import { normalise } from "../../src/text/normalise.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { seeded } from "../unit/vectors.ts";
import { embedded } from "./embedded.ts";
import type { Bench, Line } from "./measure.ts";
import { csv } from "./pairs.ts";
import { qualityStream } from "./quality-stream.ts";
import { qualityWorlds } from "./quality-worlds.ts";

interface GuardPair {
  id: string;
  category: string;
  a: string;
  b: string;
  same_answer: boolean;
  style: "minimal" | "reworded";
}

const THRESHOLDS = [0.75, 0.8, 0.85, 0.9, 0.95];
const BUDGETS = [0.01, 0.02, 0.05];
/** Shuffles of the stream. */
const SEEDS = [11, 22];
const MODEL_SEEDS = [11, 12, 13, 14, 15];

/** Wrong answers and right ones: through the cache as it is opened by users, with what a real model says of real questions. */
export const benchQuality: Bench = async ({ data, sets }) => {
  if (data === undefined) return { notes: ["quality: it wants --data DIR, a folder of pairs."], lines: [] };
  const pairs = readFileSync(join(data, "guard-pairs.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as GuardPair)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const stream = csv(readFileSync(join(data, "banking77-train.csv"), "utf8")).slice(1) as [string, string][];
  const embedder = await embedded([...pairs.flatMap(({ a, b }) => [a, b]), ...stream.map(([question]) => question)]);
  const halves = halvesOf(pairs);
  const wanted = (name: string): boolean => sets === undefined || sets.includes(name);
  return {
    notes: NOTES,
    lines: wanted("pairs") ? halves.flatMap(([half, some]) => pairLines(half, some, embedder)) : [],
    sections: {
      "the most hits at so many wrong answers": wanted("pairs")
        ? halves.flatMap(([half, some]) => bestLines(half, some, embedder))
        : [],
      "a stream of questions": wanted("stream") ? streamLines(stream, embedder) : [],
      "the same, by the model of risk alone": wanted("model") ? modelLines(stream, embedder) : [],
      worlds: wanted("worlds") ? qualityWorlds() : [],
    },
  };
};

const NOTES = [
  "Universal Sentence Encoder lite, float32. Pairs: the first question is put, the second asked; guards were developed on one half of each category's pairs only. Hits and wrong answers in percent of the pairs of that kind; kept: of those that hit without guards.",
  "Stream: Banking77, shuffled, before an empty cache; one answer for each intent; a miss is computed and put, a hit is not. Budgets: what was computed is compared with the nearest that was not served; 2 % of the hits are tried out, or all are judged in the background. Mean of two shuffles; percent of all lookups.",
];

/** By turns, in each category. */
function halvesOf(pairs: readonly GuardPair[]): [string, GuardPair[]][] {
  const seen = new Map<string, number>();
  const halves: GuardPair[][] = [[], []];
  for (const pair of pairs) {
    const place = seen.get(pair.category) ?? 0;
    seen.set(pair.category, place + 1);
    halves[place % 2]!.push(pair);
  }
  return [
    ["developed on", halves[0]!],
    ["unseen", halves[1]!],
  ];
}

/** Of each pair the similarity at which the second question gets the first one's answer; undefined where it does not. */
function answered(
  pairs: readonly GuardPair[],
  embedder: SyncEmbedder,
  guards: SyncCacheOptions["guards"],
): (number | undefined)[] {
  const cache = SemanticCacheSync.open({ embedder, guards });
  const found = pairs.map(({ id, a, b }) => {
    cache.put(a, "an answer", { namespace: id });
    return cache.get(b, { namespace: id, threshold: -1 })?.similarity;
  });
  cache.close();
  return found;
}

function kinds(pairs: readonly GuardPair[]): [string, (pair: GuardPair) => boolean][] {
  const categories = [...new Set(pairs.map(({ category }) => category))];
  return [
    ["all traps", ({ same_answer }) => !same_answer],
    ["minimal traps", ({ same_answer, style }) => !same_answer && style === "minimal"],
    ["should hit", ({ same_answer }) => same_answer],
    ...categories.map((name): [string, (pair: GuardPair) => boolean] => [name, ({ category }) => category === name]),
  ];
}

function pairLines(half: string, pairs: readonly GuardPair[], embedder: SyncEmbedder): Line[] {
  const off = answered(pairs, embedder, false);
  const on = answered(pairs, embedder, undefined);
  return kinds(pairs).flatMap(([kind, belongs]) =>
    THRESHOLDS.map((threshold): Line => {
      const places = [...pairs.keys()].filter((i) => belongs(pairs[i]!));
      const count = (similarities: readonly (number | undefined)[]) =>
        places.filter((i) => (similarities[i] ?? -1) >= threshold).length;
      const [without, with_] = [count(off), count(on)];
      return {
        half,
        kind,
        pairs: places.length,
        threshold,
        "answered without guards %": percent(without, places.length),
        "answered %": percent(with_, places.length),
        "kept %": percent(with_, without),
      };
    }),
  );
}

/** For each share of wrong answers among the traps, the threshold that keeps to it and hits most. */
function bestLines(half: string, pairs: readonly GuardPair[], embedder: SyncEmbedder): Line[] {
  return (
    [
      ["without", false],
      ["with", undefined],
    ] as const
  ).flatMap(([named, guards]) => {
    const similarities = answered(pairs, embedder, guards);
    return [0.01, 0.05].map((most): Line => {
      let best = { threshold: 1, hits: 0 };
      for (let threshold = 0.5; threshold < 1; threshold += 0.001) {
        const over = (same: boolean) =>
          pairs.filter(({ same_answer }, i) => same_answer === same && (similarities[i] ?? -1) >= threshold).length;
        const [traps, all] = [
          pairs.filter(({ same_answer }) => !same_answer).length,
          pairs.filter(({ same_answer }) => same_answer).length,
        ];
        const hits = over(true) / all;
        if (over(false) / traps <= most && hits > best.hits) best = { threshold, hits };
      }
      return {
        half,
        guards: named,
        "wrong at most %": 100 * most,
        "hits %": percent(best.hits, 1),
        threshold: Number(best.threshold.toFixed(3)),
      };
    });
  });
}

function streamLines(stream: readonly [string, string][], embedder: SyncEmbedder): Line[] {
  const intents = new Map(stream);
  const judge: SyncCacheOptions["judge"] = (query, { response }) => intents.get(query) === response;
  const learning: Record<string, Partial<SyncCacheOptions>> = {
    "": { compare: "equal" },
    ", all judged": { compare: "equal", judge, explore: 1 },
  };
  const policies: [string, Partial<SyncCacheOptions>][] = [];
  for (const threshold of [0.85, 0.9, 0.91, 0.92]) {
    policies.push([`threshold ${threshold}, without guards`, { threshold, guards: false }]);
  }
  policies.push(["threshold 0.85, with guards", { threshold: 0.85 }]);
  for (const errorBudget of BUDGETS) {
    for (const [how, options] of Object.entries(learning)) {
      policies.push([`budget ${errorBudget}${how}, without guards`, { errorBudget, guards: false, ...options }]);
    }
  }
  policies.push(["budget 0.02, all judged, with guards", { errorBudget: 0.02, ...learning[", all judged"] }]);
  return policies.map(([policy, options]) => {
    console.error(`bench: ${policy}`);
    const runs = SEEDS.map((seed) => play(shuffled(stream, seed), { embedder, ...options }));
    const mean = (of: (run: { hits: number; wrong: number }) => number): number =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    return {
      policy,
      "hits %": percent(
        mean(({ hits }) => hits),
        stream.length,
      ),
      "wrong %": percent(
        mean(({ wrong }) => wrong),
        stream.length,
      ),
      "wrong %, worst shuffle": percent(Math.max(...runs.map(({ wrong }) => wrong)), stream.length),
    };
  });
}

/** Quicker than a cache, so for more orders of the questions, and for more ways to learn. */
function modelLines(stream: readonly [string, string][], embedder: SyncEmbedder): Line[] {
  const questions = stream.map(([question]) => normalise(question));
  const vectors = embedder.embed(questions).map((vector) => unit(vector, embedder.dimensions));
  return qualityStream({ questions, intents: stream.map(([, intent]) => intent), vectors }, { seeds: MODEL_SEEDS });
}

function play(stream: readonly [string, string][], options: SyncCacheOptions): { hits: number; wrong: number } {
  const cache = SemanticCacheSync.open(options);
  let [hits, wrong] = [0, 0];
  for (const [question, intent] of stream) {
    const { response, hit } = cache.wrap(question, () => intent);
    if (hit === undefined) continue;
    hits++;
    if (response !== intent) wrong++;
  }
  cache.close();
  return { hits, wrong };
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(((random() + 1) / 2) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function percent(part: number, whole: number): number {
  return Number(((100 * part) / Math.max(1e-9, whole)).toFixed(1));
}
