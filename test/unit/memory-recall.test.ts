import { type Embedder, memoryStore } from "../../src/index.ts";
import { approximateTokens, ITEM_TOKENS } from "../../src/memory/budget.ts";
import type { AgentMemory, RecallOptions, Tier } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { DAY, idsOf, type MemoryUnderTest, recalled } from "../conformance/memory-under-test.ts";
import type { Suite } from "../harness.ts";
import { turn } from "./cache-fixtures.ts";
import { byId, type Disturbance, disturbed, known, noting, onMemories } from "./memory-fixtures.ts";

/** Texts whose first number tells how like the question, "0", they are: the cosine. */
const LIKENESS: Embedder = {
  fingerprint: "likeness",
  dimensions: 2,
  embed: (texts) =>
    texts.map((text) => {
      const angle = Math.acos(Number(/[\d.]+/.exec(text)?.[0] ?? 0));
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    }),
};

/** Memories of these likenesses to the question, by meaning alone, each called by it. */
async function alike(
  under: MemoryUnderTest,
  likenesses: readonly number[],
  options: Parameters<MemoryUnderTest["open"]>[0] = {},
): Promise<AgentMemory> {
  const memory = await under.open({ embedder: LIKENESS, duplicates: { action: "off" }, ...options });
  for (const likeness of likenesses) {
    await memory.remember({ id: `${likeness}`, content: `${likeness} of it`, tier: "semantic" });
  }
  return memory;
}
const ASKED = { query: "1", alpha: 1, minScore: 0 } as const satisfies RecallOptions;

