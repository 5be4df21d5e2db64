import { readFileSync } from "node:fs";
import { join } from "node:path";
import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import { normalise } from "../../src/text/normalise.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import type { Bench } from "./measure.ts";
import { csv } from "./pairs.ts";
import { qualityStream, type Stream } from "./quality-stream.ts";
import { qualityWorlds } from "./quality-worlds.ts";

/** Orders that nothing was chosen by. */
const SEEDS = [11, 12, 13, 14, 15];
const AT_ONCE = 64;

/** How many answers of a cache are wrong, and how many lookups are hits: static thresholds beside error budgets. */
export const benchQuality: Bench = async ({ data }) => {
  const sections = { worlds: qualityWorlds() };
  if (data === undefined)
    return { notes: ["quality: the stream wants --data DIR, with banking77-train.csv."], lines: [], sections };
  const lines = qualityStream(await banking(data), { seeds: SEEDS });
  return { notes: NOTES, lines, sections };
};

const NOTES = [
  `Banking77, ${SEEDS.length} random orders of all its questions before an empty cache; Universal Sentence Encoder lite. Shares of all lookups. Labels: of every miss; of hits that are computed all the same, which count as misses; of hits that are judged.`,
];

async function banking(folder: string): Promise<Stream> {
  const rows = csv(readFileSync(join(folder, "banking77-train.csv"), "utf8")).slice(1);
  const questions = rows.map(([text]) => normalise(text!));
  const { embed, dimensions } = energeticEmbedder();
  const vectors: Float32Array[] = [];
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    if (from % (16 * AT_ONCE) === 0) console.error(`bench: ${from} of ${questions.length} questions are embedded`);
    for (const vector of await embed(questions.slice(from, from + AT_ONCE))) vectors.push(unit(vector, dimensions));
  }
  return { questions, intents: rows.map(([, intent]) => intent!), vectors };
}
