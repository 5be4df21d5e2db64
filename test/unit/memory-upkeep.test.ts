import { memoryStore } from "../../src/index.ts";
import type { AgentMemory, RememberOptions } from "../../src/memory/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { DAY, HOUR, idsOf, recalled } from "../conformance/memory-under-test.ts";
import type { Suite } from "../harness.ts";
import { turn } from "./cache-fixtures.ts";
import { type Disturbance, disturbed, known, onMemories, rounded } from "./memory-fixtures.ts";

const FACT = "the primary data centre of the whole company is in the city of Oslo";

async function use(memory: AgentMemory, content: string, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await memory.recall({ query: content, limit: 1, reserve: 0 });
  await memory.flush();
}

export const memoryUpkeepTests: Suite = (test) => {
  const check = onMemories(test);

  check(
    "what is contradicted is less sure than what contradicts it, the more so the more often it was recalled",
    async (under) => {
      const memory = await under.open({ contradictions: () => "update", duplicates: { action: "off" } });
      const confidences: number[] = [];
      for (const [i, uses] of [0, 4].entries()) {
        const content = `${FACT}, part ${i}`;
        const namespace = `${i}`;
        await memory.remember({ namespace, id: `${i}`, content, tier: "semantic", confidence: 0.7 });
        for (let used = 0; used < uses; used++) await memory.recall({ namespace, query: content });
        await memory.flush();
      }
      under.now += DAY;
      for (const i of [0, 1]) {
        const { id } = await memory.remember({
          namespace: `${i}`,
          content: `${FACT}, part ${i} no more`,
          tier: "semantic",
        });
        const { confidence, validTo, contradicted, accessCount } = await known(memory, `${i}`, `${i}`);
        equal([validTo, contradicted, accessCount], [under.now, { by: id, confidence: 0.7 }, 4 * i]);
        confidences.push(Math.round(1e6 * confidence!) / 1e6);
      }
      equal(confidences, [0.36, 0.137961]);
    },
  );

  check(
    "only three are contradicted by one, none that nobody tracks, none of a day, none in passing",
    async (under) => {
      const memory = await under.open({ contradictions: () => "update", duplicates: { action: "off" } });
      const say = (id: string | undefined, more: Partial<RememberOptions> = {}) =>
        memory.remember({ id, content: `${FACT}${id ?? ""}`, tier: "semantic", ...more });
      for (const id of ["a", "b", "c", "d", "e"]) await say(id);
      await memory.remember({ id: "episode", content: FACT, tier: "episodic" });
      await memory.remember({ id: "handoff", content: FACT, tags: ["handoff"] });
      under.now += DAY;
      const closed = async () =>
        idsOf((await memory.list({ includeSuperseded: true })).filter(({ contradicted }) => contradicted !== undefined))
          .length;
      await say("with an id", {});
      equal(await closed(), 0, "what is kept under an id of one's own is no news");
      await memory.forget("default", "with an id");
      await say(undefined, { tier: "working" });
      equal(await closed(), 0);
      await say(undefined, { tags: ["handoff"] });
      equal(await closed(), 0);
      await say(undefined, { content: `${FACT}.` });
      equal(await closed(), 3);
      await say(undefined, { content: `${FACT}!` });
      equal(await closed(), 5);
      for (const id of ["episode", "handoff"]) equal((await known(memory, id)).contradicted, undefined);
    },
  );

  check(
    "a fact is closed when it is superseded or contradicted, although it was to end later; restored, it ends then",
    async (under) => {
      const memory = await under.open({ contradictions: () => "update", duplicates: { action: "off" } });
      const start = under.now;
      const validTo = start + 100 * DAY;
      for (const id of ["replaced", "contradicted"]) {
        await memory.remember({ id, content: `${FACT}, ${id}`, tier: "semantic", validTo });
      }
      under.now += DAY;
      const before = await memory.list({ sort: "importance" });
      const { id } = await memory.remember({
        content: `${FACT}, contradicted by it`,
        tier: "semantic",
        validTo: under.now + 1,
      });
      for (const one of idsOf(before)) await memory.restore("default", one);
      await memory.remember({ content: `${FACT}, contradicted no more`, tier: "semantic" });
      await memory.supersede("default", "replaced", id);
      for (const one of ["replaced", "contradicted"]) equal((await known(memory, one)).validTo, under.now, one);
      const ids = idsOf(await memory.list({ asOf: under.now }));
      ok(!ids.includes("replaced") && !ids.includes("contradicted"), `as of then: ${ids}`);
      equal(idsOf(await memory.list({ asOf: under.now - 1 })).sort(), ["contradicted", "replaced"]);
      under.now += DAY;
      for (const one of ["replaced", "contradicted"]) {
        await memory.restore("default", one);
        equal((await known(memory, one)).validTo, validTo, `${one} ends when it was to`);
        await memory.restore("default", one);
        equal((await known(memory, one)).validTo, validTo, "there is nothing to take back");
      }
      await memory.supersede("default", "replaced", id);
      await memory.update("default", "replaced", { validTo: validTo + DAY });
      equal((await memory.restore("default", "replaced")).validTo, validTo + DAY, "the end that it was given since");
      under.now = validTo + DAY;
      equal((await memory.restore("default", "replaced")).validTo, undefined, "that it has ended is taken back");
    },
  );

  check("a memory is true for some time, or an error", async (under) => {
    const memory = await under.open();
    const { now } = under;
    const past = await memory.remember({ id: "m", content: "it was so", tier: "semantic", validTo: now - DAY });
    equal([past.validFrom, past.validTo], [undefined, now - DAY]);
    equal(
      [idsOf(await memory.list({ asOf: now - DAY - 1 })), idsOf(await memory.list({ asOf: now - DAY }))],
      [["m"], []],
    );
    await memory.update("default", "m", { validFrom: now - 2 * DAY });
    for (const patch of [{ validTo: now - 2 * DAY }, { validFrom: now - DAY }, { validFrom: now, validTo: now }]) {
      await fails(() => memory.update("default", "m", patch), "argument");
      await fails(() => memory.remember({ id: "m", content: "it was so", ...patch }), "argument");
    }
    const { validFrom, validTo } = await known(memory, "m");
    equal([validFrom, validTo], [now - 2 * DAY, now - DAY]);
  });

  check("promotion: at three recalls over a day, of what is live; each step once", async (under) => {
    const memory = await under.open();
    const start = under.now;
    const say = (id: string, more: Partial<RememberOptions> = {}) =>
      memory.remember({ id, content: `the ${id} thing`, tier: "episodic", ...more });
    await say("often");
    await say("seldom");
    await say("hourly");
    await use(memory, "the hourly thing", 9);
    await say("working", { tier: "working" });
    await say("custom", { tier: "working", ttl: 9 * DAY });
    await say("dead");
    await say("left", { tags: ["handoff"] });
    await say("long", { content: `long ${"and longer ".repeat(30)}` });
    under.now += DAY;
    for (const id of ["often", "working", "custom", "dead"]) await use(memory, `the ${id} thing`, 3);
    await use(memory, "long and longer", 3);
    await use(memory, "the seldom thing", 2);
    for (let i = 0; i < 3; i++) await memory.recall({ query: "the left thing", includeHandoffs: true, limit: 1 });
    await memory.supersede("default", "dead", "seldom");
    const done = await memory.promote();
    equal(done, { lifted: 2, distilled: 2, facts: 1 });
    const { tier, expiresAt } = await known(memory, "working");
    equal([tier, expiresAt], ["episodic", under.now + 30 * DAY]);
    equal((await known(memory, "custom")).expiresAt, under.now + 9 * DAY);
    const facts = await memory.list({ tiers: ["semantic"] });
    equal(
      facts.map(({ content, metadata }) => [content, metadata]),
      [["the often thing", { promoted_from: ["often"] }]],
    );
    equal((await known(memory, "often")).tier, "episodic", "it stays what it is");
    equal(await memory.promote(), { lifted: 0, distilled: 2, facts: 2 }, "what was lifted is an episode now");
    equal(await memory.promote(), { lifted: 0, distilled: 0, facts: 0 });
    equal((await memory.promote({ accesses: 2 })).distilled, 1);
    ok(start < under.now, "");
  });

  check("what others recalled counts in what is lifted, demoted and made room for", async (under) => {
    const store = memoryStore();
    const [ours, theirs] = [await under.open({ store, capacity: 2 }), await under.open({ store })];
    const disturbance: Disturbance = {};
    const third = await under.open({ store: disturbed(store, "get", disturbance) });
    for (const id of ["first", "second", "third"]) {
      await theirs.remember({ id, content: `the ${id} thing`, tier: "episodic" });
      under.now += 1000;
    }
    await theirs.remember({ id: "fact", content: "the whole truth", tier: "semantic" });
    for (const memory of [ours, third]) await memory.list();
    under.now += DAY;
    await use(theirs, "the first thing", 3);
    await use(theirs, "the whole truth");
    equal(await third.promote(), { lifted: 0, distilled: 1, facts: 1 });
    equal((await ours.sweep()).overflowed, 1);
    equal(idsOf(await ours.list({ tiers: ["episodic"] })).sort(), ["first", "third"]);
    await theirs.remember({ id: "late", content: "nothing but it", tier: "semantic" });
    under.now += 30 * DAY;
    // When it is decided, and about to be done.
    disturbance.now = () => use(theirs, "nothing but it");
    equal((await third.sweep()).demoted, 1, "what was promoted, and not recalled since");
    for (const id of ["fact", "late"]) equal((await known(ours, id)).tier, "semantic", id);
  });

  check("where there are too many, those most worth keeping stay, and what lasts is not counted", async (under) => {
    const memory = await under.open({ capacity: 3 });
    const say = (id: string, more: Partial<RememberOptions> = {}) =>
      memory.remember({ id, content: `the ${id} thing`, tier: "episodic", ...more });
    await say("old and used");
    await say("old and important", { importance: 1 });
    await say("old");
    await say("fact", { tier: "semantic" });
    await use(memory, "the old and used thing", 5);
    under.now += 3 * DAY;
    await say("working", { tier: "working" });
    await say("new");
    await memory.update("default", "new", { content: "the new thing, changed" });
    equal((await memory.sweep()).overflowed, 2);
    equal(idsOf(await memory.list()).sort(), ["fact", "new", "old and important", "old and used"]);
    equal((await memory.sweep()).overflowed, 0);
    equal((await memory.versions("default", "new")).length, 2, "with all it was");
  });

  check("a time to live of one's own goes with every recall", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "the note", tier: "working", ttl: HOUR });
    for (let i = 0; i < 5; i++) {
      under.now += HOUR - 1;
      await use(memory, "the note");
      equal((await known(memory, "m")).expiresAt, under.now + HOUR);
    }
    await memory.update("default", "m", { tags: ["t"], tier: "episodic" });
    equal((await known(memory, "m")).expiresAt, under.now + HOUR, "in another tier too");
    equal((await memory.retier("default", "m", "working")).expiresAt, under.now + HOUR);
    equal((await memory.update("default", "m", { ttl: null })).expiresAt, null);
    await use(memory, "the note");
    equal((await known(memory, "m")).expiresAt, null);
    equal((await memory.update("default", "m", { ttl: "2h" })).expiresAt, under.now + 2 * HOUR);
    await memory.remember({ id: "fact", content: "a fact for a day", tier: "working" });
    const expiresAt = under.now + DAY;
    await memory.retier("default", "fact", "semantic", expiresAt);
    under.now += HOUR;
    await use(memory, "a fact for a day");
    const fact = await known(memory, "fact");
    equal([fact.accessCount, fact.expiresAt], [1, expiresAt], "a moment that was set stays");
  });

  check(
    "a briefing shows what would never be seen: its last place rotates when all were served lately",
    async (under) => {
      const memory = await under.open();
      for (let i = 0; i < 7; i++) {
        const importance = i < 5 ? 1 : 0.1 + i / 100;
        await memory.remember({ id: `${i}`, content: `fact number${i}`, tier: "semantic", importance });
      }
      const facts = async () =>
        idsOf((await memory.briefing()).facts)
          .sort()
          .join("");
      equal(await facts(), "01234");
      for (let i = 0; i < 5; i++) await use(memory, `fact number${i}`);
      equal(await facts(), "01234", "served within the hour, it is this session that did");
      under.now += HOUR + 1;
      const shown = await facts();
      equal([shown.length, shown.includes("5") !== shown.includes("6")], [5, true]);
      await use(memory, `fact number5`);
      under.now += HOUR + 1;
      ok((await facts()).includes("6"), "the one not seen for longest");
      under.now += 8 * DAY;
      equal(await facts(), "01234");
      const before = await memory.list();
      await memory.briefing();
      await memory.flush();
      equal(await memory.list(), before, "it is no recall");
    },
  );

  check("a briefing keeps to its tokens, in the order of its sections", async (under) => {
    const memory = await under.open();
    for (const [id, more] of Object.entries({
      pin: { tags: ["pinned"] },
      fact: {},
      way: { tier: "procedural" },
      event: { tier: "episodic" },
      left: { tags: ["handoff"] },
    } as const)) {
      await memory.remember({ id, content: `it is ${id}`, tier: "semantic", ...more });
    }
    const told = async (maxTokens?: number) => {
      const { pinned, facts, procedures, recent, handoffs, omitted } = await memory.briefing({ maxTokens });
      return [idsOf([...pinned, ...facts, ...procedures, ...recent]).join(" "), handoffs.length, omitted];
    };
    equal(await told(), ["pin fact way event", 1, 0]);
    equal(await told(1), ["pin", 1, 3]);
    equal(await told(3 * 15), ["pin fact way", 1, 1]);
  });

  check("a handoff is left out of all that is done with memories", async (under) => {
    const memory = await under.open({ contradictions: () => "update", duplicates: { action: "coalesce" } });
    const excludeMetadata = { lang: "fr" };
    const prompt = { content: FACT, tags: ["handoff"] };
    const first = await memory.remember({ ...prompt, metadata: { lang: "en" } });
    equal([first.tier, first.expiresAt], ["procedural", null]);
    equal((await memory.remember({ ...prompt, tier: "working", metadata: { handoff_slot: "b" } })).tier, "working");
    await memory.forget({ tag: "handoff" });
    const { id } = await memory.remember(prompt);
    equal(await recalled(memory, { query: FACT, excludeMetadata }), []);
    equal(await recalled(memory, { query: FACT, includeHandoffs: true }), [id]);
    equal(excludeMetadata, { lang: "fr" });
    const fact = await memory.remember({ content: FACT, tier: "procedural" });
    equal([fact.outcome, fact.similar], ["stored", undefined], "nothing is like it");
    under.now += DAY;
    await memory.remember({ content: `${FACT} it seems`, tier: "working" });
    equal(rounded((await known(memory, id)).confidence), 0.4, "not borne out");
    equal(rounded((await known(memory, fact.id)).confidence), 0.46, "as another is");
    equal((await memory.dedup({ similarity: 0.5 })).clusters, []);
    await memory.remember({ content: `${FACT} no more`, tier: "procedural", duplicates: "off" });
    equal((await known(memory, id)).validTo, undefined);
    under.now += 60 * DAY;
    equal([(await memory.sweep()).demoted > 0, (await known(memory, id)).tier], [true, "procedural"]);
    equal((await memory.briefing()).handoffs.length, 1);
    const again = await memory.remember(prompt);
    equal([again.outcome, again.id === id], ["stored", false], "the same prompt is another handoff");
    equal(idsOf(await memory.list({ tags: ["handoff"] })), [again.id]);
  });

  check(
    "one handoff is live in a slot; a slot that cannot be meant is an error and takes nobody's place",
    async (under) => {
      const memory = await under.open();
      const leave = (metadata: object, namespace = "n") =>
        memory.remember({ namespace, content: `go on ${JSON.stringify(metadata)}`, tags: ["handoff"], metadata });
      const live = async (namespace = "n") => {
        const found = await memory.list({ namespace, tags: ["handoff"] });
        return found.map(({ metadata, id }) => [metadata.handoff_slot ?? "main", id]).sort();
      };
      const main = await leave({});
      const other = await leave({ handoff_slot: "é".repeat(100) });
      await leave({}, "elsewhere");
      for (const slot of ["", " ", "é".repeat(100).concat("x"), 7, null, {}]) {
        await fails(() => leave({ handoff_slot: slot }), "argument");
        await fails(() => memory.update("n", main.id, { metadata: { handoff_slot: slot ?? 0 } }), "argument");
      }
      equal(await live(), [
        ["main", main.id],
        ["é".repeat(100), other.id],
      ]);
      const next = await leave({ handoff_slot: "main" });
      equal((await known(memory, main.id, "n")).supersededBy, next.id);
      equal((await live())[0], ["main", next.id]);
      equal((await live("elsewhere")).length, 1);
      equal((await memory.update("n", next.id, { content: "go on, changed" })).id, next.id);
      equal((await live()).length, 2, "an edit is no succession");
    },
  );

  check("one handoff is live in a slot, by whatever way it comes there", async (under) => {
    const memory = await under.open();
    const leave = (id: string, namespace = "n", slot = "main") =>
      memory.remember({ namespace, id, content: `go on ${id}`, tags: ["handoff"], metadata: { handoff_slot: slot } });
    const live = async (namespace = "n") => {
      const found = await memory.list({ namespace, tags: ["handoff"] });
      return found.map(({ metadata, id }) => `${metadata.handoff_slot}: ${id}`).sort();
    };
    await leave("a");
    await leave("b");
    await memory.restore("n", "a");
    equal([await live(), (await known(memory, "b", "n")).supersededBy], [["main: a"], "a"]);
    await leave("c", "n", "other");
    await memory.update("n", "c", { metadata: { handoff_slot: "main" } });
    equal(await live(), ["main: c"]);
    await memory.remember({ namespace: "n", id: "d", content: "a note", tier: "semantic" });
    await memory.update("n", "d", { tags: ["handoff"], metadata: { handoff_slot: "main" } });
    equal(await live(), ["main: d"]);
    under.now += 1;
    await leave("e", "m");
    equal(await memory.reassign("m", ["e"], "n"), 1);
    equal([await live(), await live("m")], [["main: e"], []], "the later one stays");
    await leave("f", "m");
    under.now += 1;
    await leave("g");
    equal(await memory.reassign("m", ["f"], "n"), 1);
    equal([await live(), (await known(memory, "f", "n")).supersededBy], [["main: g"], "g"]);
    await leave("h");
    equal([await live(), (await memory.history("n", "h")).length], [["main: h"], 8], "the whole line of them");
  });

  check("where a memory is to lie is one of its namespaces above, or an error that names them all", async (under) => {
    const memory = await under.open();
    const place = async (visibility: string | undefined, more: Partial<RememberOptions> = {}) => {
      const content = `note ${visibility} ${JSON.stringify(more)}`;
      const options = { namespace: "acme/eng/eng/app", home: "ann", content, tier: "semantic", visibility } as const;
      return (await memory.remember({ ...options, ...more })).namespace;
    };
    const app = "acme/eng/eng/app";
    equal([await place(undefined), await place("project"), await place("personal")], [app, app, "ann"]);
    equal(
      [await place("acme"), await place("acme/eng"), await place("acme/eng/eng")],
      ["acme", "acme/eng", "acme/eng/eng"],
    );
    for (const wrong of ["eng", "other", "app", "acme/", "acme/eng/eng/app/below", "", "Acme"]) {
      const { message } = await fails(() => place(wrong), "argument");
      for (const valid of ["project", "personal", "acme", "acme/eng", "acme/eng/eng"]) {
        ok(message.includes(JSON.stringify(valid)), message);
      }
      equal(await place(wrong, { tier: "working" }), app, "what does not last stays where it is");
    }
    const { message } = await fails(() => place("personal", { home: undefined }), "argument");
    ok(!message.includes('one of "project", "personal"'), message);
  });

  check(
    "who is asked for a model's opinion is told none of a handoff, and what it says stays within bounds",
    async (under) => {
      const asked: string[] = [];
      const models = {
        assess: ({ content }: { content: string }) => {
          asked.push(content);
          return Promise.resolve(7);
        },
        consolidate: ({ content }: { content: string }) => {
          asked.push(content);
          return Promise.resolve({ verdict: "new" as const });
        },
      };
      const memory = await under.open({ models });
      await memory.remember({ content: FACT, tags: ["handoff"] });
      const { id } = await memory.remember({ content: `${FACT} today`, tier: "semantic" });
      await memory.flush();
      equal([asked, (await known(memory, id)).assessedImportance], [[`${FACT} today`], 0.9]);
      equal((await memory.update("default", id, { importance: 0.2 })).assessedImportance, undefined);
    },
  );

  check("what could not be embedded is embedded when the model is back, without being asked for", async (under) => {
    const store = memoryStore();
    const memory = await under.open({ store });
    const isPending = async () => (await known(memory, "m")).pending === true;
    under.isAway = true;
    await memory.remember({ id: "m", content: "the cellar floods in spring", tier: "semantic" });
    await memory.flush();
    equal([await isPending(), await memory.vector("default", "m")], [true, null]);
    under.now += 30 * 60_000;
    under.isAway = false;
    await memory.recall({ query: "water" });
    await memory.flush();
    equal(await isPending(), true, "who only looks writes nothing");
    // By another process too, that begins when the one that stored it is no more.
    const later = await under.open({ store });
    await later.remember({ content: "it rains", tier: "working" });
    await later.flush();
    equal([await isPending(), (await memory.vector("default", "m"))?.length], [false, 64]);
    equal(await memory.fsck().then(({ pending }) => pending), 0);
  });

  check("what two say at once is stored once, though it takes long to embed", async (under) => {
    const store = memoryStore();
    const [slow, quick] = [await under.open({ store }), await under.open({ store, embedder: testEmbedder() })];
    let open = (): void => {};
    under.gate = new Promise((resolve) => {
      open = resolve;
    });
    const saying = slow.remember({ content: FACT, tier: "semantic" });
    await turn();
    const { id } = await quick.remember({ content: FACT, tier: "semantic" });
    open();
    const said = await saying;
    equal([said.outcome, said.id, (await quick.list()).length], ["reinforced", id, 1]);
  });

  check("what a memory was does not outlive it for long, whatever happened", async (under) => {
    const store = memoryStore();
    const memory = await under.open({ store });
    await memory.remember({ id: "m", content: "as it was", tier: "semantic" });
    await memory.update("default", "m", { content: "as it is" });
    // As it would be if a process had died, or raced with another.
    const { id: seq } = store.get("memories", "m")!;
    store.commit([{ remove: [seq] }]);
    await memory.sweep();
    equal([await memory.list({ knownAt: under.now }), store.count()], [[], 0]);
  });

  check("what a model makes of two is made of both, or not at all", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const other = await under.open({ store });
    for (const verdict of ["supersede", "update"] as const) {
      for (const gone of ["source", "target"]) {
        const namespace = `${verdict} ${gone}`;
        const consolidate = (source: { id: string }, [neighbour]: readonly { id: string }[]) => {
          const victim = gone === "source" ? source.id : neighbour!.id;
          // When it is decided, and about to be done.
          disturbance.now = () => other.forget(namespace, victim);
          return Promise.resolve({ verdict, target: neighbour!.id, content: "both" });
        };
        const memory = await under.open({ store: disturbed(store, "getMany", disturbance), models: { consolidate } });
        await memory.remember({ namespace, content: FACT, tier: "semantic", duplicates: "off" });
        await memory.flush();
        await memory.remember({ namespace, content: `${FACT} today`, tier: "semantic" });
        await memory.flush();
        const left = await memory.list({ namespace });
        equal([disturbance.now, left.length, left[0]?.content === "both"], [undefined, 1, false], namespace);
      }
    }
  });
};