export const memoryRecallTests: Suite = (test) => {
  const check = onMemories(test);

  check("an answer does not wait for what it has written, and what is put off does not pile up", async (under) => {
    const calls: string[] = [];
    const memory = await alike(under, [0.9], { store: noting(memoryStore(), calls) });
    await memory.flush();
    calls.length = 0;
    const commits = (): number => calls.filter((name) => name === "commit").length;
    await memory.recall(ASKED);
    equal(commits(), 0);
    for (let i = 0; i < 40; i++) await memory.recall(ASKED); // without a pause in which timers have their turn
    ok(commits() >= 25, `${commits()} commits`);
    await memory.flush();
    equal(commits(), 41);
    equal((await known(memory, "0.9")).accessCount, 41);
  });

  check("who shows only some of what was found says which, and those count as recalled", async (under) => {
    const memory = await alike(under, [0.9, 0.8, 0.7]);
    await memory.supersede("default", "0.7", "0.9");
    equal((await memory.recall({ ...ASKED, reinforce: false })).results.length, 2);
    await memory.reinforce(["0.8", "0.7", "there is none"]);
    await memory.flush();
    const counts = await Promise.all(["0.9", "0.8", "0.7"].map(async (id) => (await known(memory, id)).accessCount));
    equal(counts, [0, 1, 0]);
    await fails(() => memory.reinforce("0.8" as never), "argument");
  });

  check("a memory tells where a recall would look, and what it was opened with", async (under) => {
    const memory = await under.open({ models: { answer: async () => "" } });
    await memory.link("a/b", "linked");
    const places = await memory.readSet({ namespace: "a/b", home: "me" });
    equal(
      places.map(({ namespace, origin, durableOnly }) => [namespace, origin, durableOnly]),
      [
        ["a/b", undefined, false],
        ["a", "a", true],
        ["me", "me", true],
        ["linked", "link:linked", true],
      ],
    );
    equal((await memory.readSet({ namespace: "a/b", scope: "project" })).length, 1);
    await fails(() => memory.readSet({ namespace: "" }), "argument");
    equal(memory.traits, { answers: true, cascades: true });
    equal((await under.open({ cascade: false })).traits, { answers: false, cascades: false });
  });

  check(
    "the read cascade: what is above, the home and what is linked, and there only what is durable",
    async (under) => {
      const memory = await under.open();
      const tiers: Tier[] = ["working", "episodic", "semantic", "procedural"];
      const places = ["a", "a/b", "a/b/c", "a/b/c/d", "a/x", "a/bc", "home", "linked", "linked/from", "elsewhere"];
      for (const namespace of places) {
        for (const tier of tiers) {
          await memory.remember({
            namespace,
            id: `${namespace}:${tier}`,
            content: `note of ${namespace} ${tier}`,
            tier,
          });
        }
      }
      await memory.link("a/b/c", "linked");
      await memory.link("linked", "linked/from");
      const seen = async (options: Partial<RecallOptions>) => {
        const all = { namespace: "a/b/c", query: "note of", limit: 100, minSimilarity: -1, minScore: 0 };
        const { results, searched } = await memory.recall({ ...all, reinforce: false, ...options });
        const known = new Map(searched.map(({ namespace, origin }) => [namespace, origin]));
        for (const { memory, origin } of results) equal(origin, known.get(memory.namespace), memory.id);
        const found = new Map<string, string[]>();
        for (const { memory } of results)
          found.set(memory.namespace, [...(found.get(memory.namespace) ?? []), memory.tier]);
        for (const [namespace, tiers] of found) {
          const isWhole = namespace === (options.namespace ?? "a/b/c") || tiers.length === 4;
          equal(tiers.sort(), isWhole ? ["episodic", "procedural", "semantic", "working"] : ["procedural", "semantic"]);
        }
        equal([...found.keys()].sort(), [...known.keys()].filter((name) => places.includes(name)).sort());
        return searched.map(({ namespace, origin }) => (origin === undefined ? namespace : `${namespace} (${origin})`));
      };
      equal(await seen({}), ["a/b/c", "a/b (a/b)", "a (a)", "linked (link:linked)"]);
      equal(await seen({ home: "home" }), ["a/b/c", "a/b (a/b)", "a (a)", "home (home)", "linked (link:linked)"]);
      equal(await seen({ scope: "project", home: "home" }), ["a/b/c"]);
      equal(await seen({ scope: "everywhere" }), [
        ...["a/b/c", "a/b (a/b)", "a (a)", "linked (link:linked)", "a/b/c/d (a/b/c/d)"],
      ]);
      equal(await seen({ namespaces: ["elsewhere"], home: "home" }), ["a/b/c", "elsewhere (call:elsewhere)"]);
      equal(await seen({ namespaces: ["linked/*"] }), [
        ...["a/b/c", "linked (call:linked)", "linked/from (call:linked/from)"],
      ]);
      equal(await seen({ namespaces: [] }), ["a/b/c"]);
      equal(await seen({ namespace: "a" }), ["a"]);
      equal(await seen({ namespace: "linked" }), ["linked", "linked/from (link:linked/from)"]);
      equal(await seen({ tiers: ["semantic", "procedural", "working", "episodic"], home: "a/b/c" }), [
        ...["a/b/c", "a/b (a/b)", "a (a)", "linked (link:linked)"],
      ]);
      await memory.unlink("a/b/c", "linked");
      equal(await seen({}), ["a/b/c", "a/b (a/b)", "a (a)"]);
      const alone = await under.open({ cascade: false });
      equal((await alone.recall({ namespace: "a/b/c", query: "note" })).searched.length, 1);
      await fails(() => memory.recall({ query: "x", namespaces: Array(17).fill("n") }), "argument");
      await fails(() => memory.recall({ query: "x", scope: "all" as never }), "argument");
    },
  );

  check(
    "64 namespaces are searched at most, the one asked for and the home among them, and it is told",
    async (under) => {
      const memory = await under.open();
      const namespace = Array(100).fill("n").join("/");
      await memory.remember({ namespace: "home", id: "m", content: "a note", tier: "semantic" });
      const { searched, degraded, results } = await memory.recall({ namespace, home: "home", query: "note" });
      equal([searched.length, degraded], [64, "partial"]);
      equal([searched[0]?.namespace, searched.at(-1)?.namespace], [namespace, "home"]);
      equal(idsOf(results.map(({ memory }) => memory)), ["m"]);
      equal((await memory.recall({ namespace: "n/n", query: "note" })).degraded, undefined);
    },
  );

  check("a link shows no more of another namespace than is seen there anyway", async (under) => {
    const memory = await under.open();
    const remember = (id: string, namespace: string, tier: Tier, more = {}) =>
      memory.remember({ id, namespace, tier, content: `this is ${id}`, ...more });
    await remember("chat", "acme", "working");
    await remember("fact", "acme", "semantic");
    await remember("prompt", "acme", "procedural", { tags: ["handoff"] });
    await remember("said", "acme/app", "working", { metadata: { format: "turn" } });
    await remember("theirs", "other", "semantic");
    await remember("above", "acme", "semantic", { links: ["chat", "fact", "prompt", "theirs"] });
    await remember("here", "acme/app", "semantic", { links: ["said", "fact"] });
    const { results } = await memory.recall({ namespace: "acme/app", query: "this is above here", limit: 2 });
    equal(idsOf(results.map(({ memory }) => memory)).sort(), ["above", "here"]);
    const more = await memory.recall({ namespace: "acme/app", query: "above here", includeLinked: true, alpha: 0 });
    equal(more.results.map(({ memory, linked, origin }) => [memory.id, linked, origin]).sort(), [
      ["above", false, "acme"],
      ["fact", true, "acme"],
      ["here", false, undefined],
    ]);
  });

  check("what a filter leaves out is not brought back by a link, nor is what was not known then", async (under) => {
    const memory = await under.open();
    const start = under.now;
    const remember = (id: string, more = {}) =>
      memory.remember({ id, tier: "semantic", content: `this is ${id}`, ...more });
    await remember("early", { links: ["late", "early2"] });
    await remember("early2");
    under.now += DAY;
    await remember("late");
    await memory.update("default", "early2", { content: "this is changed" });
    const linked = async (options: Partial<RecallOptions>) => {
      const { results } = await memory.recall({
        query: "early",
        alpha: 0,
        includeLinked: true,
        reinforce: false,
        ...options,
      });
      return results.map(({ memory }) => memory.content).sort();
    };
    equal(await linked({}), ["this is changed", "this is early", "this is late"]);
    equal(await linked({ excludeIds: ["late"] }), ["this is changed", "this is early"]);
    equal(await linked({ knownAt: start }), ["this is early", "this is early2"]);
    equal(await linked({ limit: 2 }), ["this is early", "this is late"], "no more than are wanted");
    const { results } = await memory.recall({ query: "early", alpha: 0, includeLinked: true });
    const { early, ...others } = byId(results);
    for (const { score, similarity } of Object.values(others))
      equal([score, similarity], [early!.score / 2, undefined]);
  });

  check(
    "the token budget: the first always, the rest in order until one is too much, and how many are left out",
    async (under) => {
      const texts = ["short", "a very long text ".repeat(40), "small"];
      const memory = await under.open({ embedder: null });
      for (const [i, text] of texts.entries()) {
        await memory.remember({
          id: `${i}`,
          content: `${"key ".repeat(3 - i)}${text}`,
          tier: "semantic",
          importance: 0.6,
        });
      }
      const all = await memory.recall({ query: "key", reinforce: false });
      const order = all.results.map(({ memory }) => memory);
      equal(idsOf(order).sort(), ["0", "1", "2"]);
      const costs = order.map(({ content }) => ITEM_TOKENS + approximateTokens(content));
      for (let kept = 1; kept <= 3; kept++) {
        const enough = costs.slice(0, kept).reduce((sum, cost) => sum + cost, 0);
        for (const maxTokens of [enough, ...(kept < 3 ? [enough + costs[kept]! - 1] : [])]) {
          const { results, omitted } = await memory.recall({ query: "key", maxTokens, reinforce: false });
          equal([idsOf(results.map(({ memory }) => memory)), omitted], [idsOf(order.slice(0, kept)), 3 - kept]);
        }
      }
      const { results, omitted } = await memory.recall({ query: "key", maxTokens: 1 });
      await memory.flush();
      equal([results.length, omitted], [1, 2]);
      const uses = await Promise.all(order.map(({ id }) => known(memory, id).then(({ accessCount }) => accessCount)));
      equal(uses, [1, 0, 0], "what is left out is not served");
      for (const maxTokens of [0, -1, Number.NaN, 1.5])
        await fails(() => memory.recall({ query: "key", maxTokens }), "argument");
    },
  );

  check("what is below the least final score is held back, told, and not counted as recalled", async (under) => {
    const memory = await alike(under, [0.95, 0.9, 0.5]);
    const { results } = await memory.recall({ ...ASKED, reinforce: false });
    const scores = results.map(({ score }) => score);
    const [, second] = scores;
    under.events.length = 0;
    equal(idsOf((await memory.recall({ ...ASKED, minRankScore: second })).results.map(({ memory }) => memory)), [
      "0.95",
      "0.9",
    ]);
    await memory.flush();
    const told = under.events.find((event) => event.type === "recall");
    ok(told?.type === "recall" && told.floored === 1 && told.results === 2, JSON.stringify(told));
    equal([(await known(memory, "0.9")).accessCount, (await known(memory, "0.5")).accessCount], [1, 0]);
    for (const minRankScore of [-0.1, 1.1, Number.NaN]) {
      await fails(() => memory.recall({ ...ASKED, minRankScore }), "argument");
    }
  });

  check("what is too unlike goes, whichever leg it comes by; what has no vector stays", async (under) => {
    const memory = await alike(under, [0.9, 0.4, 0.3]);
    under.isAway = true;
    const blind = await under.open({ embedder: { ...LIKENESS, embed: () => Promise.reject(new Error("away")) } });
    await blind.remember({ id: "blind", content: "1 of what?", tier: "semantic" });
    const of = (minSimilarity?: number) => recalled(memory, { query: "1 of it", minSimilarity, minScore: 0 });
    equal((await of()).sort(), ["0.4", "0.9", "blind"]);
    equal((await of(0.5)).sort(), ["0.9", "blind"]);
    equal((await of(-1)).sort(), ["0.3", "0.4", "0.9", "blind"]);
  });

  check("durable ones that are nearly as good have their places, however many others are better", async (under) => {
    const memory = await under.open({ embedder: LIKENESS, duplicates: { action: "off" } });
    for (let i = 0; i < 45; i++) {
      await memory.remember({ content: `${(0.95 - i / 1000).toFixed(3)} then`, tier: "episodic" });
    }
    for (const id of ["0.9", "0.89"]) await memory.remember({ id, content: `${id} always`, tier: "semantic" });
    const ids = await recalled(memory, ASKED);
    equal([ids.length, ids.filter((id) => id.startsWith("0.")).sort()], [10, ["0.89", "0.9"]]);
    await memory.forget("default", "0.9");
    equal(
      (await recalled(memory, ASKED)).filter((id) => id.startsWith("0.")),
      ["0.89"],
      "of those there are",
    );
  });

  check(
    "a name that the embedder does not know is found by its very words, however many are more like",
    async (under) => {
      const memory = await alike(
        under,
        Array.from({ length: 40 }, (_, i) => 0.95 - i / 100),
      );
      await memory.remember({ id: "named", content: "0.2 said Mr. Okonkwo of the harbour", tier: "semantic" });
      for (const limit of [3, 10, 100]) {
        const ids = await recalled(memory, { query: "1 Okonkwo harbour", limit, minScore: 0 });
        ok(ids.includes("named"), `${limit}: ${ids}`);
        const others = await recalled(memory, { query: "1 Okonkwo phone number", limit, minScore: 0 });
        ok(!others.includes("named"), "most of this is not said");
      }
    },
  );

  check("what is too unlike goes, however many are more like", async (under) => {
    const memory = await alike(
      under,
      Array.from({ length: 40 }, (_, i) => 0.95 - i / 100),
    );
    await memory.remember({ id: "unlike", content: "0.2 said the lantern", tier: "semantic" });
    for (const limit of [1, 10, 20, 100]) {
      const { results } = await memory.recall({ query: "1 lantern on the pier", limit, minScore: 0, reinforce: false });
      ok(!results.some(({ memory }) => memory.id === "unlike"), `${limit}`);
    }
  });

  check("by ranks, too, what one leg found stands where the other has it", async (under) => {
    const memory = await under.open({ embedder: LIKENESS, duplicates: { action: "off" }, fusion: "ranks" });
    const pad = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore";
    for (let i = 0; i < 15; i++) {
      const words = i === 4 ? "" : pad;
      await memory.remember({ id: `like ${i}`, content: `${0.9 - i / 100} lantern ${words} a${i}`, tier: "semantic" });
      const likeness = i === 4 ? 0.54 : 0.55 - i / 100;
      const content = `${likeness} lantern ${"harbour ".repeat(20 - i)}`;
      await memory.remember({ id: `said ${i}`, content, tier: "semantic" });
    }
    const ids = await recalled(memory, { query: "1 lantern harbour", limit: 10 });
    ok(ids.indexOf("like 4") < ids.indexOf("said 4"), `${ids}`);
  });

  check("a reranker is given twenty where there are so many", async (under) => {
    const given: number[] = [];
    const rerank = async (_: string, texts: readonly string[]) => {
      given.push(texts.length);
      return texts.map(() => 1);
    };
    const likenesses = Array.from({ length: 40 }, (_, i) => 0.95 - i / 100);
    const memory = await alike(under, likenesses, { models: { rerank } });
    for (const limit of [1, 10, 30]) await memory.recall({ ...ASKED, limit, reinforce: false });
    equal(given, [20, 20, 30]);
  });

  check("a reranker orders what is served, within its time; a bad one changes nothing and is told", async (under) => {
    let rerank: (texts: readonly string[]) => Promise<readonly number[]>;
    const options = { models: { rerank: (_: string, texts: readonly string[]) => rerank(texts) }, modelWithin: 60_000 };
    const store = memoryStore();
    const patient = await alike(under, [0.95, 0.9, 0.5], { ...options, store });
    const impatient = await under.open({ ...options, embedder: LIKENESS, store, modelWithin: 1 });
    let memory = patient;
    const given: (readonly string[])[] = [];
    const ask = async (how: typeof rerank, more: Partial<RecallOptions> = {}) => {
      rerank = (texts) => {
        given.push(texts);
        return how(texts);
      };
      under.events.length = 0;
      const { results } = await memory.recall({ ...ASKED, reinforce: false, ...more });
      const outcome = under.events.find((event) => event.type === "rerank");
      return [results.map(({ memory }) => memory.id).join(" "), outcome?.type === "rerank" && outcome.outcome];
    };
    equal(await ask((texts) => Promise.resolve(texts.map((_, i) => i))), ["0.5 0.9 0.95", "ranked"]);
    equal(given[0], ["0.95 of it", "0.9 of it", "0.5 of it"]);
    equal(
      await ask((texts) => Promise.resolve(texts.map((_, i) => i)), { limit: 1 }),
      ["0.5", "ranked"],
      "of more than are wanted",
    );
    const order = "0.95 0.9 0.5";
    equal(await ask((texts) => Promise.resolve(texts.map(() => 7))), [order, "ranked"]);
    equal(await ask((texts) => Promise.resolve(texts.map((_, i) => (i === 1 ? Number.NaN : i)))), [order, "failed"]);
    equal(await ask(() => Promise.resolve([1, 2])), [order, "failed"]);
    equal(await ask(() => Promise.resolve(undefined as never)), [order, "failed"]);
    equal(await ask(() => Promise.reject(new Error("busy"))), [order, "failed"]);
    equal(
      await ask(() => {
        throw new Error("broken");
      }),
      [order, "failed"],
    );
    memory = impatient;
    equal(await ask(() => new Promise(() => {})), [order, "late"]);
    memory = patient;
    const end = new AbortController();
    const asking = ask(() => new Promise(() => {}), { signal: end.signal });
    setTimeout(() => end.abort(new Error("enough")), 5);
    equal(`${await rejection(() => asking)}`, "Error: enough");
    const alone = await ask(() => Promise.reject(new Error("not asked")), { limit: 1, tags: ["none"] });
    equal(alone, ["", false], "nothing to order");
  });

  check("what was said in this conversation a moment ago is not said again", async (under) => {
    const memory = await under.open();
    const said = { content: "shall we meet at nine?", metadata: { format: "turn" } };
    await memory.remember({ id: "turn", tier: "episodic", ...said });
    await memory.remember({ id: "note", tier: "working", content: "meet at nine", metadata: { format: "note" } });
    await memory.remember({
      id: "fact",
      tier: "semantic",
      content: "meet at nine, always",
      metadata: { format: "turn" },
    });
    const found = (more = {}) => recalled(memory, { query: "meet at nine", ...more }).then((ids) => ids.sort());
    equal(await found(), ["fact", "note"]);
    equal(await found({ includeFreshTurns: true }), ["fact", "note", "turn"]);
    under.now += 5 * 60_000 - 1;
    equal(await found(), ["fact", "note"]);
    under.now += 1;
    equal(await found(), ["fact", "note", "turn"]);
  });

  check("looking into the past, or at what is over, is no use of it", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "m", content: "the price is ten", tier: "working" });
    await memory.remember({ id: "old", content: "the price is one", tier: "semantic" });
    await memory.supersede("default", "old", "m");
    under.now += DAY;
    await memory.update("default", "m", { content: "the price is twelve" });
    const before = await memory.versions("default", "m");
    equal(
      before.map(({ memory }) => memory.expiresAt),
      [start + 3 * DAY, start + 3 * DAY],
      "it kept its time",
    );
    under.now += 3 * DAY;
    const look = async (options: Partial<RecallOptions>) => {
      const { results } = await memory.recall({ query: "the price", ...options });
      await memory.flush();
      return results.length;
    };
    equal([await look({ knownAt: start }), await look({ includeExpired: true, includeSuperseded: true })], [1, 2]);
    equal([await look({ asOf: start }), await look({})], [1, 0]);
    equal([await memory.versions("default", "m"), (await known(memory, "old")).accessCount], [before, 0]);
    equal((await memory.sweep()).expired, 1, "it was not brought back to life");
  });

  check("many that say the same take no place from others", async (under) => {
    const memory = await under.open();
    for (let i = 0; i < 60; i++)
      await memory.remember({ id: `same${i}`, content: "the very same note", tier: "semantic" });
    for (const word of ["a", "b", "c"]) {
      await memory.remember({ id: word, content: `a note of ${word}, not quite the same`, tier: "semantic" });
    }
    const found = await recalled(memory, { query: "the very same note", limit: 5 });
    equal([found.length, found.filter((id) => id.startsWith("same")).length], [4, 1]);
  });

  check("what changes between being found and being read is served as it is by then, or not at all", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const memory = await under.open({ store: disturbed(store, "getMany", disturbance) });
    const other = await under.open({ store });
    for (const id of ["gone", "moved", "old", "tagged", "ended", "edited", "stays"]) {
      await memory.remember({ id, content: `the note called ${id}`, tier: "semantic" });
    }
    disturbance.now = async () => {
      await other.forget("default", "gone");
      await other.reassign("default", ["moved"], "other");
      await other.update("other", "moved", { content: "theirs alone" });
      await other.supersede("default", "old", "stays");
      await other.update("default", "tagged", { tags: ["handoff"] });
      await other.update("default", "ended", { validTo: under.now + 1 });
      await other.update("default", "edited", { content: "the note, edited" });
      under.now += 1;
    };
    const { results } = await memory.recall({ query: "the note called" });
    equal(results.map(({ memory }) => memory.content).sort(), [
      "the note called ended",
      "the note called stays",
      "the note, edited",
    ]);
  });

  check("what is superseded while it is said again is not said again: that is new", async (under) => {
    for (const duplicates of ["off", "coalesce", "supersede"] as const) {
      const store = memoryStore();
      const disturbance: Disturbance = {};
      const method = duplicates === "supersede" ? "getMany" : "get";
      const memory = await under.open({ store: disturbed(store, method, disturbance) });
      const other = await under.open({ store });
      const content = "the whole company meets on Mondays at nine in the hall";
      await other.remember({ id: "old", content, tier: "semantic" });
      await other.remember({ id: "new", content: "now it is on Tuesdays", tier: "semantic" });
      disturbance.now = () => other.supersede("default", "old", "new");
      const said = duplicates === "off" ? content : content.replace("the whole", "whole");
      const { outcome, id } = await memory.remember({ content: said, tier: "semantic", duplicates });
      equal([disturbance.now, (await known(memory, "old")).accessCount], [undefined, 0], duplicates);
      equal((await known(memory, "old")).supersededBy, "new");
      equal([outcome, idsOf(await memory.list()).sort()], ["stored", ["new", id].sort()], duplicates);
    }
  });

  check("what is over by the time that it would be borne out is not", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const memory = await under.open({ store: disturbed(store, "getMany", disturbance) });
    const other = await under.open({ store });
    const content = "the whole company meets on Mondays at nine in the hall";
    for (const id of ["old", "new"]) await other.remember({ id, content: `${content}, ${id}`, tier: "semantic" });
    under.now += DAY;
    disturbance.now = () => other.supersede("default", "old", "new");
    await memory.remember({ content: `${content}, old one`, tier: "working" });
    const { confidence, accessCount } = await known(memory, "old");
    equal([disturbance.now, confidence, accessCount], [undefined, 0.4, 0]);
  });

  check("what a memory was goes with it when it is moved, also what it was until a moment ago", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const memory = await under.open({ store: disturbed(store, "getMany", disturbance) });
    const other = await under.open({ store });
    await other.remember({ id: "m", content: "as it was", tier: "semantic" });
    disturbance.now = () => other.update("default", "m", { content: "as it is" });
    equal(await memory.reassign("default", ["m"], "n"), 1);
    const versions = await other.versions("n", "m");
    equal(
      versions.map(({ memory }) => [memory.namespace, memory.content]),
      [
        ["n", "as it was"],
        ["n", "as it is"],
      ],
    );
    equal(await memory.list({ knownAt: under.now }), []);
  });

  check("what is forgotten while another is looked for is no obstacle", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const memory = await under.open({ store: disturbed(store, "getMany", disturbance) });
    for (const id of ["expired", "gone"]) {
      await memory.remember({ id, content: `the note called ${id}`, tier: "working", ttl: id === "gone" ? 10 : 1 });
    }
    under.now += 1;
    // Whether what is expired was renewed by another is asked of the store.
    disturbance.now = () => memory.forget("default", "gone");
    equal((await memory.recall({ query: "the note called" })).results, []);
  });

  check("a memory that lasts by the time its recall is written does not expire by it", async (under) => {
    let ranked = (): void => {};
    const rerank = async (_: string, texts: readonly string[]) => {
      await new Promise<void>((resolve) => {
        ranked = resolve;
      });
      return texts.map(() => 1);
    };
    const memory = await under.open({ models: { rerank } });
    for (const id of ["a", "b"]) await memory.remember({ id, content: `the note called ${id}`, tier: "working" });
    const recalling = memory.recall({ query: "the note called" });
    await turn();
    await memory.retier("default", "a", "semantic");
    ranked();
    await recalling;
    await memory.flush();
    const { accessCount, expiresAt } = await known(memory, "a");
    equal([accessCount, expiresAt], [1, null]);
  });

  check("what was asked about before it expired may have been renewed since", async (under) => {
    const store = memoryStore();
    const [a, b] = [await under.open({ store }), await under.open({ store })];
    const start = under.now;
    await a.remember({ id: "m", content: "the note", tier: "working" });
    equal(idsOf(await b.list({ asOf: start + 9 * DAY })), [], "it will have expired by then");
    for (let day = 2; day < 12; day += 2) {
      under.now = start + day * DAY;
      await a.recall({ query: "the note" });
      await a.flush();
    }
    equal([await recalled(b, { query: "the note" }), idsOf(await b.list())], [["m"], ["m"]]);
    // A recall may be on its way to the store when that is asked.
    under.now += 3 * DAY - 1;
    const late = await under.open({ store: disturbed(store, "commit", { now: () => turn(5) }) });
    await late.recall({ query: "the note" });
    under.now += 1;
    equal(idsOf(await b.list()), []);
    await late.flush();
    equal(idsOf(await b.list()), ["m"]);
  });
};
