import type { AgentMemory, MemoryOptions, Recalled } from "../../src/memory/index.ts";
import { equal, ok } from "./assert.ts";
import { isGone, type MemoryCheck, type MemoryUnderTest, recalled } from "./memory-under-test.ts";

const CUT: Partial<MemoryOptions> = { chunks: true };
const FACT = "the spare key of the boathouse hangs behind the blue oar";
const LATER = "the skiff leaks since the storm";
const QUESTION = "where hangs the spare key of the boathouse";

/** A hundred words of no meaning, none twice. */
const filler = (word: string): string => Array.from({ length: 100 }, (_, i) => `${word}${(i * 7919) % 9973}`).join(" ");

/** Has the fact somewhere in it: between two words that are very long, in a paragraph of its own. */
const long = (word: string, fact = FACT): string =>
  [filler(word), `${word.repeat(175)} ${fact} ${word.repeat(175)}`, filler(`${word}z`)].join("\n\n");

/** Only by meaning. */
const byMeaning = (memory: AgentMemory, query = QUESTION): Promise<Recalled> =>
  memory.recall({ query, alpha: 1, minSimilarity: -1, reinforce: false });

async function exported(memory: AgentMemory): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (const reader = memory.export().getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
}

/** That the first one recalled says this in the piece that it is recalled by. */
async function tells(memory: AgentMemory, fact: string, query = QUESTION): Promise<void> {
  const [first] = (await byMeaning(memory, query)).results;
  ok(first?.passage?.includes(fact), `"${fact}" is in the passage`);
}

/** Long memories, which are embedded piece by piece and recalled by the piece that answers. */
export function testMemoryPieces(check: MemoryCheck): void {
  const remembered = async (under: MemoryUnderTest, options = CUT): Promise<AgentMemory> => {
    const memory = await under.open(options);
    await memory.remember({ id: "long", content: long("ab"), tier: "semantic" });
    await memory.remember({ id: "short", content: "the blue oar is new", tier: "semantic" });
    await under.settled();
    return memory;
  };

  check("memory: a long one is recalled by the piece that answers, and tells which that is", async (under) => {
    await under.alsoReopened(
      [await remembered(under)],
      async (memory) => {
        const { results } = await byMeaning(memory);
        equal(
          results.map(({ memory: { id } }) => id),
          ["long", "short"],
          "each once",
        );
        ok(results[0]!.passage!.includes(FACT) && results[0]!.passage!.length <= 1200, "the piece with the fact");
        equal(results[1]!.passage, undefined, "it is short");
        ok(results[0]!.similarity! > 0.1, "as like as the piece is");
      },
      CUT,
    );
  });

  check("memory: without chunks a long one is embedded whole", async (under) => {
    const memory = await remembered(under, {});
    equal(under.embedded.length, 2);
    const { results } = await byMeaning(memory);
    equal(results[0]!.memory.id, "short", "what it says is lost in it");
    equal(results[1]!.passage, undefined);
  });

  check("memory: long ones of before are cut when it is opened for that", async (under) => {
    await remembered(under, {});
    const memory = await under.reopened(CUT);
    await under.settled();
    equal((await byMeaning(memory)).results[0]!.memory.id, "long");
    const cuts = under.events.flatMap((event) => (event.type === "cut" ? [[event.id, event.pieces]] : []));
    equal(cuts, [["long", 3]]);
  });

  check("memory: what is changed is cut anew, what is said of it is not", async (under) => {
    const memory = await remembered(under);
    const before = under.embedded.length;
    await memory.update("default", "long", { tags: ["boats"], importance: 0.9 });
    await under.settled();
    equal(under.embedded.length, before);
    await tells(memory, FACT);
    await memory.update("default", "long", { content: long("cd", LATER) });
    await under.settled();
    await tells(memory, LATER, "since when leaks the skiff");
    equal((await byMeaning(memory)).results[0]!.memory.id, "short", "nothing is left of the pieces it had");
  });

  check("memory: pieces move with their memory, and go with it", async (under) => {
    const memory = await remembered(under);
    equal(await memory.reassign("default", ["long"], "elsewhere"), 1);
    equal((await byMeaning(memory)).results.length, 1);
    const { results } = await memory.recall({ query: QUESTION, namespace: "elsewhere", alpha: 1, reinforce: false });
    ok(results[0]!.passage!.includes(FACT), "its pieces came with it");
    await memory.forget("elsewhere", "long");
    await isGone(memory, "elsewhere", "long");
    await under.alsoReopened([memory], async (memory) => equal((await byMeaning(memory)).results.length, 1), CUT);
  });

  check("memory: an embedder that fails for pieces costs nothing but the pieces", async (under) => {
    await remembered(under, {});
    under.isAway = true;
    const memory = await under.reopened(CUT);
    await under.settled();
    const failed = under.events.filter((event) => event.type === "error" && event.operation === "cut: embed");
    equal(failed.length, 1);
    equal((await recalled(memory, { query: QUESTION }))[0], "long", "by its words");
    under.isAway = false;
    const again = await under.reopened(CUT);
    await under.settled();
    await tells(again, FACT);
  });

  check("memory: two that share a passage are still two", async (under) => {
    const memory = await under.open({ ...CUT, duplicates: { action: "supersede" } });
    await memory.remember({ id: "one", content: long("ab"), tier: "semantic" });
    await under.settled();
    const { similar, id } = await memory.remember({ content: long("xy"), tier: "semantic" });
    await under.settled();
    equal(similar, undefined);
    const { results } = await byMeaning(memory);
    equal(results.map((one) => one.memory.id).sort(), ["one", id].sort());
    equal((await memory.dedup()).clusters, []);
  });

  check("memory: pieces are exported and imported, and former states keep theirs", async (under) => {
    const memory = await remembered(under);
    const knownAt = under.now;
    under.now += 1000;
    await memory.update("default", "long", { content: long("cd", LATER) });
    await under.settled();
    const past = await memory.recall({ query: QUESTION, alpha: 1, knownAt, reinforce: false });
    ok(past.results[0]!.passage!.includes(FACT), "as it was known then");
    const file = await exported(memory);
    await memory.forget({ namespace: "default" });
    await memory.import(file);
    await under.settled();
    await tells(memory, LATER, "since when leaks the skiff");
    equal(await exported(memory), file);
  });
}
