import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultGuards, Reading } from "../../src/text/guards/kit.ts";
import { HOSTILE } from "../unit/guards-hostile.ts";
import { PAIRS, PARAPHRASES } from "../unit/guards-pairs.ts";
import { type Bench, type Line, spread } from "./measure.ts";

/** Of every pair, so that compilers have seen enough; the first half is not counted. */
const ROUNDS = 40;

/** Microseconds a candidate: of each guard, of all, and of taking its text apart, which is done once a text. */
export const benchGuards: Bench = ({ data }) => {
  const pairs =
    data === undefined
      ? [...PAIRS.flatMap(({ refused, passed }) => [...refused, ...passed]), ...PARAPHRASES]
      : pairsIn(join(data, "guard-pairs.jsonl"));
  const rows = ["reading", ...defaultGuards.map(({ name }) => name), "all guards", "reading and all guards"];
  const fresh = new Map(rows.map((name): [string, number[]] => [name, []]));
  const known = new Map(rows.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const isCounted = round >= ROUNDS / 2;
    const sums = [pass(pairs, fresh), pass(pairs, known)];
    if (!isCounted) for (const times of [...fresh.values(), ...known.values()]) times.length = 0;
    if (sums.some((refused) => refused !== sums[0])) throw new Error("what is remembered decides otherwise");
  }

  /** A round over all pairs; how often it was refused. A stored text is read anew for `fresh`, and was looked at before for `known`. */
  function pass(of: typeof pairs, into: Map<string, number[]>): number {
    const spent = new Map<string, number>();
    const timed = <T>(name: string, run: () => T): T => {
      const start = performance.now();
      const result = run();
      spent.set(name, (spent.get(name) ?? 0) + performance.now() - start);
      return result;
    };
    let refused = 0;
    for (const [a, b] of of) {
      const asked = new Reading(a);
      for (const { check } of defaultGuards) check(asked, asked); // a question is looked at once for all its candidates
      const stored = timed("reading", () => new Reading(b));
      if (into === known) for (const { check } of defaultGuards) check(stored, stored);
      for (const { name, check } of defaultGuards) if (timed(name, () => check(asked, stored)) !== undefined) refused++;
    }
    const all = defaultGuards.reduce((sum, { name }) => sum + spent.get(name)!, 0);
    spent.set("all guards", all).set("reading and all guards", all + spent.get("reading")!);
    for (const [name, times] of into) times.push((spent.get(name)! * 1000) / of.length);
    return refused;
  }

  const lines = rows.map((name): Line => {
    const [first, again] = [spread(fresh.get(name)!), spread(known.get(name)!)];
    const isGuard = defaultGuards.some((guard) => guard.name === name);
    return {
      guard: name,
      "new: best µs": round(first.min),
      "new: median µs": round(first.median),
      "known: best µs": name.startsWith("reading") ? null : round(again.min),
      "known: median µs": name.startsWith("reading") ? null : round(again.median),
      target: isGuard ? "< 20" : null,
      reached: isGuard ? first.min < 20 : null,
    };
  });
  return { notes: NOTES, lines, sections: { "texts of 8 and of 64 KB": Object.entries(HOSTILE).map(growth) } };
};

/** Eight times the length, in proportion, is eight times the work; its square would be 64 times. */
function growth([what, unit]: [string, string]): Line {
  const [short, long] = [8192, 65_536].map((length) => {
    const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      const [asked, stored] = [new Reading(text), new Reading(`${text.slice(0, -4)} xyz`)];
      for (const { check } of defaultGuards) check(asked, stored);
      return performance.now() - start;
    });
    return Math.min(...times);
  }) as [number, number];
  return { what, "8 KB: ms": round(short), "64 KB: ms": round(long), times: round(long / short) };
}

const NOTES = [
  "A candidate's text is new when it is first met, and known when it was taken apart before. All guards are asked of every pair; a lookup stops at the first that refuses. Of 20 rounds over all pairs the best, which says what the work is where the machine is busy, and the median. The clock's own cost is in every line.",
];

function pairsIn(file: string): (readonly [string, string])[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const { a, b } = JSON.parse(line) as { a: string; b: string };
      return [a, b] as const;
    });
}

function round(microseconds: number): number {
  return Number(microseconds.toFixed(2));
}
