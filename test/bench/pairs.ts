import { readFileSync } from "node:fs";
import { join } from "node:path";

interface PairSet {
  paraphrases: [string, string][];
  distractors: [string, string][];
}

/** Pairs to find a threshold with, and others, of the same kind, to try it on. */
export interface Halves {
  name: string;
  develop: PairSet;
  heldOut: PairSet;
}

/** STS: of so much likeness, on a scale to 5, one answer serves both. */
const SAME_MEANING = 4;
/** Of every intent of Banking77; each is paired with each other of its half. */
const QUESTIONS = 10;

/** The pairs in a folder: labelled ones, and questions by intent. */
export function pairSets(folder: string): Halves[] {
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const guards = read("guard-pairs.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { a: string; b: string; same_answer: boolean })
    .map(({ a, b, same_answer }) => ({ pair: [a, b] as [string, string], same: same_answer }));
  const sts = csv(read("stsb-en-dev.csv")).map(([a, b, likeness]) => ({
    pair: [a!, b!] as [string, string],
    same: Number(likeness) >= SAME_MEANING,
  }));
  return [
    { name: "guard pairs", ...labelled(guards) },
    { name: "STS benchmark", ...labelled(sts) },
    { name: "Banking77", ...byIntent(csv(read("banking77-train.csv")).slice(1)) },
  ];
}

function labelled(pairs: readonly { pair: [string, string]; same: boolean }[]): Omit<Halves, "name"> {
  const half = (rest: number): PairSet => {
    const of = (wanted: boolean) =>
      pairs.filter(({ same }) => same === wanted).flatMap(({ pair }, i) => (i % 2 === rest ? [pair] : []));
    return { paraphrases: of(true), distractors: of(false) };
  };
  return { develop: half(0), heldOut: half(1) };
}

/** The two halves have no question in common. */
function byIntent(rows: readonly string[][]): Omit<Halves, "name"> {
  const seen = new Map<string, number>();
  const chosen = rows.flatMap(([text, intent]) => {
    const count = seen.get(intent!) ?? 0;
    seen.set(intent!, count + 1);
    return count < QUESTIONS ? [{ text: text!, intent: intent!, rest: count % 2 }] : [];
  });
  const half = (wanted: number): PairSet => {
    const questions = chosen.filter(({ rest }) => rest === wanted);
    const pairs: PairSet = { paraphrases: [], distractors: [] };
    for (const [i, a] of questions.entries()) {
      for (const b of questions.slice(i + 1)) {
        pairs[a.intent === b.intent ? "paraphrases" : "distractors"].push([a.text, b.text]);
      }
    }
    return pairs;
  };
  return { develop: half(0), heldOut: half(1) };
}

/** Fields may be quoted, and then hold commas, line breaks and doubled quotes. */
export function csv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === ",") continue;
    if (row.length > 1) rows.push(row);
    row = [];
  }
  return rows;
}
