import { memoryStore } from "../../src/index.ts";
import { contentFingerprint } from "../../src/memory/clean.ts";
import { AgentMemory, type MemoryOptions, type RecallOptions } from "../../src/memory/index.ts";
import { putOf } from "../../src/memory/record.ts";
import { fingerprintOf } from "../../src/memory/shelf.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { DAY, HOUR, idsOf, recalled } from "../conformance/memory-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { byId, known, noting, onMemories, rounded } from "./memory-fixtures.ts";

// What another memory of agents was found to do wrong, by the number it was noted under: that ours does not.

const FACT = "the primary data centre of the whole company is in the city of Oslo";

/** Facts that differ in a word each: near one another, and not the same. */
const facts = (count: number): string[] => Array.from({ length: count }, (_, i) => `${FACT} since year${i}`);

export const memoryDefectsTests: Suite = (test) => {
  const check = onMemories(test);

  check("defect 1: whatever says it again, a fact is surer once a day at most", async (under) => {
    const coalescing = { duplicates: { action: "coalesce" } } as const;
    const memories = await under.two(coalescing);
    const { id } = await memories[0].remember({ content: `${FACT} today`, tier: "semantic" });
    const ways = { restated: `${FACT} Today`, coalesced: FACT, corroborated: `${FACT} again` };
    const sayAll = async (): Promise<void> => {
      for (const memory of memories) {
        const outcomes = [
          (await memory.remember({ content: ways.restated, tier: "semantic" })).outcome,
          (await memory.remember({ content: ways.coalesced, tier: "semantic" })).outcome,
        ];
        equal(outcomes, ["reinforced", "coalesced"]);
        await memory.remember({ content: ways.corroborated, tier: "working" });
      }
    };
    for (const expected of [0.4, 0.46, 0.514]) {
      for (let hour = 0; hour < 24; hour += 8) {
        await sayAll();
        equal(rounded((await known(memories[0], id)).confidence), expected);
        under.now += 8 * HOUR;
      }
    }
    equal(idsOf(await memories[0].list({ tiers: ["semantic"] })), [id]);
  });

  check(
    "defect 2: of a query said in other ways, what is served counts once, and no more than the limit is",
    async (under) => {
      const variants = ["gardens and parks", "parks of the town", "the town itself"];
      const memory = await under.open({ models: { rewrite: () => Promise.resolve([...variants, "zebra crossings"]) } });
      for (const [i, content] of ["a garden", ...variants, "zebra crossings"].entries()) {
        await memory.remember({ id: `${i}`, content, tier: "semantic" });
      }
      for (const limit of [1, 3]) {
        const { results } = await memory.recall({ query: "a garden", limit });
        await memory.flush();
        equal(results.length, limit);
        const counts = (await memory.list()).map(({ accessCount }) => accessCount);
        equal(
          counts.reduce((sum, count) => sum + count, 0),
          limit === 1 ? 1 : 4,
          "what was found and not served is as it was",
        );
      }
      equal(
        await recalled(memory, { query: "a garden", limit: 10 }).then((ids) => ids.includes("4")),
        false,
        "three at most",
      );
      await fails(() => memory.recall({ query: "a garden", limit: 0 }), "argument");
    },
  );

  check("defect 3: what is weak in another namespace stays weak", async (under) => {
    const memory = await under.open();
    const query = "deploy the staging cluster tonight";
    await memory.remember({ namespace: "acme/app", id: "strong", content: query, tier: "semantic" });
    await memory.remember({
      namespace: "acme/app",
      id: "half",
      content: "deploy the cluster of Bob",
      tier: "semantic",
    });
    const weak = "the cluster of grapes in the old painting";
    for (const [namespace, id] of [
      ["acme", "above"],
      ["home", "home"],
      ["other", "linked"],
    ] as const) {
      await memory.remember({ namespace, id, content: weak, tier: "semantic" });
    }
    await memory.link("acme/app", "other");
    const options: RecallOptions = { namespace: "acme/app", home: "home", query, minScore: 0 };
    for (const alpha of [0, 0.5, 1]) {
      const { results } = await memory.recall({ ...options, alpha });
      const { strong, half, ...others } = byId(results);
      equal([results[0]?.memory.id, strong?.score], ["strong", 1], `alpha ${alpha}`);
      equal(Object.keys(others).length, 1, "they say the same");
      for (const { score } of Object.values(others))
        ok(score < half!.score && score < 0.5, `${score} at alpha ${alpha}`);
    }
    const alone = await memory.recall({ namespace: "acme", query: "a cluster bomb of jokes" });
    equal(alone.results.length, 0, "nor is the best of nothing near worth anything");
  });

  check("defect 3: by words alone, too: what is rare in another namespace is worth no more there", async (under) => {
    const memory = await under.open({ embedder: null });
    for (let i = 0; i < 100; i++) {
      await memory.remember({ namespace: "acme", content: `number ${i} is of the year ${i}`, tier: "semantic" });
    }
    const say = (namespace: string, id: string, content: string) =>
      memory.remember({ namespace, id, content, tier: "semantic" });
    await say("acme", "weak", "Bob once painted a cluster of grapes");
    for (const id of "abcde") await say("acme/app", id, `the staging cluster is deployed by script ${id}`);
    const found = await recalled(memory, { namespace: "acme/app", query: "how is the staging cluster deployed" });
    equal([found.length, found.indexOf("weak")], [6, 5]);
    // What it was has words of its own, which are rare among what memories were.
    await memory.update("acme/app", "a", { content: "the staging area" });
    under.now += DAY;
    await memory.update("acme/app", "b", { content: "the staging of the cluster" });
    const then = { namespace: "acme/app", query: "the staging cluster", knownAt: under.now - DAY };
    equal(await recalled(memory, then).then((ids) => ids.slice(0, 4).sort()), ["b", "c", "d", "e"]);
  });

  test("defect 4: of 10,000, the one in a thousand that a filter leaves is found, by either leg", async () => {
    const count = cases(10_000);
    const { memory, rare } = await crowded(count);
    const all = { query: "note", limit: 10, minSimilarity: -1, minScore: 0 };
    const filters: Partial<RecallOptions>[] = [{ tags: ["rare"] }, { metadata: { kind: "rare" } }, { kinds: ["rare"] }];
    for (const alpha of [0, 1]) {
      for (const filter of filters) {
        equal(
          (await recalled(memory, { ...all, ...filter, alpha })).sort(),
          rare,
          `${JSON.stringify(filter)} at ${alpha}`,
        );
      }
      equal((await recalled(memory, { ...all, alpha })).length, 10);
    }
    await memory.close();
  });

  check("defect 5: how words count depends on nobody else's texts", async (under) => {
    const memory = await under.open();
    const say = (namespace: string, id: string, content: string) =>
      memory.remember({ namespace, id, content, tier: "semantic" });
    await say("ours", "a", "a red bicycle with a basket");
    await say("ours", "b", "a blue bicycle, and a blue boat");
    const scores = async () => {
      const { results } = await memory.recall({ namespace: "ours", query: "blue bicycle", alpha: 0, reinforce: false });
      return results.map(({ memory, score }) => [memory.id, score]);
    };
    const before = await scores();
    for (let i = 0; i < 50; i++) await say("theirs", `t${i}`, `blue things, number ${i}`);
    equal(await scores(), before);
  });

  check("defect 6: words of any script are found", async (under) => {
    const memory = await under.open();
    const texts: Record<string, [content: string, query: string]> = {
      chinese: ["用户喜欢喝绿茶", "绿茶"],
      japanese: ["会議は木曜日の午後に行われます", "木曜日"],
      korean: ["서울에서 회의가 열린다", "회의"],
      thai: ["ประชุมวันพฤหัสบดี", "วันพฤหัสบดี"],
      cyrillic: ["Встреча перенесена на четверг", "ЧЕТВЕРГ"],
      greek: ["Η συνάντηση είναι την Πέμπτη", "πεμπτη"],
      accents: ["der Schlüssel liegt im Café", "schlussel cafe"],
      turkish: ["toplantı İstanbul şehrinde", "istanbul sehrinde"],
      arabic: ["الاجتماع يوم الخميس", "الخميس"],
    };
    for (const [id, [content]] of Object.entries(texts)) await memory.remember({ id, content, tier: "semantic" });
    for (const [id, [, query]] of Object.entries(texts)) {
      equal(await recalled(memory, { query, alpha: 0 }), [id], query);
    }
  });

  check("defect 7: what was replaced stays so when its successor is gone; only circles are broken", async (under) => {
    const memory = await under.open();
    const say = (id: string, more = {}) =>
      memory.remember({ id, content: `the address is ${id}`, tier: "semantic", ...more });
    for (const id of ["forgotten", "expired", "ended", "x", "y", "z"]) {
      await say(id, id === "expired" ? { ttl: DAY } : id === "ended" ? { validTo: under.now + DAY } : {});
      if (id.length > 1) {
        await say(`before ${id}`);
        await memory.supersede("default", `before ${id}`, id);
      }
    }
    await memory.forget("default", "forgotten");
    under.now += 2 * DAY;
    await memory.sweep();
    equal((await memory.dedup()).restored, []);
    equal(idsOf(await memory.list()).sort(), ["x", "y", "z"]);
    const dead = await memory.list({ includeSuperseded: true, includeExpired: true });
    equal(dead.length, 7, "they are kept, and hidden");
  });

  check(
    "defect 7: what was contradicted is collected like what was superseded, each once it has been so for long enough",
    async (under) => {
      const contradictions = (older: string) =>
        (older.startsWith("bike") ? "update" : "distinct") as "update" | "distinct";
      const memory = await under.open({ contradictions, supersededTtl: 10 * DAY, keepsPast: false });
      const start = under.now;
      const say = (id: string | undefined, content: string, more = {}) =>
        memory.remember({ id, content, tier: "semantic", ...more });
      await say("old", "bike shed: the key is under the big green pot");
      await say("history", "the king was Olav", { validFrom: start - 900 * DAY, validTo: start - 400 * DAY });
      under.now += 2 * DAY;
      await say(undefined, "bike shed: the key is under the big green mat", { validFrom: start - 30 * DAY });
      equal(idsOf(await memory.list()).includes("old"), false, "contradicted");
      under.now += 10 * DAY - 1;
      equal([(await memory.sweep()).collected, (await memory.get("default", "old"))?.id], [0, "old"]);
      under.now += 1;
      equal([(await memory.sweep()).collected, await memory.get("default", "old")], [1, undefined]);
      equal((await memory.get("default", "history"))?.id, "history", "what was said to have ended took nobody's place");
    },
  );

  check("defect 8: when something was superseded is told by the memory's clock", async (under) => {
    under.now = 1_000_000;
    const memory = await under.open();
    for (const id of ["old", "new"]) await memory.remember({ id, content: `it is ${id}`, tier: "semantic" });
    under.now = 2_000_000;
    equal((await memory.supersede("default", "old", "new")).validTo, 2_000_000);
    equal(await recalled(memory, { query: "it is", asOf: 1_999_999 }).then((ids) => ids.sort()), ["new", "old"]);
    equal(await recalled(memory, { query: "it is", asOf: 2_000_000 }), ["new"]);
  });

  check("defect 9: no score is above 1, whatever time is asked for", async (under) => {
    const memory = await under.open({ times: undefined });
    await memory.remember({ id: "then", content: "lunch with Ann", tier: "semantic", validFrom: under.now - DAY });
    await memory.remember({ id: "now", content: "lunch with Ann and Tom", tier: "semantic" });
    const { results } = await memory.recall({ query: "lunch with Ann yesterday", minScore: 0 });
    equal(results[0]?.memory.id, "then");
    for (const { score } of results) ok(score > 0 && score <= 1, `${score}`);
  });

  check("defect 10: what has a vector is not embedded again", async (under) => {
    const memory = await under.open({ leastSignal: 0 });
    for (const [i, content] of facts(3).entries()) await memory.remember({ id: `${i}`, content, tier: "episodic" });
    const short = "Ann plays the cello";
    const { id } = await memory.remember({ content: short, tier: "episodic" });
    under.now += 2 * DAY;
    const asked = under.embedded.length;
    equal((await memory.dedup({ similarity: 0.5 })).clusters.length, 1);
    await memory.supersede("default", id, "0");
    await memory.restore("default", id);
    await memory.retier("default", id, "semantic");
    await memory.reassign("default", [id], "other");
    await memory.update("other", id, { tags: ["music"], content: short.toUpperCase() });
    await memory.sweep();
    await memory.remember({ namespace: "other", id, content: short, tags: ["music"] });
    equal(under.embedded.length, asked);
    await memory.update("other", id, { content: "Ann plays the viola" });
    equal(under.embedded.slice(asked), ["Ann plays the viola"]);
  });

  for (const [what, more] of Object.entries({
    "what takes another's place": { duplicates: "supersede" },
    "what says more than another": { duplicates: "coalesce" },
    "what contradicts others": {},
    "what bears another out": { tier: "working" },
    "what another session left": { tags: ["handoff"] },
  } as const)) {
    check(
      `defect 11: ${what} is written in one commit with what that means for those: all or nothing`,
      async (under) => {
        const store = memoryStore();
        const calls: string[] = [];
        const memory = await under.open({ store: noting(store, calls), contradictions: () => "update" });
        const old = {
          content: `${FACT} then`,
          tier: "semantic" as const,
          ...("tags" in more && { tags: ["handoff"] }),
        };
        await memory.remember({ id: "old", ...old });
        under.now += DAY;
        calls.length = 0;
        const { id } = await memory.remember({ content: `${FACT} since Monday`, tier: "semantic", ...more });
        equal(calls.filter((name) => name === "commit").length, 1);
        const { revision, ...after } = {
          revision: store.get("memories", "old")!.revision,
          ...(await known(memory, "old")),
        };
        equal(revision, store.get("memories", id)!.revision);
        ok(after.supersededBy === id || after.contradicted?.by === id || after.confidence === 0.46, "it was changed");
      },
    );
  }

  check("defect 12: a fact of 0.40 is doubtful after 14 days, one of 0.25 after 7", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "fresh", content: "the door code is on the note", tier: "semantic" });
    await memory.remember({ id: "weak", content: "the parking place is free", tier: "procedural", confidence: 0.25 });
    const demotedAt = async (ms: number) => {
      under.now = start + ms;
      await memory.sweep();
      return idsOf(await memory.list({ tiers: ["episodic"] })).sort();
    };
    equal(await demotedAt(7 * DAY), []);
    equal(await demotedAt(7 * DAY + 1), ["weak"]);
    equal((await known(memory, "weak")).expiresAt, start + 37 * DAY + 1);
    equal(await demotedAt(8 * DAY), ["weak"]);
    equal(await demotedAt(14 * DAY), ["weak"]);
    equal(await demotedAt(14 * DAY + 1), ["fresh", "weak"]);
  });

  check("defect 13: an update leaves alone what it does not name", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "other", content: "something else", tier: "semantic" });
    const first = {
      id: "m",
      content: FACT,
      tier: "semantic",
      ttl: 90 * DAY,
      links: ["other"],
      level: "explicit",
    } as const;
    await memory.remember({ ...first, tags: ["t"], metadata: { a: "1" }, summary: "Oslo" });
    for (let day = 0; day < 8; day++) {
      under.now += DAY;
      await memory.remember({ content: FACT, tier: "semantic" });
    }
    await memory.recall({ query: FACT, limit: 1 });
    await memory.flush();
    await memory.supersede("default", "m", "other");
    const before = await known(memory, "m");
    ok(before.confidence! > 0.7 && before.accessCount === 9, "it has been earned");
    under.now += HOUR;
    for (const patch of [{ summary: "the data centre" }, { content: `${FACT}, still` }, { importance: 0.9 }, {}]) {
      const expected = { ...(await known(memory, "m")), ...patch, updatedAt: under.now };
      equal(await memory.update("default", "m", patch), expected);
      equal((await memory.remember({ ...patch, id: "m", content: expected.content })).outcome, "updated");
      equal(await known(memory, "m"), expected);
    }
    const { confidence, accessCount, accessedAt, expiresAt, ttl, supersededBy, links } = await known(memory, "m");
    equal<unknown>(
      { confidence, accessCount, accessedAt, expiresAt, ttl, supersededBy, links },
      Object.fromEntries(
        (["confidence", "accessCount", "accessedAt", "expiresAt", "ttl", "supersededBy", "links"] as const).map(
          (name) => [name, before[name]],
        ),
      ),
    );
  });

  check("defect 14: metadata is merged name by name, at the top; null takes one out", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "x", tier: "semantic", metadata: { a: { x: 1, y: 2 }, b: [1], c: "c" } });
    const { metadata } = await memory.update("default", "m", { metadata: { a: { z: 3 }, c: null, d: null, e: false } });
    equal<unknown>(metadata, { a: { z: 3 }, b: [1], e: false });
    equal((await memory.remember({ id: "m", content: "x", metadata: { b: null } })).metadata, {
      a: { z: 3 },
      e: false,
    });
    equal((await memory.update("default", "m", { metadata: {} })).metadata, { a: { z: 3 }, e: false });
  });

  check("a namespace that cannot be meant is an error, never another one", async (under) => {
    const memory = await under.open();
    for (const namespace of ["", "\0", null as never, 7 as never, "n".repeat(257)]) {
      await fails(() => memory.remember({ namespace, content: "x", tier: "working" }), "argument");
      await fails(() => memory.recall({ namespace, query: "x" }), "argument");
      await fails(() => memory.list({ namespace }), "argument");
      await fails(() => memory.forget({ namespace }), "argument");
    }
    equal(await memory.namespaces(), []);
  });

  check("a long text is kept, embedded and searched to its end, or refused", async (under) => {
    const memory = await under.open({ limits: { contentBytes: 50_000 } });
    const content = `${"all work and no play. ".repeat(2000)}The treasure is at the lighthouse.`;
    const { id } = await memory.remember({ content, tier: "semantic" });
    equal([(await known(memory, id)).content, under.embedded.at(-1)], [content, content]);
    equal(await recalled(memory, { query: "treasure lighthouse", alpha: 0 }), [id]);
    const error = await fails(() => memory.remember({ content: content.repeat(2), tier: "semantic" }), "argument");
    ok(error.message.includes("50000"), error.message);
    equal((await memory.list()).length, 1);
  });

  check("what is too short for an episode is counted in characters, not bytes", async (under) => {
    const memory = await under.open({ leastSignal: 10 });
    const outcome = async (content: string) => (await memory.remember({ content, tier: "episodic" })).outcome;
    equal(await outcome("会議は木曜日です"), "noise");
    equal(await outcome("会議は木曜日の午後です"), "stored");
    equal(await outcome("👩👩👩👩👩👩"), "noise");
    equal(await outcome("0123456789"), "stored");
    equal(await outcome(`User:${" ".repeat(20)}012345678`), "noise");
  });

  check("that recall has to do without its model is told, and so is that of the store", async (under) => {
    const memory = await under.open({ strict: false });
    await memory.remember({ id: "m", content: "the tap drips", tier: "semantic" });
    under.isAway = true;
    const { results, degraded } = await memory.recall({ query: "tap" });
    equal([idsOf(results.map(({ memory }) => memory)), degraded], [["m"], "keyword_only"]);
    const last = under.events.filter(({ type }) => type === "recall").at(-1);
    ok(last?.type === "recall" && last.degraded === "keyword_only" && last.results === 1, "by an event too");
    ok(
      under.events.some((event) => event.type === "error" && event.operation === "recall: embed"),
      "and why",
    );
    equal(
      (await memory.recall({ query: "tap", alpha: 0 })).degraded,
      undefined,
      "who wants words alone misses nothing",
    );
  });

  check("a briefing has the memories themselves", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "f", content: "a fact", tier: "semantic" });
    await memory.remember({ id: "p", content: "a way", tier: "procedural" });
    await memory.remember({ id: "e", content: "an event", tier: "episodic" });
    await memory.remember({ id: "pin", content: "a pin", tier: "semantic", tags: ["pinned"] });
    await memory.remember({ id: "h", content: "first line\nsecond", summary: "go on", tags: ["handoff"] });
    const { facts, procedures, recent, pinned, handoffs } = await memory.briefing();
    for (const [section, id] of [
      [facts, "f"],
      [procedures, "p"],
      [recent, "e"],
      [pinned, "pin"],
    ] as const) {
      equal(section, [await known(memory, id)]);
    }
    equal(handoffs, [{ id: "h", slot: "main", summary: "go on", createdAt: under.now, lines: 2 }]);
  });

  check("what is recalled in one conversation only does not become durable, and nothing does twice", async (under) => {
    const memory = await under.open();
    const content = "the deploy of Tuesday failed because the disk was full";
    await memory.remember({ id: "e", content, tier: "episodic" });
    const use = async (times: number) => {
      for (let i = 0; i < times; i++) await memory.recall({ query: content });
      await memory.flush();
    };
    await use(30);
    under.now += DAY - 1;
    await use(1);
    equal(await memory.promote(), { lifted: 0, distilled: 0, facts: 0 });
    under.now += 1;
    await use(1);
    equal(await memory.promote(), { lifted: 0, distilled: 1, facts: 1 });
    for (let day = 0; day < 5; day++) {
      under.now += DAY;
      await use(3);
      equal((await memory.promote()).facts, 0);
    }
    equal((await memory.list({ tiers: ["semantic", "procedural"] })).length, 1);
  });

  check("an id of another namespace is refused without a word of what is there", async (under) => {
    const memory = await under.open();
    await memory.remember({ namespace: "theirs", id: "m", content: "secret", tier: "semantic" });
    const errors = [
      await rejection(() => memory.remember({ id: "m", content: "x", tier: "semantic" })),
      await rejection(() => memory.update("default", "m", { summary: "x" })),
      await rejection(() => memory.supersede("default", "m", "n")),
      await rejection(() => memory.history("default", "m")),
    ];
    for (const error of errors) ok(!/theirs|secret/.test(`${error}`), `${error}`);
    await memory.update("theirs", "m", { content: "secret still" });
    equal([await memory.get("default", "m"), await memory.forget("default", "m")], [undefined, false]);
    equal((await memory.versions("theirs", "m")).length, 2);
  });
};

