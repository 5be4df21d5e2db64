import { Ledger, pairOf } from "../../src/cache/ledger.ts";
import { markedTags, putAt } from "../../src/cache/marks.ts";
import { reembed } from "../../src/cache/reembed.ts";
import { memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { OTHER, opened, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";
import { bytesOf, streamOf } from "./checkpoint-fixtures.ts";
import { entriesOf, meanwhile, rejects } from "./judging-fixtures.ts";

const NEXT = testEmbedder({ dimensions: 128 });

/** With an invalid entry, a rejected pairing of two that are there, and one that is only in the ledger. */
async function judged(store: Store): Promise<SemanticCache> {
  const cache = await opened({ store: unclosed(store) });
  await cache.put(OTHER, "invalid", { tags: ["t"] });
  await cache.put("something else altogether", "invalid", { namespace: "n" });
  await cache.put(QUESTION, "answer", { tags: ["mine"] });
  await rejects(cache);
  await rejects(cache, `${QUESTION} please`);
  await cache.invalidate({ tags: ["t"] });
  await cache.invalidate({ namespace: "n" });
  return cache;
}

/** In a store of its own, whose versions begin at zero. */
async function isAsJudged(cache: SemanticCache): Promise<void> {
  equal(
    [await cache.get(OTHER), await cache.get("something else altogether", { namespace: "n" })],
    [undefined, undefined],
  );
  equal((await cache.get(QUESTION))?.response, "answer");
  equal(await cache.get(PARAPHRASE), undefined);
  await cache.put(QUESTION, "anew"); // the ledger holds
  equal([await cache.get(PARAPHRASE), await cache.get(`${QUESTION} please`)], [undefined, undefined]);
  await cache.put(OTHER, "valid", { tags: ["t"] });
  await cache.put("something else altogether", "valid", { namespace: "n" });
  equal((await cache.get(OTHER))?.response, "valid");
  equal((await cache.get("something else altogether", { namespace: "n" }))?.response, "valid");
}

/** What was judged goes where the entries go. */
export const cacheLedgerTests: Suite = (test) => {
  test("reembed: invalid entries stay behind, rejected pairings come along", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const cache = await judged(from);
    const result = await reembed({ from, to, embedder: NEXT });
    equal([result.entries, result.skipped, result.embedded], [1, 2, 1]);
    ok(!(await entriesOf(to))[0]!.tags.some((tag) => tag.startsWith("mneme:since:")), "no versions of another store");
    ok((await entriesOf(to))[0]!.tags.includes("mine"), "the user's own");
    await isAsJudged(await SemanticCache.open({ embedder: NEXT, store: to }));
    await cache.close();
  });

  test("reembed: what is declared invalid, marked or rejected while it runs counts, even where no version tells", async () => {
    for (const how of ["invalidate", "crash"]) {
      const memory = memoryStore();
      const cache = await opened({ store: unclosed(memory) });
      for (let i = 0; i < 6; i++) await cache.put(`question ${i}`, "x", { tags: [i % 2 ? "odd" : "even"] });
      await cache.put(QUESTION, "answer");
      const { store: from, before } = meanwhile(memory);
      before("changesSince", async () => {
        const version = memory.version();
        if (how === "invalidate") await cache.invalidate({ tags: ["odd"] });
        else memory.setMeta("ledger", JSON.stringify({ rejected: [], namespaces: [], tags: [["odd", version]] }));
        if (how === "invalidate") await rejects(cache);
      });
      const to = memoryStore();
      const result = await reembed({ from, to, embedder: NEXT });
      equal([result.entries, result.removed], [4, 3], how);
      const next = await SemanticCache.open({ embedder: NEXT, store: to });
      equal((await next.get(PARAPHRASE)) === undefined, how === "invalidate");
      equal(
        [(await next.get("question 2"))?.response, await next.get("question 3", { threshold: 1 })],
        ["x", undefined],
      );
    }
  });

  test("reembed: what was carried over before it was cut off is taken back, if it is invalid by then", async () => {
    const memory = memoryStore();
    const cache = await opened({ store: unclosed(memory) });
    for (let i = 0; i < 6; i++) await cache.put(`question ${i}`, "x", { tags: [i < 3 ? "first" : "later"] });
    const to = memoryStore();
    let calls = 0;
    const failing = {
      ...NEXT,
      embed: (texts: readonly string[]) => {
        if (++calls === 3) throw new Error("cut off");
        return NEXT.embed(texts);
      },
    };
    const options = { from: memory, to: unclosed(to), batch: 2, concurrency: 1, attempts: 1 };
    await reembed({ ...options, embedder: failing }).then(
      () => ok(false, "cut off"),
      () => {},
    );
    equal(to.count(), 4);
    memory.setMeta("ledger", JSON.stringify({ rejected: [], namespaces: [], tags: [["first", memory.version()]] }));
    const result = await reembed({ ...options, embedder: NEXT });
    equal([result.entries, result.removed], [3, 3]);
  });

  test("a later reading is newer, an own change is not unlearnt by an earlier one", async () => {
    const text = (...rejected: string[]) => JSON.stringify({ rejected, namespaces: [], tags: [] });
    const entry = { namespace: "n", key: "stored", tags: [] };
    const pair = pairOf("n", "asked", "stored");
    const waiting: ((text: string) => void)[] = [];
    const store = { getMeta: () => new Promise((resolve) => waiting.push(resolve)) } as unknown as Store;
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

    const ledger = new Ledger();
    const first = ledger.ask(store);
    equal(ledger.ask(store), first, "who comes meanwhile waits for the same");
    ledger.expire();
    ok(ledger.ask(store) !== first, "but for one that may be too old");
    waiting[1]!(text(pair));
    await turn();
    waiting[0]!(text());
    await turn();
    equal(ledger.isRejected("asked", entry), true);

    const other = new Ledger();
    other.ask(store);
    other.amended({ rejected: [pair], namespaces: [], tags: [] }, other.moment);
    waiting[2]!(text());
    await turn();
    equal(other.isRejected("asked", entry), true);
    ok(other.ask(store) !== undefined, "it is read again, as it is not known which is newer");
    waiting[3]!(text());
    await turn();
    equal(other.isRejected("asked", entry), false, "and what is read then is right");

    // Two own changes, told in the wrong order.
    const third = new Ledger();
    const { moment } = third;
    third.amended({ rejected: [pair], namespaces: [], tags: [["t", 9]] }, moment);
    third.amended({ rejected: [], namespaces: [], tags: [["t", 5]] }, moment);
    equal([third.isRejected("asked", entry), third.isInvalid({ ...entry, tags: ["t"], revision: 9 })], [true, true]);
  });

  test("a mark keeps what the answer's revision was, however often; nobody's tag makes it newer", () => {
    let entry = { tags: ["mine"], revision: 5 };
    for (const pair of ["a", "b"]) entry = { tags: markedTags(entry, pair), revision: entry.revision + 3 };
    equal([putAt(entry), entry.revision], [5, 11]);
    equal(entry.tags, ["mine", "mneme:since:5", "mneme:rejected:a", "mneme:rejected:b"]);
    for (const tag of ["mneme:since:", "mneme:since:x", "mneme:since:99", "mneme:since:NaN"]) {
      ok(putAt({ tags: [tag], revision: 11 }) <= 11, tag);
    }
    equal(putAt({ tags: ["mneme:since:99"], revision: 11 }), 11);
  });
};

/** Where there are checkpoints. */
export const checkpointLedgerTests: Suite = (test) => {
  test("invalid entries do not travel, nor what was said of them; rejected pairings do", async () => {
    const store = memoryStore();
    const cache = await judged(store);
    const other = await opened({ store: unclosed(store) });
    const to = memoryStore();
    const bytes = await bytesOf(other.dump());
    const restored = await SemanticCache.restore(streamOf(bytes), { embedder: WORDS, store: to });
    ok(!(await entriesOf(to)).some(({ tags }) => tags.some((tag) => tag.startsWith("mneme:since:"))), "no versions");
    await isAsJudged(restored);
    equal(JSON.parse(to.getMeta("ledger")!).tags, []);

    // What another cache says right before it is heeded too, and a ledger that is damaged is left behind.
    await cache.invalidate({ namespace: "default" });
    const none = memoryStore();
    const dumped = await bytesOf(other.dump());
    await SemanticCache.restore(streamOf(dumped), { embedder: WORDS, store: none });
    equal(none.count(), 0);
    store.setMeta("ledger", "{");
    const left = memoryStore();
    const damaged = await bytesOf(cache.dump());
    await SemanticCache.restore(streamOf(damaged), { embedder: WORDS, store: left });
    equal(left.getMeta("ledger"), undefined);
  });
};
