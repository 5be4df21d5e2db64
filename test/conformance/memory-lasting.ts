import type { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails } from "./assert.ts";
import { testEmbedder } from "./embedder.ts";
import { DAY, type MemoryCheck } from "./memory-under-test.ts";

const contradictions = (older: string) => (older.includes("Oslo") ? ("update" as const) : ("distinct" as const));

/** All that a memory tells without changing anything. */
async function told(memory: AgentMemory, days: readonly number[]): Promise<unknown> {
  const answers: unknown[] = [];
  for (const query of ["the quarterly report", "the hall is in Bergen", "tea", "go on"]) {
    for (const options of [{}, { alpha: 1 }, { alpha: 0 }, { includeHandoffs: true, includeSuperseded: true }]) {
      answers.push(await memory.recall({ query, reinforce: false, ...options }));
    }
    for (const at of days) {
      answers.push(await memory.recall({ query, reinforce: false, asOf: at }));
      answers.push(await memory.recall({ query, reinforce: false, knownAt: at }));
    }
  }
  for (const { id } of await memory.list({ includeSuperseded: true, includeExpired: true })) {
    answers.push(await memory.get("default", id), await memory.vector("default", id));
    answers.push(await memory.history("default", id), await memory.versions("default", id));
    answers.push(await memory.predecessors("default", id));
  }
  answers.push(await memory.links("default"), await memory.namespaces(), await memory.stats());
  answers.push(await memory.briefing({ scope: "everywhere" }));
  return answers;
}

export function testMemoryLasting(check: MemoryCheck): void {
  check("opened anew, a memory tells the same of everything", async (under) => {
    const memory = await under.open({ contradictions });
    const days: number[] = [];
    const nextDay = () => {
      days.push(under.now);
      under.now += DAY;
    };
    const hall = (city: string) => `the big hall of the whole company is in the city of ${city}`;
    await memory.remember({ id: "oslo", content: hall("Oslo"), tier: "semantic", tags: ["hall"] });
    await memory.remember({ id: "draft", content: "the quarterly report is a draft", tier: "episodic" });
    await memory.remember({ id: "code", content: "the code of the door", tier: "working", ttl: DAY / 2 });
    await memory.remember({ content: "go on with tea", tags: ["handoff"] });
    nextDay();
    await memory.remember({ id: "bergen", content: hall("Bergen"), tier: "semantic", links: ["draft"] });
    await memory.remember({ id: "done", content: "the quarterly report is done", tier: "episodic", summary: "tea" });
    await memory.supersede("default", "draft", "done");
    await memory.link("default", "shared");
    await memory.remember({ namespace: "shared", content: "tea is at four", tier: "procedural" });
    nextDay();
    await memory.update("default", "done", {
      content: "the quarterly report is done, and sent",
      metadata: { n: [1.5] },
    });
    await memory.recall({ query: "tea" });
    under.isAway = true;
    await memory.remember({ id: "waiting", content: "the report on tea", tier: "semantic" });
    await memory.flush();
    under.isAway = false;
    nextDay();
    const before = await told(memory, days);
    const again = await under.reopened({ contradictions });
    equal(await told(again, days), before);
    await again.remember({ id: "later", content: "the report was read", tier: "semantic" });
    equal(
      (await again.list()).some(({ id }) => id === "later"),
      true,
      "and it goes on",
    );
  });

  check("a store of memories takes no other embedder, and no cache", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "x", tier: "semantic" });
    await fails(() => under.open({ embedder: testEmbedder({ dimensions: 32 }) }), "fingerprint");
    await fails(() => under.open({ embedder: null }), "fingerprint");
    equal((await memory.get("default", "m"))?.content, "x", "it is left as it was");
  });
}
