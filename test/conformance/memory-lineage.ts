import { equal, fails } from "./assert.ts";
import { DAY, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

export function testMemoryLineage(check: MemoryCheck): void {
  check("what is superseded is seen no more, and knows by what and when", async (under) => {
    const memory = await under.open();
    for (const id of ["old", "new", "newer"]) {
      await memory.remember({ id, content: `the ${id} address`, tier: "semantic" });
    }
    await memory.remember({ namespace: "other", id: "theirs", content: "x", tier: "semantic" });
    under.now += DAY;
    const { supersededBy, validTo, updatedAt } = await memory.supersede("default", "old", "new");
    equal([supersededBy, validTo, updatedAt], ["new", under.now, under.now - DAY]);
    equal(
      [idsOf(await memory.list()), await recalled(memory, { query: "the old address" })],
      [
        ["new", "newer"],
        ["newer", "new"],
      ],
    );
    const ended = under.now;
    under.now += DAY;
    const again = await memory.supersede("default", "old", "newer");
    equal([again.supersededBy, again.validTo], ["newer", ended], "another one took its place, at the same time");
    equal([await memory.predecessors("default", "new"), await memory.predecessors("default", "newer")], [[], ["old"]]);
    await fails(() => memory.supersede("default", "none", "new"), "not-found");
    await fails(() => memory.supersede("default", "new", "none"), "not-found");
    await fails(() => memory.supersede("default", "new", "theirs"), "not-found");
    await fails(() => memory.supersede("other", "new", "theirs"), "not-found");
    await fails(() => memory.supersede("default", "new", "new"), "argument");
    await fails(() => memory.supersede("default", "newer", "old"), "argument");
    equal(idsOf(await memory.list()), ["new", "newer"], "what was refused changed nothing");
  });

  check("what had ended before keeps its end when it is superseded", async (under) => {
    const memory = await under.open();
    const validTo = under.now + DAY;
    await memory.remember({ id: "old", content: "a lease until tomorrow", tier: "semantic", validTo });
    await memory.remember({ id: "new", content: "a lease without end", tier: "semantic" });
    under.now += 5 * DAY;
    equal((await memory.supersede("default", "old", "new")).validTo, validTo);
  });

  check("what is restored is as if nothing had taken its place", async (under) => {
    const memory = await under.open();
    for (const id of ["a", "b"]) await memory.remember({ id, content: `plan ${id}`, tier: "semantic" });
    const before = await memory.get("default", "a");
    await memory.supersede("default", "a", "b");
    equal(await memory.restore("default", "a"), before!);
    equal(await memory.get("default", "a"), before);
    equal((await recalled(memory, { query: "plan" })).sort(), ["a", "b"]);
    equal(await memory.predecessors("default", "b"), []);
    await fails(() => memory.restore("default", "none"), "not-found");
    await fails(() => memory.restore("other", "a"), "not-found");
  });

  check("one may take the place of several, and history goes both ways from any of them", async (under) => {
    const memory = await under.open();
    for (const id of ["1", "2", "3", "4", "alone"]) {
      await memory.remember({ id, content: `draft ${id}`, tier: "semantic" });
      under.now += 1000;
    }
    await memory.supersede("default", "2", "3");
    await memory.supersede("default", "1", "3");
    await memory.supersede("default", "3", "4");
    await under.alsoReopened([memory], async (again) => {
      equal([await again.predecessors("default", "3"), await again.predecessors("default", "4")], [["1", "2"], ["3"]]);
      equal(await again.predecessors("other", "3"), []);
      for (const id of ["1", "2", "3", "4"]) {
        equal(idsOf(await again.history("default", id)), ["1", "2", "3", "4"], `from ${id}`);
      }
      equal(idsOf(await again.history("default", "alone")), ["alone"]);
    });
    const again = await under.reopened();
    await again.forget("default", "3");
    equal([idsOf(await again.history("default", "1")), idsOf(await again.history("default", "4"))], [["1"], ["4"]]);
    equal(idsOf(await again.list()).sort(), ["4", "alone"], "what was superseded stays so");
    await fails(() => again.history("default", "3"), "not-found");
    await fails(() => again.history("other", "4"), "not-found");
  });

  check("a memory knows all it was, and when it was known to be that", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "m", content: "12 seats", tier: "semantic", tags: ["hall"] });
    under.now += DAY;
    await memory.update("default", "m", { content: "20 seats" });
    await memory.retier("default", "m", "procedural");
    await memory.recall({ query: "20 seats" });
    await memory.flush();
    under.now += DAY;
    await memory.update("default", "m", { tags: ["hall", "big"] });
    await under.alsoReopened([memory], async (again) => {
      const versions = await again.versions("default", "m");
      equal(
        versions.map(({ memory: { id, content, tags }, knownFrom, knownUntil }) => [
          id,
          content,
          tags.length,
          (knownFrom - start) / DAY,
          knownUntil && (knownUntil - start) / DAY,
        ]),
        [
          ["m", "12 seats", 1, 0, 1],
          ["m", "20 seats", 1, 1, 2],
          ["m", "20 seats", 2, 2, undefined],
        ],
      );
      equal(versions.at(-1)?.memory, await again.get("default", "m"));
      equal((await again.stats()).past, 2);
      equal(idsOf(await again.list({ includeSuperseded: true })), ["m"], "what it was is not a memory of its own");
    });
    const again = await under.reopened();
    await fails(() => again.versions("other", "m"), "not-found");
    await again.forget("default", "m");
    await isGone(again, "default", "m");
    equal(await again.list({ knownAt: start }), [], "nor is it known what it was");
    equal(await recalled(again, { query: "12 seats", knownAt: start }), []);
  });

  check("what memories were need not be kept", async (under) => {
    const memory = await under.open({ keepsPast: false });
    await memory.remember({ id: "m", content: "12 seats", tier: "semantic" });
    const start = under.now;
    under.now += DAY;
    await memory.update("default", "m", { content: "20 seats" });
    equal(
      (await memory.versions("default", "m")).map((version) => version.memory.content),
      ["20 seats"],
    );
    equal([(await memory.stats()).past, await memory.list({ knownAt: start })], [0, []]);
  });
}
