import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentMemory } from "../../src/memory/index.ts";
import { normalise } from "../../src/text/normalise.ts";
import { embedded } from "./embedded.ts";
import type { Line } from "./measure.ts";
import { csv } from "./pairs.ts";

/** What is remembered, and what is asked, with what answers it. */
interface Retrieval {
  name: string;
  memories: string[];
  questions: { text: string; relevant: ReadonlySet<string> }[];
}

/** Of every intent so many questions are remembered, and so many others asked. */
const [REMEMBERED, ASKED] = [5, 5];
/** Sentences of at least this likeness, on a scale to 5, are each other's answers. */
const ALIKE = 4;
const MODES = { vector: 1, keyword: 0, hybrid: undefined } as const;

/** How often what answers is among the first 5 and 10, and how near the top the first of it stands. */
export async function memoryQuality(folder: string, half: 0 | 1): Promise<Line[]> {
  const lines: Line[] = [];
  for (const set of retrievals(folder, half)) {
    const model = await embedded([...set.memories, ...set.questions.map(({ text }) => text)]);
    const embedder = { ...model, embed: (texts: readonly string[]) => model.embed(texts.map(normalise)) };
    const memory = await AgentMemory.open({ embedder, contradictions: false, duplicates: { action: "off" } });
    for (const content of set.memories) await memory.remember({ content, tier: "semantic" });
    for (const [mode, alpha] of Object.entries(MODES)) {
      let [five, ten, reciprocal] = [0, 0, 0];
      for (const { text, relevant } of set.questions) {
        const { results } = await memory.recall({ query: text, limit: 10, alpha, reinforce: false });
        const rank = results.findIndex(({ memory: { content } }) => relevant.has(content));
        if (rank < 0) continue;
        ten++;
        if (rank < 5) five++;
        reciprocal += 1 / (rank + 1);
      }
      const share = (count: number): number => Math.round((1000 * count) / set.questions.length) / 10;
      lines.push({
        set: set.name,
        memories: set.memories.length,
        questions: set.questions.length,
        legs: mode,
        "recall@5 %": share(five),
        "recall@10 %": share(ten),
        "MRR %": share(reciprocal),
      });
    }
    await memory.close();
  }
  return lines;
}

/** One half was looked at while constants were chosen, the other is told. */
function retrievals(folder: string, half: 0 | 1): Retrieval[] {
  const read = (file: string): string[][] => csv(readFileSync(join(folder, file), "utf8"));
  return [intents(read("banking77-train.csv").slice(1), half), sentences(read("stsb-en-dev.csv"), half)];
}

function intents(rows: readonly string[][], half: 0 | 1): Retrieval {
  const byIntent = new Map<string, string[]>();
  for (const [text, intent] of rows) byIntent.set(intent!, [...(byIntent.get(intent!) ?? []), text!]);
  const memories: string[] = [];
  const questions: Retrieval["questions"] = [];
  for (const texts of byIntent.values()) {
    const mine = texts.filter((_, i) => i % 2 === half);
    const remembered = mine.slice(0, REMEMBERED);
    memories.push(...remembered);
    const relevant = new Set(remembered);
    for (const text of mine.slice(REMEMBERED, REMEMBERED + ASKED)) questions.push({ text, relevant });
  }
  return { name: "Banking77, same intent", memories: [...new Set(memories)], questions };
}

/** Everything is remembered but the second sentences of those pairs that mean the same: these are asked. */
function sentences(rows: readonly string[][], half: 0 | 1): Retrieval {
  const memories = new Set<string>();
  const questions: Retrieval["questions"] = [];
  for (const [i, [first, second, likeness]] of rows.entries()) {
    memories.add(first!);
    if (Number(likeness) < ALIKE) memories.add(second!);
    else if (i % 2 === half && normalise(first!) !== normalise(second!)) {
      questions.push({ text: second!, relevant: new Set([first!]) });
    }
  }
  return { name: "STS, same meaning", memories: [...memories], questions };
}
