import { equal, fails } from "./assert.ts";
import { DAY, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

export function testMemoryPlaces(check: MemoryCheck): void {
  check("memories move to another namespace with all they were", async (under) => {
    const [memory, other] = await under.two();
    const start = under.now;
    for (const id of ["m", "n", "stays"]) {
      await memory.remember({ namespace: "from", id, content: `chapter ${id}`, tier: "working" });
    }
    await memory.remember({ namespace: "else", id: "theirs", content: "chapter one", tier: "working" });
    under.now += DAY;
    await memory.update("from", "m", { content: "chapter m, second edition" });
    await memory.recall({ namespace: "from", query: "chapter n", limit: 1 });
    await memory.flush();
    const before = await memory.list({ namespace: "from", excludeIds: ["stays"] });
    const vector = await memory.vector("from", "m");
    equal(await memory.reassign("from", ["m", "none", "n", "theirs", "m"], "to"), 2);
    await under.alsoReopened([memory, other], async (one) => {
      const moved = before.map((memory) => ({ ...memory, namespace: "to" }));
      equal(await one.list({ namespace: "to" }), moved);
      equal(
        [idsOf(await one.list({ namespace: "from" })), idsOf(await one.list({ namespace: "else" }))],
        [["stays"], ["theirs"]],
      );
      equal((await recalled(one, { namespace: "to", query: "chapter", alpha: 1 })).sort(), ["m", "n"]);
      equal(await recalled(one, { namespace: "from", query: "chapter m" }), ["stays"]);
      equal(await one.vector("to", "m"), vector);
      await isGone(one, "from", "m");
      equal(
        (await one.versions("to", "m")).map(({ memory }) => memory.namespace),
        ["to", "to"],
      );
      equal((await one.list({ namespace: "to", knownAt: start })).map(({ content }) => content).sort(), [
        "chapter m",
        "chapter n",
      ]);
      equal(await one.list({ namespace: "from", knownAt: start }).then(idsOf), ["stays"]);
    });
  });

  check("of two that move one memory at once to different places, one does", async (under) => {
    const [a, b] = await under.two();
    for (const id of ["1", "2", "3"]) {
      await a.remember({ namespace: "from", id, content: `box ${id}`, tier: "semantic" });
      const moved = await Promise.all([a.reassign("from", [id], "a"), b.reassign("from", [id], "b")]);
      equal(moved.sort(), [0, 1]);
    }
    for (const memory of [a, b]) {
      const places = await Promise.all(["a", "b", "from"].map((namespace) => memory.list({ namespace })));
      equal([places.flat().length, places[2]], [3, []]);
    }
  });

  check("all of a namespace moves, with its links", async (under) => {
    const memory = await under.open();
    for (const id of ["1", "2"]) await memory.remember({ namespace: "from", id, content: id, tier: "semantic" });
    await memory.remember({ namespace: "to", id: "3", content: "3", tier: "semantic" });
    const links: [string, string][] = [
      ["from", "x"],
      ["from", "y"],
      ["from", "to"],
      ["to", "x"],
      ["to", "z"],
      ["to", "from"],
      ["w", "from"],
      ["v", "from"],
      ["v", "to"],
    ];
    for (const [from, to] of links) await memory.link(from, to);
    equal(await memory.reassign("from", undefined, "from"), 0);
    equal(await memory.links("from"), ["to", "x", "y"], "to where it is, nothing moves");
    equal(await memory.reassign("from", undefined, "to"), 2);
    const again = await under.reopened();
    const linked = await Promise.all(["from", "to", "v", "w", "x"].map((namespace) => again.links(namespace)));
    equal(linked, [[], ["x", "y", "z"], ["to"], ["to"], []]);
    equal([await again.namespaces(), idsOf(await again.list({ namespace: "to" })).sort()], [["to"], ["1", "2", "3"]]);
    equal(await again.reassign("nobody", undefined, "to"), 0);
  });

  check("what is durable is seen from namespaces that are linked, and no farther", async (under) => {
    const [memory, other] = await under.two();
    const say = (namespace: string, id: string, tier: "semantic" | "working" = "semantic") =>
      memory.remember({ namespace, id, content: `the rule ${id}`, tier });
    await say("a:1", "own");
    await say("b|2", "linked");
    await say("b|2", "chatter", "working");
    await say("c", "far");
    await memory.link("a:1", "b|2");
    await memory.link("b|2", "c");
    await memory.link("a:1", "b|2");
    for (const one of [memory, other]) {
      equal([await one.links("a:1"), await one.links("b|2"), await one.links("c")], [["b|2"], ["c"], []]);
      const { results } = await one.recall({ namespace: "a:1", query: "the rule", reinforce: false });
      equal(results.map(({ memory, origin }) => [memory.id, origin]).sort(), [
        ["linked", "link:b|2"],
        ["own", undefined],
      ]);
    }
    await other.unlink("a:1", "b|2");
    await other.unlink("a:1", "none");
    equal([await memory.links("a:1"), await recalled(memory, { namespace: "a:1", query: "the rule" })], [[], ["own"]]);
    await fails(() => memory.link("a", "a"), "argument");
    await fails(() => memory.link("a", ""), "argument");
  });

  check("links that several make at once are all there", async (under) => {
    const [a, b] = await under.two();
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
    await Promise.all(names.map((name, i) => (i % 2 === 0 ? a : b).link("hub", name)));
    equal([await a.links("hub"), await b.links("hub")], [names, names]);
    await Promise.all(names.slice(1).map((name, i) => (i % 2 === 0 ? a : b).unlink("hub", name)));
    equal([await a.links("hub"), await b.links("hub")], [["n0"], ["n0"]]);
  });

  check("a namespace is forgotten with everything in it, and no other", async (under) => {
    const [memory, other] = await under.two();
    for (const namespace of ["gone", "gone/below", "kept"]) {
      for (const id of ["1", "2", "3"]) {
        await memory.remember({
          namespace,
          id: `${namespace}-${id}`,
          content: `item ${id} of ${namespace}`,
          tier: "semantic",
        });
      }
      await memory.supersede(namespace, `${namespace}-1`, `${namespace}-2`);
    }
    await memory.remember({ namespace: "gone", content: "go on", tags: ["handoff"] });
    await memory.link("gone", "kept");
    await memory.link("kept", "gone");
    await memory.link("kept", "gone/below");
    const then = under.now;
    under.now += DAY;
    equal(await memory.forget({ namespace: "gone" }), 4);
    for (const one of [memory, other]) {
      equal(
        [await one.namespaces(), await one.list({ namespace: "gone", knownAt: then })],
        [["gone/below", "kept"], []],
      );
      equal(await one.stats("gone").then(({ memories, past, lastWrite }) => [memories, past, lastWrite]), [
        0,
        0,
        undefined,
      ]);
      equal([await one.links("gone"), await one.links("kept")], [[], ["gone/below"]]);
      equal(await recalled(one, { namespace: "kept", query: "item" }).then((ids) => ids.length), 4);
      equal((await one.history("kept", "kept-1")).length, 2);
    }
    equal([await memory.forget({ namespace: "gone" }), await memory.forget({ namespace: "nobody" })], [0, 0]);
  });

  check("a person is forgotten everywhere, and so is what an import brought", async (under) => {
    const memory = await under.open();
    const about = (id: string, namespace: string, more: object) =>
      memory.remember({ namespace, id, content: `note ${id}`, tier: "semantic", ...more });
    await about("tagged", "a", { tags: ["subject:ann"] });
    await about("named", "b", { metadata: { subject: "ann" } });
    await about("written", "c", { metadata: { author: "ann" } });
    await about("once", "c", { metadata: { subject: "ann" } });
    await memory.update("c", "once", { metadata: { subject: "tom" } });
    await about("tom", "a", { tags: ["subject:tom", "import:1"] });
    await about("list", "a", { tags: ["import:1"], metadata: { subject: ["ann"] } });
    const then = under.now;
    under.now += DAY;
    equal(await memory.forget({ subject: "ann" }), 3);
    equal([await memory.namespaces(), (await memory.stats()).past], [["a", "c"], 0]);
    equal(await memory.list({ namespace: "c", knownAt: then, metadata: { subject: "ann" } }), []);
    equal((await memory.get("c", "once"))?.metadata, { subject: "tom" });
    equal(await memory.forget({ tag: "import:1", namespace: "c" }), 0);
    equal(await memory.forget({ tag: "import:1" }), 2);
    equal(await memory.namespaces(), ["c"]);
    for (const wrong of [{}, { subject: "" }, { tag: "" }, { namespace: "" }]) {
      await fails(() => memory.forget(wrong), "argument");
    }
  });

  check("statistics count what there is, of a namespace or of all", async (under) => {
    const [memory, other] = await under.two();
    const { now } = under;
    const say = (id: string, more: object) =>
      memory.remember({ namespace: "n", id, content: `thing ${id}`, tier: "semantic", ...more });
    await say("1", {});
    await say("2", { tier: "working" });
    await say("3", { tier: "episodic", ttl: 1000 });
    await say("4", { validTo: now + 1000 });
    await say("5", {});
    await memory.supersede("n", "5", "1");
    under.isAway = true;
    await say("6", { namespace: "m", tier: "procedural" });
    await memory.flush();
    under.now += 1000;
    await memory.update("n", "2", { importance: 1 });
    for (const one of [memory, other]) {
      equal(await one.stats("n"), {
        memories: 2,
        tiers: { working: 1, episodic: 0, semantic: 1, procedural: 0 },
        superseded: 1,
        expired: 1,
        ended: 1,
        pending: 0,
        uncut: 0,
        past: 1,
        lastWrite: now + 1000,
      });
      const all = await one.stats();
      equal([all.memories, all.pending, all.tiers.procedural, all.superseded], [3, 1, 1, 1]);
      equal([(await one.stats("m")).lastWrite, (await one.stats("none")).lastWrite], [now, undefined]);
      equal(await one.namespaces(), ["m", "n"]);
    }
    under.isAway = false;
    const { expired, duplicates, ok, pending } = await memory.fsck();
    equal([ok, expired, duplicates, pending], [true, 1, [], 1]);
  });
}
