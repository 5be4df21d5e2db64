import type { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails } from "./assert.ts";
import { HOUR, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

/** Each with 25 operations. */
const WORKERS = 8;

export function testMemorySharing(check: MemoryCheck): void {
  check("what one memory writes, another of the same store sees at once", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "blue paint", tier: "semantic" });
    await b.remember({ id: "n", content: "blue chairs", tier: "semantic" });
    for (const one of [a, b]) equal((await recalled(one, { query: "blue" })).sort(), ["m", "n"]);
    await b.update("default", "m", { content: "green paint" });
    equal([await recalled(a, { query: "blue" }), await recalled(a, { query: "green" })], [["n"], ["m"]]);
    await a.supersede("default", "m", "n");
    equal([await recalled(b, { query: "green" }), await b.predecessors("default", "n")], [[], ["m"]]);
    await b.restore("default", "m");
    equal(await recalled(a, { query: "green" }), ["m"]);
    await a.retier("default", "m", "procedural");
    equal(await recalled(b, { query: "green", tiers: ["procedural"] }), ["m"]);
    await b.reassign("default", ["m"], "other");
    equal(
      [await a.namespaces(), await recalled(a, { namespace: "other", query: "green" })],
      [["default", "other"], ["m"]],
    );
    await a.forget("other", "m");
    await isGone(b, "other", "m");
    equal([await b.namespaces(), await recalled(b, { namespace: "other", query: "green" })], [["default"], []]);
    await b.forget({ namespace: "default" });
    equal([await a.list(), await a.namespaces()], [[], []]);
  });

  check("what two write at once is all there, and both see it", async (under) => {
    const [a, b] = await under.two();
    const ids = Array.from({ length: 20 }, (_, i) => `${i}`.padStart(2, "0"));
    await Promise.all(
      ids.map((id, i) => (i % 2 === 0 ? a : b).remember({ id, content: `line ${id}`, tier: "semantic" })),
    );
    for (const one of [a, b]) {
      equal(idsOf(await one.list()), ids);
      equal((await recalled(one, { query: "line", limit: 100 })).sort(), ids);
    }
  });

  check("changes of one memory by two at once are all in it", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "a board", tier: "semantic" });
    const names = Array.from({ length: 10 }, (_, i) => `k${i}`);
    await Promise.all(
      names.map((name, i) => (i % 2 === 0 ? a : b).update("default", "m", { metadata: { [name]: i } })),
    );
    equal(Object.keys((await a.get("default", "m"))!.metadata).sort(), names);
    equal((await b.versions("default", "m")).length, 11);
    equal(await a.get("default", "m"), await b.get("default", "m"));
  });

  check("what is changed while it is forgotten leaves nothing behind", async (under) => {
    const [a, b] = await under.two();
    const start = under.now;
    for (const id of ["1", "2", "3"]) {
      await a.remember({ id, content: `secret ${id}`, tier: "semantic" });
      under.now += 1000;
      const changing = a.update("default", id, { content: `secret ${id}, changed` }).catch((error: unknown) => error);
      equal(await b.forget("default", id), true);
      await changing;
      for (const one of [a, b]) await isGone(one, "default", id);
    }
    await under.alsoReopened([a, b], async (one) => {
      for (const knownAt of [start, under.now]) equal(await one.list({ knownAt, includeSuperseded: true }), []);
      equal(await one.namespaces(), []);
    });
  });

  check("what is due is done by one of several", async (under) => {
    const [a, b] = await under.two();
    const done = await Promise.all([a.maintain(), b.maintain()]);
    equal(done.flatMap((one) => Object.keys(one)).sort(), ["dedup", "promote", "repair", "sweep"]);
    equal(await a.maintain(), {});
    under.now += HOUR;
    equal([Object.keys(await b.maintain()), await a.maintain()], [["repair", "sweep"], {}]);
  });

  check("recalls of two all count", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "a bell", tier: "working" });
    await Promise.all([a, b, a, b, a, b].map((memory) => memory.recall({ query: "bell" })));
    await under.settled();
    equal([(await a.get("default", "m"))?.accessCount, (await b.list())[0]?.accessCount], [6, 6]);
  });

  check("many workers at once leave exactly what they should", async (under) => {
    const memories = await under.two();
    await memories[0].remember({ id: "board", namespace: "n", content: "the board", tier: "semantic" });
    await Promise.all(Array.from({ length: WORKERS }, (_, w) => work(memories[w % 2]!, w)));
    await under.settled();
    const each = (...ends: string[]) =>
      Array.from({ length: WORKERS }, (_, w) => ends.map((end) => `${w}${end}`)).flat();
    await under.alsoReopened(memories, async (one) => {
      equal(idsOf(await one.list({ namespace: "n" })).sort(), [...each("a", "f"), "board"].sort());
      equal(
        idsOf(await one.list({ namespace: "n", includeSuperseded: true })).sort(),
        [...each("a", "d", "f"), "board"].sort(),
      );
      equal(idsOf(await one.list({ namespace: "moved" })).sort(), each("c"));
      const { metadata } = (await one.get("n", "board"))!;
      equal(metadata, Object.fromEntries(Array.from({ length: WORKERS }, (_, w) => [`w${w}`, 4])));
      equal((await recalled(one, { namespace: "moved", query: "text", limit: 100 })).sort(), each("c"));
      equal((await recalled(one, { namespace: "n", query: "text", limit: 100 })).sort(), each("a", "f"));
      const { memories: live, superseded, tiers } = await one.stats();
      equal([live, superseded, tiers.procedural], [WORKERS * 3 + 1, WORKERS, WORKERS]);
    });
  });

  check("after closing, everything is an error, and closing again is none", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "x", tier: "semantic" });
    await memory.recall({ query: "x" });
    await memory.close();
    await memory.close();
    const calls = [
      () => memory.remember({ content: "x", tier: "semantic" }),
      () => memory.recall({ query: "x" }),
      () => memory.get("default", "m"),
      () => memory.list(),
      () => memory.forget("default", "m"),
      () => memory.links("default"),
      () => memory.sweep(),
      () => memory.repair(),
    ];
    for (const call of calls) await fails(call, "closed");
  });
}

async function work(memory: AgentMemory, w: number): Promise<void> {
  const id = (end: string) => `${w}${end}`;
  const say = (end: string) =>
    memory.remember({ namespace: "n", id: id(end), content: `text ${id(end)}`, tier: "semantic" });
  const note = (n: number) => memory.update("n", "board", { metadata: { [`w${w}`]: n } });
  for (const end of ["a", "b", "c", "d", "e"]) await say(end);
  await note(1);
  for (const end of ["a", "b", "c"]) await memory.update("n", id(end), { content: `new text ${id(end)}` });
  await memory.recall({ namespace: "n", query: `text ${id("a")}` });
  await memory.supersede("n", id("a"), id("b"));
  await memory.forget("n", id("e"));
  await note(2);
  await memory.list({ namespace: "n" });
  await memory.retier("n", id("c"), "procedural");
  await memory.restore("n", id("a"));
  await say("f");
  await memory.supersede("n", id("d"), id("f"));
  await memory.recall({ namespace: "n", query: `text ${id("f")}` });
  await note(3);
  await memory.get("n", id("f"));
  await memory.forget("n", id("b"));
  await memory.reassign("n", [id("c")], "moved");
  const { outcome } = await memory.remember({ namespace: "n", content: `text ${id("f")}`, tier: "semantic" });
  equal(outcome, "reinforced");
  await note(4);
}
