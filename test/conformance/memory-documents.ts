import { type AgentMemory, ConflictError, type Document, type SearchOptions } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "./assert.ts";
import { DAY, HOUR, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

async function found(memory: AgentMemory, options: SearchOptions): Promise<string[]> {
  return idsOf((await memory.search(options)).map((match) => match.memory));
}

export function testMemoryDocuments(check: MemoryCheck): void {
  check("a document is what was put, whole, and in its place what is put next", async (under) => {
    const memory = await under.open();
    const start = under.now;
    const metadata = JSON.parse('{"a": null, "deep": {"list": [1, null, "x"]}, "__proto__": {"b": 1}, "old": true}');
    const place = { namespace: "users/ann", id: "users/ann#prefs" };
    await memory.put([{ ...place, content: "Ann drinks tea", metadata }]);
    const first = {
      ...place,
      tier: "semantic" as const,
      content: "Ann drinks tea",
      metadata,
      tags: [],
      importance: 0.6,
      createdAt: start,
      updatedAt: start,
      accessedAt: start,
      accessCount: 0,
      expiresAt: null,
      validFrom: start,
      links: [],
      document: true,
    };
    equal(await memory.get("users/ann", place.id), first);
    await memory.recall({ namespace: "users/ann", query: "Ann drinks tea" });
    await memory.flush();
    under.now += HOUR;
    await memory.put([{ ...place, content: "Ann drinks coffee", metadata: { b: null } }]);
    const second = { ...first, content: "Ann drinks coffee", metadata: { b: null }, accessCount: 1 };
    equal(await memory.get("users/ann", place.id), { ...second, updatedAt: under.now });
    equal(await recalled(memory, { namespace: "users/ann", query: "coffee" }), [place.id]);
    equal(idsOf(await memory.list({ namespace: "users/ann", knownAt: start })), [place.id], "the past is kept");
    under.now += HOUR;
    await memory.put([{ ...place, content: "Ann drinks coffee", metadata: { b: null } }]);
    equal(
      idsOf(await memory.list({ namespace: "users/ann", knownAt: under.now - 1 })),
      [place.id],
      "it was known before",
    );
    equal((await memory.versions("users/ann", place.id)).length, 2);
    await memory.put([{ id: "blank", content: " \u0007", metadata: { n: 1 } }]);
    equal((await memory.get("default", "blank"))?.content, '{"n":1}');
  });

  check("documents are put together: embedded at once, those that say something new alone", async (under) => {
    const memory = await under.open();
    const documents = ["a", "b", "c"].map((id): Document => ({ id, content: `note ${id}` }));
    await memory.put(documents);
    equal(under.embedded, ["note a", "note b", "note c"]);
    await memory.put([
      documents[0]!,
      { id: "b", content: "note d" },
      { id: "c", content: "NOTE  c", metadata: { n: 1 } },
    ]);
    equal(under.embedded.slice(3), ["note d"]);
    equal(await found(memory, { query: "note d", limit: 1 }), ["b"]);
    equal(await found(memory, { query: "note c", limit: 1 }), ["c"]);
    const say = (id: string, content: string | null): Document => ({ id, content });
    await memory.put([say("e", "one"), say("e", "two"), say("f", "x"), say("f", null), say("g", null), say("g", "y")]);
    equal(
      (await memory.list({ ids: ["e", "f", "g"] })).map(({ id, content }) => [id, content]),
      [
        ["e", "two"],
        ["g", "y"],
      ],
    );
  });

  check("all documents are put, or none", async (under) => {
    const memory = await under.open();
    await memory.remember({ namespace: "theirs", id: "m", content: "their secret plan", tier: "semantic" });
    const good = { id: "a", content: "note a" };
    for (const bad of [
      { id: "m", content: "ours" },
      { namespace: "theirs", id: "a", content: "ours" },
    ]) {
      ok((await rejection(() => memory.put([good, bad]))) instanceof ConflictError, "a conflict");
    }
    const asked = under.embedded.length;
    for (const bad of [{ id: "", content: "x" }, { id: "b" } as never, { id: "b", content: "x", metadata: [] }]) {
      await fails(() => memory.put([good, bad]), "argument");
    }
    const reason = new Error("enough");
    equal(await rejection(() => memory.put([good], { signal: AbortSignal.abort(reason) })), reason);
    equal([await memory.namespaces(), under.embedded.length], [["theirs"], asked]);
    equal((await memory.get("theirs", "m"))?.content, "their secret plan");
  });

  check("a document that is not to be found by its meaning is found by its words", async (under) => {
    const memory = await under.open();
    const document = { id: "m", content: "the cat sleeps" };
    await memory.put([
      { ...document, embed: false },
      { id: "n", content: "the dog barks" },
    ]);
    equal([under.embedded, await memory.vector("default", "m")], [["the dog barks"], null]);
    equal((await memory.stats()).pending, 0);
    equal(await recalled(memory, { query: "cat", alpha: 1, minSimilarity: -1 }), ["n"]);
    equal(await recalled(memory, { query: "cat", alpha: 0 }), ["m"]);
    await memory.put([document]);
    equal(await recalled(memory, { query: "cat", alpha: 1 }), ["m"], "the same content is embedded when it is to be");
    await memory.put([{ ...document, embed: false }]);
    equal(await memory.vector("default", "m"), null);
    const edited = await memory.update("default", "m", { content: "the cat purrs" });
    equal([edited.pending, edited.embed, await memory.vector("default", "m")], [undefined, false, null]);
    await memory.put([document]);
    equal((await memory.get("default", "m"))?.embed, undefined);
  });

  check(
    "a document is removed with its past; what has no such id, or is elsewhere, stays away or stays",
    async (under) => {
      const memory = await under.open();
      await memory.put([
        { id: "m", content: "one" },
        { namespace: "other", id: "n", content: "two" },
      ]);
      await memory.put([{ id: "m", content: "three" }]);
      await memory.put([
        { id: "m", content: null },
        { id: "n", content: null },
        { id: "none", content: null },
      ]);
      await isGone(memory, "default", "m");
      equal([await memory.namespaces(), (await memory.stats()).past], [["other"], 0]);
      equal(
        under.events.filter(({ type }) => type === "forget"),
        [{ type: "forget", namespace: "default", count: 1 }],
      );
    },
  );

  check("what is over begins anew when it is put", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.put([
      { id: "late", content: "late", ttl: HOUR },
      { id: "old", content: "old" },
      { id: "new", content: "new" },
    ]);
    await memory.supersede("default", "old", "new");
    under.now += HOUR;
    equal(idsOf(await memory.list()), ["new"]);
    await memory.put([
      { id: "late", content: "late" },
      { id: "old", content: "old" },
    ]);
    const listed = await memory.list();
    equal(listed.map(({ id, createdAt, expiresAt }) => [id, createdAt - start, expiresAt]).sort(), [
      ["late", HOUR, null],
      ["new", 0, null],
      ["old", HOUR, null],
    ]);
    equal(
      listed.flatMap(({ supersededBy, validTo }) => supersededBy ?? validTo ?? []),
      [],
    );
  });

  check("what is over and is put again as it was is found by its meaning at once", async (under) => {
    const memory = await under.open();
    const document = { id: "d", content: "the harbour opens at six", ttl: HOUR };
    await memory.put([document]);
    under.now += HOUR;
    await memory.put([document]);
    equal((await memory.get("default", "d"))?.pending, undefined);
    ok((await memory.vector("default", "d")) !== null, "it has a vector");
  });

  check("a document stays what it is, whatever else is learnt", async (under) => {
    const shown: string[][] = [];
    const memory = await under.open({
      contradictions: () => "update",
      models: {
        consolidate: async (fact, neighbours) => {
          shown.push([fact.id, ...idsOf(neighbours)]);
          return { verdict: "new" };
        },
      },
    });
    const content = "our small office is now on the river in Lisbon";
    for (const id of ["fact", "same"]) await memory.remember({ id, content, tier: "semantic" });
    under.now += 1000;
    await memory.put([
      { id: "document", content },
      { id: "other", content },
    ]);
    const twin = await memory.remember({ content, tier: "semantic" });
    ok(["fact", "same"].includes(twin.id), "it is the facts that say the same");
    await memory.remember({ content: `${content} for good`, tier: "semantic" });
    under.now += 200 * DAY;
    for (const duplicates of ["hint", "coalesce", "supersede"] as const) {
      await memory.remember({
        content: `our small office is now on the river in Madrid, ${duplicates}`,
        tier: "semantic",
        duplicates,
      });
    }
    await memory.flush();
    await memory.sweep();
    await memory.dedup({ similarity: 0.8 });
    equal(idsOf(await memory.list({ ids: ["fact", "same", "document", "other"] })), ["document", "other"]);
    equal((await memory.get("default", "document"))?.tier, "semantic");
    ok(shown.length > 0 && !shown.flat().some((id) => ["document", "other"].includes(id)), JSON.stringify(shown));
    ok(!shown.some(([id]) => id === "fact" || id === "same"), "no model is asked about what was given an id");
  });

  check("a document whose content is edited is one no more; one whose metadata is, stays one", async (under) => {
    const memory = await under.open();
    await memory.put([{ id: "m", content: "tea", metadata: { drink: "tea" } }]);
    equal((await memory.update("default", "m", { metadata: { drink: "coffee" } })).document, true);
    for (const content of ["coffee", "COFFEE", "milk", "tea"]) {
      await memory.put([{ id: "m", content: "coffee", metadata: { drink: "coffee" } }]);
      const { document } = await memory.update("default", "m", { content });
      equal(document, content === "coffee" ? true : undefined, content);
      equal((await memory.get("default", "m"))?.document, document);
    }
  });

  check("documents that cannot be embedded are stored, and embedded later", async (under) => {
    const memory = await under.open();
    under.isAway = true;
    await memory.put([
      { id: "m", content: "red" },
      { id: "n", content: "blue" },
    ]);
    await memory.flush();
    equal([(await memory.get("default", "m"))?.pending, await found(memory, { query: "red" })], [true, ["m", "n"]]);
    under.isAway = false;
    under.now += HOUR;
    equal((await memory.repair()).repaired, 2);
    equal(await found(memory, { query: "blue", limit: 1 }), ["n"]);
  });

  check("two that put one id have one document", async (under) => {
    const [a, b] = await under.two();
    await Promise.all([a, b, a, b].map((memory, i) => memory.put([{ id: "m", content: `by ${i}` }])));
    equal([(await a.list()).length, (await b.versions("default", "m")).length], [1, 4]);
  });

  check("what another wrote counts in what is written, however late it is seen", async (under) => {
    const [a, b] = await under.two({ staleness: 60_000 });
    const handOff = (memory: AgentMemory, id: string) =>
      memory.remember({ id, content: `go on, ${id}`, tags: ["handoff"] });
    await a.put([{ id: "m", content: "by a" }]);
    await handOff(a, "first");
    await b.put([
      { id: "m", content: "by b" },
      { id: "n", content: "by b" },
    ]);
    equal((await a.remember({ id: "n", content: "by a", tier: "semantic" })).outcome, "updated");
    await handOff(a, "second");
    await handOff(b, "third");
    const c = await under.open();
    equal(idsOf(await c.list({ tags: ["handoff"] })), ["third"]);
    for (const id of ["m", "n"]) equal((await c.versions("default", id)).length, 2, id);
  });

  check("a search goes through everything below a namespace, page by page, as it was stored", async (under) => {
    const memory = await under.open();
    const places = ["a", "a/b", "ab", "a/b/c", "a", "z"];
    for (const [i, namespace] of places.entries()) await memory.put([{ namespace, id: `${i}`, content: `note ${i}` }]);
    await memory.put([{ namespace: "a", id: "0", content: "changed" }]);
    equal(await found(memory, {}), ["0", "1", "2", "3", "4", "5"]);
    equal(await found(memory, { within: "a" }), ["0", "1", "3", "4"]);
    equal(await found(memory, { within: "a", limit: 2, offset: 1 }), ["1", "3"]);
    equal(await found(memory, { within: "a/b", offset: 5 }), []);
    equal(await found(memory, { within: "nobody" }), []);
    equal(await found(memory, { limit: 0 }), []);
    const where = ({ id }: { id: string }): boolean => Number(id) % 2 === 0;
    equal(await found(memory, { where, limit: 2, offset: 1 }), ["2", "4"]);
    equal(await found(memory, { where, ids: ["1", "2", "3", "4"] }), ["2", "4"]);
    equal(await found(memory, { ids: [] }), []);
    await fails(() => memory.search({ by: "magic" as never }), "argument");
    await fails(() => memory.search({ query: " " }), "argument");
    await fails(() => memory.search({ limit: -1 }), "argument");
  });

  check("of a search the most similar comes first, and what has no vector last", async (under) => {
    const memory = await under.open();
    const contents = { none: "w x y z", most: "a b c d e", half: "a b c d e f g h", blind: "a b c d", all: "a b c d" };
    for (const [id, content] of Object.entries(contents)) {
      await memory.put([{ namespace: `n/${id}`, id, content, embed: id !== "blind" }]);
    }
    await memory.put([{ namespace: "n/all", id: "past", content: "a b c d" }]);
    await memory.supersede("n/all", "past", "all");
    const matches = await memory.search({ query: "a b c d" });
    equal(idsOf(matches.map((match) => match.memory)), ["all", "most", "half", "none", "blind"]);
    const scores = matches.map(({ score }) => score);
    ok(Math.abs(scores[0]! - 1) < 1e-6 && scores[3]! < 0.3, `${scores}`);
    equal(scores[4], undefined);
    equal(await found(memory, { query: "a b c d", limit: 2, offset: 3 }), ["none", "blind"]);
    equal(await found(memory, { query: "a b c d", where: ({ id }) => id !== "all", limit: 1 }), ["most"]);
    equal(await found(memory, { query: "a b c d", within: "n/half" }), ["half"]);
  });

  check("a search looks at as many as it has to", async (under) => {
    const memory = await under.open();
    const documents = Array.from({ length: 300 }, (_, i): Document => ({ id: `${i}`, content: `note ${i}` }));
    await memory.put(documents);
    let looked = 0;
    const where = (): boolean => looked++ >= 0;
    equal([await found(memory, { where, limit: 1 }), looked < 300], [["0"], true]);
    equal(await found(memory, { where, limit: 1, query: "note 299" }), ["299"]);
  });

  check("what another process renewed is found by a search", async (under) => {
    const [a, b] = await under.two();
    await a.put([{ id: "m", content: "red", ttl: HOUR }]);
    equal(await found(b, {}), ["m"]);
    under.now += HOUR / 2;
    await a.recall({ query: "red" });
    await a.flush();
    under.now += HOUR / 2;
    equal([await found(b, {}), await found(b, { query: "red" })], [["m"], ["m"]]);
    under.now += HOUR / 2;
    equal(await found(b, {}), []);
  });

  check("a search by relevance gives what is recalled first, and then the rest", async (under) => {
    const memory = await under.open();
    const contents = {
      far: "w x y z",
      near: "a b c d e",
      word: "a q r s t u v",
      two: "a b c d",
      x: "d c b a",
      y: "b a d c",
      z: "c d",
    };
    for (const [id, content] of Object.entries(contents))
      await memory.put([{ id, content, embed: !"xyz".includes(id) }]);
    const { results } = await memory.recall({ query: "a b c d", reinforce: false });
    const matches = await memory.search({ query: "a b c d", by: "relevance" });
    const scored = matches.filter(({ score }) => score !== undefined);
    equal(
      scored.map(({ memory, score }) => [memory.id, score]),
      results.map(({ memory, score }) => [memory.id, score]),
    );
    ok(scored.length >= 3 && scored.length < 7, `${scored.length}`);
    equal([matches.length, matches.at(-1)!.memory.id], [7, "far"]);
    for (const [offset, match] of matches.entries()) {
      equal(await memory.search({ query: "a b c d", by: "relevance", limit: 1, offset }), [match]);
    }
  });

  check("what a search found counts as recalled if that is wanted, and if it is an answer", async (under) => {
    const memory = await under.open();
    await memory.put([
      { id: "m", content: "red" },
      { id: "n", content: "red", embed: false },
      { id: "o", content: "blue" },
    ]);
    await memory.search({ query: "red" });
    await memory.search({ reinforce: true });
    for (const by of ["similarity", "relevance"] as const) await memory.search({ query: "red", by, reinforce: true });
    await memory.flush();
    const uses = await memory.list({ sort: "accessCount" });
    equal(
      uses.map(({ id, accessCount }) => [id, accessCount]),
      [
        ["m", 2],
        ["n", 1],
        ["o", 0],
      ],
    );
    const told = under.events.flatMap((event) => (event.type === "recall" ? [[event.namespace, event.results]] : []));
    equal(told, [
      [undefined, 1],
      [undefined, 1],
      [undefined, 2],
    ]);
  });

  check("without a vector for the query a search goes by its words", async (under) => {
    const memory = await under.open();
    await memory.put([
      { id: "m", content: "the red door" },
      { id: "n", content: "the blue door" },
    ]);
    under.isAway = true;
    const matches = await memory.search({ query: "blue" });
    equal(
      matches.map(({ memory, score }) => [memory.id, score !== undefined]),
      [
        ["n", true],
        ["m", false],
      ],
    );
    const told = under.events.flatMap((event) => (event.type === "recall" ? [event.degraded] : []));
    equal(told, ["keyword_only"]);
  });
}
