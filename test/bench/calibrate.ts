import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import {
  type CurvePoint,
  chooseThreshold,
  findThreshold,
  precisionRecallCurve,
  type Target,
} from "../../src/calibrate/calibrate.ts";
import { type Embedder, MnemeError } from "../../src/index.ts";
import type { Bench, Line } from "./measure.ts";
import { type Halves, pairSets } from "./pairs.ts";

/** What is asked of one curve; nothing is embedded for it. */
const TARGETS: Record<string, Target> = {
  f1: {},
  "precision ≥ 0.9": { targetMetric: "recall", minPrecision: 0.9 },
  "precision ≥ 0.99": { targetMetric: "recall", minPrecision: 0.99 },
};

/** Thresholds for a real model on real pairs: what is found on one half of them, and what it does with the other. */
export const benchCalibrate: Bench = async ({ data }) => {
  if (data === undefined) return { notes: ["calibrate: it wants --data DIR, a folder of pairs."], lines: [] };
  const embedder = timedEmbedder();
  await embedder.embed(["the model is loaded"]);
  const lines: Line[] = [];
  const effort: Line[] = [];
  const curves: Record<string, CurvePoint[]> = {};
  for (const set of pairSets(data)) {
    console.error(`bench: ${set.name}`);
    const measured = await measure(set, embedder);
    lines.push(...measured.lines);
    effort.push(measured.effort);
    curves[set.name] = measured.curve;
  }
  return { notes: NOTES, lines, sections: { effort, curve: curveLines(curves) } };
};

const NOTES = [
  "Universal Sentence Encoder lite, float32. Found on one half of the pairs, tried on the other; Banking77: each question with each other of its half, one answer for each intent. STS: one answer from a likeness of 4 of 5 on.",
  "Embedded: distinct texts, each once; one by one: what embedding both texts of every pair would be. Milliseconds: in the embedder, and all else.",
];

interface TimedEmbedder extends Embedder {
  texts: number;
  milliseconds: number;
}

function timedEmbedder(): TimedEmbedder {
  const { fingerprint, dimensions, embed } = energeticEmbedder();
  const timed: TimedEmbedder = {
    fingerprint,
    dimensions,
    texts: 0,
    milliseconds: 0,
    async embed(texts) {
      const start = performance.now();
      const vectors = await embed(texts);
      timed.milliseconds += performance.now() - start;
      timed.texts += texts.length;
      return vectors;
    },
  };
  return timed;
}

async function measure({ name, develop, heldOut }: Halves, embedder: TimedEmbedder) {
  embedder.texts = 0;
  embedder.milliseconds = 0;
  const start = performance.now();
  const { curve } = await findThreshold(develop.paraphrases, develop.distractors, embedder);
  const took = performance.now() - start;
  const pairs = develop.paraphrases.length + develop.distractors.length;
  const effort: Line = {
    set: name,
    paraphrases: develop.paraphrases.length,
    distractors: develop.distractors.length,
    embedded: embedder.texts,
    "one by one": 2 * pairs,
    "embedding ms": Math.round(embedder.milliseconds),
    "other ms": Math.round(took - embedder.milliseconds),
  };
  const other = await precisionRecallCurve(heldOut.paraphrases, heldOut.distractors, embedder);
  const lines = Object.entries(TARGETS).map(([target, options]): Line => {
    const found = reached(curve, options);
    const tried = other.find(({ threshold }) => threshold === found?.threshold);
    return { set: name, target, ...shares(found), ...shares(tried, "held out ") };
  });
  return { lines, effort, curve };
}

/** Undefined: no threshold has it. */
function reached(curve: readonly CurvePoint[], target: Target): CurvePoint | undefined {
  try {
    return chooseThreshold(curve, target);
  } catch (error) {
    if (error instanceof MnemeError) return undefined;
    throw error;
  }
}

function shares(point: CurvePoint | undefined, of = ""): Line {
  const line: Line = of === "" ? { threshold: point?.threshold ?? null } : {};
  for (const key of ["precision", "recall", "f1"] as const) line[of + key] = point ? round(point[key]) : null;
  return line;
}

function curveLines(curves: Record<string, CurvePoint[]>): Line[] {
  const [first] = Object.values(curves);
  return (first ?? []).flatMap(({ threshold }, i) => {
    if (Math.round(threshold * 100) % 5 !== 0) return [];
    const line: Line = { threshold };
    for (const [name, curve] of Object.entries(curves)) {
      for (const key of ["precision", "recall", "f1"] as const) line[`${name}: ${key}`] = round(curve[i]![key]);
    }
    return [line];
  });
}

function round(share: number): number {
  return Number(share.toFixed(3));
}
