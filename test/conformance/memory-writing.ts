import { ConflictError, type RememberOptions } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "./assert.ts";
import { DAY, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

export function testMemoryWriting(check: MemoryCheck): void {
  check("what is remembered comes back whole, and goes once when it is forgotten", async (under) => {
    const memory = await under.open();
    const { now } = under;
    const given = {
      namespace: "acme/support",
      id: "m1",
      content: "Ann prefers tea to coffee",
      tier: "semantic",
      level: "explicit",
      summary: "tea",
      tags: ["drinks", "ann"],
      metadata: { memory_type: "preference", deep: { list: [1, null, "x"] } },
      importance: 0.8,
      confidence: 0.5,
      validFrom: now - DAY,
      validTo: now + 100 * DAY,
      ttl: 10 * DAY,
      links: ["m2"],
    } as const satisfies RememberOptions;
    const times = { createdAt: now, updatedAt: now, accessedAt: now, accessCount: 0, expiresAt: now + 10 * DAY };
    const { outcome, ...remembered } = await memory.remember(given);
    equal(outcome, "stored");
    equal<unknown>(remembered, { ...given, ...times });
    equal(await memory.get("acme/support", "m1"), remembered);
    equal((await memory.vector("acme/support", "m1"))?.length, 64);
    equal(await memory.get("acme", "m1"), undefined, "in another namespace");
    equal([await memory.forget("acme", "m1"), await memory.forget("acme/support", "m1")], [false, true]);
    await isGone(memory, "acme/support", "m1");
    equal(await memory.forget("acme/support", "m1"), false, "a second time");
    equal([await memory.namespaces(), await recalled(memory, { namespace: "acme/support", query: "tea" })], [[], []]);
  });

  check("what little is said of a memory is enough", async (under) => {
    const memory = await under.open();
    const { now } = under;
    const { id } = await memory.remember({ content: "the door is open", tier: "working" });
    ok(id.length >= 16, "it is given an id");
    equal(await memory.get("default", id), {
      id,
      namespace: "default",
      tier: "working",
      content: "the door is open",
      metadata: {},
      tags: [],
      importance: 0.1,
      createdAt: now,
      updatedAt: now,
      accessedAt: now,
      accessCount: 0,
      expiresAt: now + 3 * DAY,
      validFrom: now,
      links: [],
    });
    equal((await memory.get("default", id.slice(0, 8)))?.id, id, "by the beginning of its id");
  });

  check("an id said again is the same memory, changed", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "m", content: "the office is in Lisbon", tier: "semantic" });
    under.now += DAY;
    const again = await memory.remember({ id: "m", content: "the office is in Madrid", tags: ["office"] });
    const { outcome, createdAt, updatedAt, tier, confidence } = again;
    equal([outcome, createdAt, updatedAt, tier, confidence], ["updated", start, start + DAY, "semantic", 0.4]);
    equal(idsOf(await memory.list()), ["m"]);
    equal([await recalled(memory, { query: "Madrid" }), await recalled(memory, { query: "Lisbon" })], [["m"], []]);
    equal(await memory.get("default", "m").then((found) => found?.content), "the office is in Madrid");
  });

  check("an update changes what it names, and nothing else", async (under) => {
    const memory = await under.open();
    const start = under.now;
    const metadata = { keep: "k", drop: "d", change: { a: 1 } };
    const links = ["other"];
    const given = { id: "m", content: "feed the cat at noon", summary: "cat", links, metadata } as const;
    await memory.remember({ ...given, tier: "episodic", ttl: 5 * DAY, tags: ["home"] });
    await memory.remember({ id: "n", content: "the cat was fed by Tom", tier: "episodic" });
    under.now += DAY;
    await memory.recall({ query: given.content, limit: 1 });
    await memory.flush();
    await memory.supersede("default", "m", "n");
    const before = (await memory.get("default", "m"))!;
    equal([before.accessCount, before.expiresAt], [1, start + 6 * DAY]);
    under.now += DAY;
    const patch = { metadata: { drop: null, change: "c", more: [1] }, importance: 0 };
    const { summary, ...after } = { ...before, importance: 0, updatedAt: under.now };
    const merged = { keep: "k", change: "c", more: [1] };
    equal(await memory.update("default", "m", patch), { ...after, summary: "cat", metadata: merged });
    equal(patch, { metadata: { drop: null, change: "c", more: [1] }, importance: 0 }, "the caller's own");
    equal<unknown>(await memory.update("default", "m", { summary: "" }), { ...after, metadata: merged });
    equal(
      await memory.update("default", "m", { ttl: null, tags: [] }).then(({ expiresAt, tags }) => [expiresAt, tags]),
      [null, []],
    );
    await fails(() => memory.update("default", "none", { importance: 1 }), "not-found");
    await fails(() => memory.update("other", "m", { importance: 1 }), "not-found");
    await fails(() => memory.update("default", "m", { tier: "eternal" as never }), "argument");
    equal(await memory.get("default", "none"), undefined);
  });

  check("the id of a memory in another namespace is refused, and that memory is left as it is", async (under) => {
    const memory = await under.open();
    await memory.remember({ namespace: "theirs", id: "m", content: "their secret plan", tier: "semantic" });
    const before = await memory.get("theirs", "m");
    const error = await rejection(() =>
      memory.remember({ namespace: "ours", id: "m", content: "ours", tier: "working" }),
    );
    ok(error instanceof ConflictError && error.code === "conflict", `${error}`);
    ok(!error.message.includes("theirs"), "it does not tell whose");
    equal([await memory.get("theirs", "m"), await memory.get("ours", "m")], [before, undefined]);
    equal(
      [await memory.namespaces(), await recalled(memory, { namespace: "theirs", query: "ours" })],
      [["theirs"], []],
    );
    equal((await memory.versions("theirs", "m")).length, 1);
  });

  check("of two that take one id at once in two namespaces, one has it", async (under) => {
    const [a, b] = await under.two();
    for (const id of ["1", "2", "3"]) {
      const taking = [a, b].map((memory, i) =>
        memory.remember({ namespace: `${i}`, id, content: `written by ${i}`, tier: "semantic" }),
      );
      const [first, second] = await Promise.allSettled(taking);
      equal([first!.status, second!.status].sort(), ["fulfilled", "rejected"]);
      const [winner, loser] = first!.status === "fulfilled" ? ["0", "1"] : ["1", "0"];
      const { reason } = (winner === "0" ? second : first) as PromiseRejectedResult;
      ok(reason instanceof ConflictError, `${reason}`);
      for (const memory of [a, b]) {
        equal((await memory.get(winner, id))?.content, `written by ${winner}`);
        await isGone(memory, loser, id);
        equal(await memory.ids(loser, id), []);
      }
    }
  });

  check("two that take one id at once in one namespace have one memory", async (under) => {
    const [a, b] = await under.two();
    const writers = [a, b, a, b];
    const taken = await Promise.all(
      writers.map((memory, i) => memory.remember({ id: "m", content: `written by ${i}`, tier: "semantic" })),
    );
    equal(taken.map(({ outcome }) => outcome).sort(), ["stored", "updated", "updated", "updated"]);
    const [only, ...others] = await a.list();
    equal([only?.id, others, await b.list()], ["m", [], [only!]]);
    equal((await b.versions("default", "m")).length, 4);
    equal(await recalled(b, { query: only!.content, limit: 1 }), ["m"]);
  });

  check("what is said again is not stored again", async (under) => {
    const memory = await under.open();
    const content = "Berlin is sunny  in May";
    const first = await memory.remember({ content, tier: "episodic" });
    under.now += 1000;
    const asked = under.embedded.length;
    const again = await memory.remember({ content: " berlin is\tSUNNY in may\n", tier: "episodic" });
    equal([again.outcome, again.id, again.content], ["reinforced", first.id, content]);
    equal([again.accessCount, again.accessedAt, again.expiresAt], [1, under.now, under.now + 30 * DAY]);
    equal(under.embedded.length, asked, "nothing was embedded");
    equal(idsOf(await memory.list()), [first.id]);
    const elsewhere = await memory.remember({ namespace: "other", content, tier: "episodic" });
    const lasting = await memory.remember({ content, tier: "semantic" });
    equal([elsewhere.outcome, lasting.outcome], ["stored", "stored"]);
    equal((await memory.list()).length, 2, "of another tier, and of another namespace, it is something else");
  });

  check("what is said again of what is over is new", async (under) => {
    const memory = await under.open({ duplicates: { action: "off" } });
    const say = (content: string, more: Partial<RememberOptions> = {}) =>
      memory.remember({ content, tier: "semantic", ...more });
    const [expired, superseded, ended] = [
      await say("it rains", { ttl: 1000 }),
      await say("it snows"),
      await say("it hails", { validTo: under.now + 1000 }),
    ];
    await memory.supersede("default", superseded.id, ended.id);
    under.now += 1000;
    const all = [expired, superseded, ended];
    const anew: string[] = [];
    for (const { content, id } of all) {
      const { outcome, id: other } = await say(content);
      equal([outcome, other === id], ["stored", false], content);
      anew.push(other);
    }
    equal(idsOf(await memory.list()).sort(), anew.sort());
  });

  check("the same said many times at once is stored once", async (under) => {
    const memory = await under.open();
    const said = await Promise.all(
      Array.from({ length: 6 }, () => memory.remember({ content: "the train is late", tier: "episodic" })),
    );
    equal(said.filter(({ outcome }) => outcome === "stored").length, 1);
    equal(new Set(idsOf(said)).size, 1);
    equal(
      (await memory.list()).map(({ accessCount }) => accessCount),
      [5],
    );
  });

  check("what is given and what is returned is the caller's own", async (under) => {
    const memory = await under.open();
    const given = { id: "m", content: "a", tier: "semantic" as const, tags: ["t"], metadata: { list: [1] } };
    const remembering = memory.remember(given);
    given.tags.push("later");
    given.metadata.list.push(2);
    const remembered = await remembering;
    const spoil = ({ tags, metadata, links }: typeof remembered): void => {
      tags.push("spoilt");
      links.push("spoilt");
      (metadata as { list: number[] }).list.push(9);
    };
    spoil(remembered);
    for (let time = 0; time < 2; time++) {
      const found = (await memory.get("default", "m"))!;
      equal([found.tags, found.metadata, found.links], [["t"], { list: [1] }, []]);
      equal([await memory.list(), await memory.list({ tags: ["spoilt"] })], [[found], []]);
      spoil(found as typeof remembered);
      for (const one of await memory.list()) spoil(one as typeof remembered);
    }
  });
}