/** A memory of many notes, of which every thousandth is another kind of. They lie in its store before it is opened. */
async function crowded(count: number): Promise<{ memory: AgentMemory; rare: string[] }> {
  const embedder = testEmbedder({ dimensions: 8 });
  const store = memoryStore();
  store.open({ fingerprint: fingerprintOf(embedder.fingerprint), dimensions: embedder.dimensions });
  const rare: string[] = [];
  const puts = Array.from({ length: count }, (_, i) => {
    const content = `note ${i}`;
    const isRare = i % 1000 === 500;
    if (isRare) rare.push(`${i}`);
    const [raw] = embedder.embed([content]);
    const vector = raw!.map((x) => x / Math.hypot(...raw!));
    const memory = {
      ...{ id: `${i}`, namespace: "default", tier: "semantic" as const, content, importance: 0.6, accessCount: 0 },
      ...{ metadata: isRare ? { kind: "rare", memory_type: "rare" } : {}, tags: isRare ? ["rare"] : [], links: [] },
      ...{ createdAt: i, updatedAt: i, accessedAt: i, expiresAt: null },
    };
    return putOf({ memory, vector, fingerprint: contentFingerprint(content), knownFrom: i });
  });
  store.commit(puts);
  const options: MemoryOptions = { embedder, store, strict: true, clock: () => count, times: false };
  return { memory: await AgentMemory.open(options), rare: rare.sort() };
}
