import type { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails } from "./assert.ts";
import { DAY, idsOf, type MemoryCheck, recalled } from "./memory-under-test.ts";

const HANDOFF = { tags: ["handoff"] };

async function live(memory: AgentMemory, namespace = "default"): Promise<string[]> {
  return idsOf(await memory.list({ namespace, ...HANDOFF })).sort();
}

export function testMemoryHandoffs(check: MemoryCheck): void {
  check("what one session leaves for the next takes the place of what was left before", async (under) => {
    const [memory, other] = await under.two();
    const leave = (by: AgentMemory, id: string, slot?: string, namespace?: string) =>
      by.remember({
        ...HANDOFF,
        namespace,
        id,
        content: `go on with ${id}`,
        metadata: slot ? { handoff_slot: slot } : {},
      });
    const first = await leave(memory, "1");
    equal([first.outcome, first.tier, first.expiresAt], ["stored", "procedural", null]);
    await leave(other, "2");
    await leave(memory, "side", 'a:"b"|c');
    await leave(memory, "theirs", undefined, "other");
    await leave(other, "3");
    for (const one of [memory, other]) {
      equal([await live(one), await live(one, "other")], [["3", "side"], ["theirs"]]);
      equal((await one.get("default", "1"))?.supersededBy, "2");
      const { handoffs } = await one.briefing();
      equal(
        handoffs.map(({ id, slot }) => [slot, id]),
        [
          ['a:"b"|c', "side"],
          ["main", "3"],
        ],
      );
      equal(await recalled(one, { query: "go on with 3" }), []);
      equal((await recalled(one, { query: "go on with 3", includeHandoffs: true }))[0], "3");
    }
    await memory.update("default", "1", { content: "go on with 1, changed" });
    equal(await live(memory), ["3", "side"], "a change is no succession");
    under.now += 60 * DAY;
    equal((await memory.sweep()).demoted, 0, "none is given up");
    await memory.forget("default", "3");
    await leave(other, "4");
    equal([await live(await under.reopened())], [["4", "side"]]);
  });

  check("of several left at once in one slot, one is live", async (under) => {
    const [a, b] = await under.two();
    for (let round = 0; round < 2; round++) {
      const left = await Promise.all(
        [a, b, a, b].map((memory, i) => memory.remember({ ...HANDOFF, content: `round ${round}, by ${i}` })),
      );
      const [only, ...others] = await live(a);
      equal([idsOf(left).includes(only!), others, await live(b)], [true, [], [only!]]);
    }
  });

  check("a slot that cannot be meant is an error, and nothing is left", async (under) => {
    const memory = await under.open();
    for (const slot of ["", " ", 7, null, "x".repeat(201), "é".repeat(101)]) {
      const left = { ...HANDOFF, content: "go on", metadata: { handoff_slot: slot } };
      await fails(() => memory.remember(left), "argument");
    }
    equal([await memory.namespaces(), under.embedded], [[], []]);
    const { id } = await memory.remember({ ...HANDOFF, content: "go on", metadata: { handoff_slot: "é".repeat(100) } });
    equal(await live(await under.reopened()), [id]);
  });
}
