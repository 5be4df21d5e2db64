import type { AgentMemory } from "../../src/memory/index.ts";
import { equal, ok } from "./assert.ts";
import { HOUR, type MemoryCheck, type MemoryUnderTest, recalled } from "./memory-under-test.ts";

const MINUTE = 60_000;
/** Longer than the first wait after a failure. */
const SOON = 5000;

/** Stores something while the embedder is away, whose first repair has failed by then. */
async function withoutVector(under: MemoryUnderTest, memory: AgentMemory, id: string, content: string): Promise<void> {
  under.isAway = true;
  await memory.remember({ id, content, tier: "semantic" });
  await memory.flush();
  under.isAway = false;
}

/** Since the last time it was asked. */
function outcomes(under: MemoryUnderTest): string[] {
  return under.events.splice(0).flatMap((event) => (event.type === "repair" ? [event.outcome] : []));
}

export function testMemoryRepair(check: MemoryCheck): void {
  check("without the embedder a memory is stored, found by its words, and repaired later", async (under) => {
    const memory = await under.open();
    await withoutVector(under, memory, "m", "the gate code is 1234");
    equal([(await memory.get("default", "m"))?.pending, await memory.vector("default", "m")], [true, null]);
    equal((await memory.stats()).pending, 1);
    equal(await recalled(memory, { query: "gate code" }), ["m"]);
    equal(await recalled(memory, { query: "gate code", alpha: 1 }), []);
    under.isAway = true;
    const { results, degraded } = await memory.recall({ query: "gate code", reinforce: false });
    equal([results.map((result) => result.memory.id), degraded], [["m"], "keyword_only"]);
    under.isAway = false;
    under.now += SOON;
    equal(await memory.repair(), { repaired: 1, failed: 0, waiting: 0 });
    await under.alsoReopened([memory], async (again) => {
      const { pending, updatedAt, createdAt } = (await again.get("default", "m"))!;
      equal([pending, updatedAt], [undefined, createdAt], "its repair is no edit");
      equal((await again.vector("default", "m"))?.length, 64);
      equal(await recalled(again, { query: "gate code", alpha: 1 }), ["m"]);
      equal(await again.repair(), { repaired: 0, failed: 0, waiting: 0 });
      equal((await again.versions("default", "m")).length, 1);
    });
  });

  check("what is waiting for its vector can be changed, moved, superseded and forgotten", async (under) => {
    const memory = await under.open();
    await withoutVector(under, memory, "m", "the gate code is 1234");
    await withoutVector(under, memory, "n", "the lift is broken");
    await withoutVector(under, memory, "o", "the roof is wet");
    under.isAway = true;
    await memory.update("default", "m", { content: "the password is 5678", tags: ["t"] });
    await memory.flush();
    equal([await recalled(memory, { query: "password" }), await recalled(memory, { query: "gate" })], [["m"], []]);
    equal(await memory.reassign("default", ["m"], "moved"), 1);
    await memory.supersede("default", "n", "o");
    equal(await memory.forget("default", "o"), true);
    under.isAway = false;
    under.now += HOUR;
    equal((await memory.repair()).repaired, 2);
    equal(await recalled(memory, { namespace: "moved", query: "the password", alpha: 1 }), ["m"]);
    equal((await memory.get("default", "n"))?.supersededBy, "o");
    ok((await memory.vector("default", "n")) !== null, "what is superseded is repaired too");
    equal(await memory.list(), []);
  });

  check("a vector goes with what it was made of, and stays when something else changes", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "red apples", tier: "semantic" });
    under.isAway = true;
    await memory.update("default", "m", { content: "Red  apples", tags: ["fruit"] });
    const kept = (await memory.get("default", "m"))!;
    equal([kept.pending, kept.content], [undefined, "Red  apples"], "it says the same");
    equal(await recalled(memory, { query: "x", alpha: 1, embedding: (await memory.vector("default", "m"))! }), ["m"]);
    await memory.update("default", "m", { content: "green pears" });
    await memory.flush();
    equal([(await memory.get("default", "m"))?.pending, await memory.vector("default", "m")], [true, null]);
    under.isAway = false;
    equal(await recalled(memory, { query: "red apples" }), []);
    equal(await recalled(memory, { query: "green pears", alpha: 1 }), []);
    equal(await recalled(await under.reopened(), { query: "green pears" }), ["m"]);
  });

  check("without an embedder nothing waits for one", async (under) => {
    const memory = await under.open({ embedder: null });
    await memory.remember({ id: "m", content: "red apples", tier: "semantic" });
    const { results, degraded } = await memory.recall({ query: "apples" });
    equal([results.map((result) => result.memory.id), degraded], [["m"], undefined]);
    equal([(await memory.get("default", "m"))?.pending, (await memory.repair()).waiting], [undefined, 0]);
  });

  check("of several that repair at once, each memory is embedded by one", async (under) => {
    const [a, b] = await under.two();
    under.isAway = true;
    const contents = Array.from({ length: 10 }, (_, i) => `entry number ${i}`);
    await Promise.all(contents.map((content, i) => a.remember({ id: `${i}`, content, tier: "semantic" })));
    await a.flush();
    under.isAway = false;
    under.now += SOON;
    under.embedded.length = 0;
    const done = await Promise.all([a.repair(), b.repair(), a.repair()]);
    equal(
      done.reduce((sum, { repaired }) => sum + repaired, 0),
      10,
    );
    equal([...under.embedded].sort(), contents);
    for (const memory of [a, b]) {
      equal((await memory.stats()).pending, 0);
      equal((await recalled(memory, { query: "entry number", alpha: 1 })).length, 10);
    }
  });

  check("what fails is tried again, after ever longer, and in the end left alone for an hour", async (under) => {
    const memory = await under.open();
    await withoutVector(under, memory, "m", "the gate code is 1234");
    equal(outcomes(under), ["failed"]);
    under.isAway = true;
    let wait = SOON;
    for (let attempt = 2; attempt <= 12; attempt++) {
      under.now += wait;
      wait = Math.min(2 * wait, 30 * MINUTE);
      equal(await memory.repair(), { repaired: 0, failed: 1, waiting: 0 }, `attempt ${attempt}`);
      equal(outcomes(under), [attempt === 12 ? "parked" : "failed"]);
      equal(await memory.repair(), { repaired: 0, failed: 0, waiting: 1 }, "at once it is not tried again");
    }
    under.isAway = false;
    const again = await under.reopened();
    under.embedded.length = 0;
    under.now += HOUR - 1;
    equal([await again.repair(), under.embedded], [{ repaired: 0, failed: 0, waiting: 1 }, []]);
    under.now += 1;
    equal([await again.repair(), outcomes(under)], [{ repaired: 1, failed: 0, waiting: 0 }, ["repaired"]]);
  });

  check("what one is embedding is another's only when that takes too long", async (under) => {
    const [a, b] = await under.two();
    await withoutVector(under, a, "m", "the gate code is 1234");
    under.now += SOON;
    const gate = closedGate();
    under.gate = gate.promise;
    const asked = under.embedded.length;
    const late = a.repair();
    while (under.embedded.length === asked) await new Promise((resolve) => setTimeout(resolve, 1));
    under.gate = undefined;
    equal(await b.repair(), { repaired: 0, failed: 0, waiting: 1 });
    under.now += 10 * MINUTE;
    equal((await b.repair()).repaired, 1);
    await b.update("default", "m", { content: "the gate code is 5678" });
    const vector = await b.vector("default", "m");
    gate.resolve();
    equal(await late, { repaired: 0, failed: 0, waiting: 0 }, "who comes too late writes nothing");
    equal([await b.vector("default", "m"), (await a.get("default", "m"))?.content], [vector, "the gate code is 5678"]);
  });
}

function closedGate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
