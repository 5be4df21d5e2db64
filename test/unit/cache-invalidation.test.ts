import { memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import {
  inEachFace,
  OTHER,
  observed,
  opened,
  PARAPHRASE,
  promised,
  QUESTION,
  unclosed,
  WAITING,
  WORDS,
} from "./cache-fixtures.ts";
import { entriesOf, failingAt, meanwhile, noted, rejects, travelled, without } from "./judging-fixtures.ts";

const THIRD = "how do I reset the password of my account please";

/** All that may answer. */
async function answers(cache: SemanticCache, place: object = {}): Promise<(string | undefined)[]> {
  const [many] = await cache.getMany([PARAPHRASE], place);
  const near = await cache.nearest(QUESTION, 1, place);
  return [
    (await cache.get(QUESTION, place))?.response,
    (await cache.get(PARAPHRASE, place))?.response,
    many?.response,
    near[0]?.response,
    (await cache.explain(QUESTION, place)).hit?.response,
    (await cache.explain(PARAPHRASE, place)).hit?.response,
  ];
}
/** A promise if any of them is one: the sync face has none. */
function atOnce(...acts: unknown[]): unknown {
  return acts.some((act) => act instanceof Promise) ? Promise.all(acts) : undefined;
}

const all = (response: string | undefined) => Array(6).fill(response);

/** Much is declared invalid at once. */
export const cacheInvalidationTests: Suite = (test) => {
  inEachFace(test, (test) => {
    test("nothing of the tags, or of the namespace, is served any more; what is put afterwards is", async (open) => {
      const cache = await open();
      const put = async (response: string): Promise<void> => {
        await cache.put(QUESTION, response, { tags: ["a", "b"] });
        await cache.put(QUESTION, response, { tags: ["c"], namespace: "n" });
        await cache.put(QUESTION, response, { tags: ["b"], namespace: "n", scope: "s" });
      };
      const places = [{}, { namespace: "n" }, { namespace: "n", scope: "s" }];
      const served = async () => Promise.all(places.map(async (place) => new Set(await answers(cache, place))));
      const expected = (...responses: (string | undefined)[]) => responses.map((response) => new Set([response]));
      const same = async (...responses: (string | undefined)[]) => {
        equal(
          (await served()).map((one) => [...one]),
          expected(...responses).map((one) => [...one]),
          `${responses}`,
        );
      };
      await put("1");
      await cache.invalidate({ tags: ["none"] });
      await cache.invalidate({ namespace: "none" });
      await same("1", "1", "1");
      await cache.invalidate({ tags: ["a"] });
      await same(undefined, "1", "1");
      await put("2");
      await same("2", "2", "2");
      await cache.invalidate({ namespace: "n" });
      await same("2", undefined, undefined);
      await put("3");
      await cache.invalidate({ tags: ["x", "b"] });
      await same(undefined, "3", undefined);
      await cache.invalidate({ namespace: "default" });
      await put("4");
      await same("4", "4", "4");
    });

    test("it takes as many calls of the store with 1,000 entries as with 10", async (open) => {
      const takes = async (count: number): Promise<string[]> => {
        const { store, calls } = noted(memoryStore());
        const cache = await open({ store });
        const items = Array.from({ length: count }, (_, i) => ({ query: `question ${i}`, response: "x", tags: ["t"] }));
        await cache.putMany(items);
        calls.length = 0;
        await cache.invalidate({ tags: ["t"] });
        await cache.invalidate({ namespace: "default" });
        return [...calls];
      };
      const few = await takes(10);
      equal(await takes(1000), few);
      ok(few.length <= 12 && !few.includes("getMany"), `${few}`);
    });

    test("other caches heed it: at once where they follow the store, else within a second", async (open) => {
      const store = memoryStore();
      const one = await open({ store: unclosed(store) });
      await one.put(QUESTION, "answer", { tags: ["t"] });
      const follows = await open({ store: unclosed(store), mode: "stale-tolerant" });
      const single = await open({ store: unclosed(store) });
      equal([await answers(follows), await answers(single)], [all("answer"), all("answer")]);
      await one.invalidate({ tags: ["t"] });
      equal(await follows.nearest(PARAPHRASE, 1), []);
      equal(await answers(follows), all(undefined));
      await new Promise((resolve) => setTimeout(resolve, 1050));
      equal(await single.nearest(PARAPHRASE, 1), []);
      equal(await answers(single), all(undefined));
      await one.put(QUESTION, "anew", { tags: ["t"] });
      equal(await answers(follows), all("anew"));
    });

    test("no trace of how others are told is left; a crash in between leaves a row that has expired", async (open) => {
      const memory = memoryStore();
      const { store, arm } = failingAt(memory);
      const cache = await open({ store });
      await cache.put(QUESTION, "answer", { tags: ["t"] });
      const version = memory.version();
      await cache.invalidate({ tags: ["t"] });
      equal([await cache.namespaces(), memory.count(), (await cache.stats()).entries], [["default"], 1, 1]);
      ok(memory.version() > version, "others are told");
      let failures = 0;
      for (let call = 1; call < 8; call++) {
        for (const when of ["before", "after"] as const) {
          await cache.put(QUESTION, "answer", { tags: ["t"] });
          arm(call, when);
          const error = await rejection(() => cache.invalidate({ tags: ["t"] })).catch(() => undefined);
          arm(0, when);
          if (error === undefined) continue;
          failures++;
          const others = (await entriesOf(memory)).filter(({ namespace }) => namespace !== "default");
          ok(others.length <= 1 && others.every(({ expiresAt }) => expiresAt! <= Date.now()), `call ${call}`);
          await cache.invalidate({ tags: ["t"] });
          equal(await cache.get(QUESTION), undefined);
          equal([memory.namespaces(), memory.count()], [["default"], 1]);
        }
      }
      equal(failures, 10, "five calls");
    });

    test("a mark on an entry that was declared invalid does not bring it back", async (open) => {
      const { store, before } = meanwhile(memoryStore());
      const [cache, other] = [await open({ store }), await open({ store, mode: "stale-tolerant" })];
      await cache.put(QUESTION, "answer", { tags: ["t"] });
      const hits = [travelled(await cache.get(PARAPHRASE)), travelled(await cache.get(THIRD))];
      await cache.flush();
      before("commit", () => other.invalidate({ tags: ["t"] }));
      await cache.feedback(hits[0]!, "reject");
      await cache.feedback(hits[1]!, "reject");
      equal(await answers(other), all(undefined));
      equal(await other.vacuum(), 1);
      await cache.put(QUESTION, "anew", { tags: ["t"] });
      await rejects(cache, `${QUESTION} again`);
      equal((await other.get(QUESTION))?.response, "anew");
    });

    test("vacuum removes the rows and what was said of them, counts right, and spares what was put anew", async (open) => {
      const memory = memoryStore();
      const { store, before } = meanwhile(memory);
      const { clock, pass } = observed();
      const [cache, other] = [await open({ store, clock, maxEntries: 1000 }), await open({ store, clock })];
      const items = Array.from({ length: 250 }, (_, i) => ({
        query: `question number ${i}`,
        response: "x",
        tags: ["t"],
      }));
      await cache.putMany(items);
      await cache.put(QUESTION, "kept");
      await cache.put(OTHER, "expires", { ttl: 10 });
      pass(10);
      const hit = travelled((await cache.nearest("question number 8", 1))[0]);
      await other.invalidate({ tags: ["t"] });
      equal(memory.count(), 252);
      // One of the batch is written while it is to be removed, another only marked.
      const marked = { ...hit, pairing: hit.pairing.replace(/:.*/, (key) => `:0${key.slice(2)}/${key.slice(1)}`) };
      before("commit", () =>
        atOnce(other.put("question number 7", "anew", { tags: ["t"] }), other.feedback(marked, "reject")),
      );
      // The ledger holds what was rejected meanwhile.
      equal(await cache.vacuum(), 250);
      equal([memory.count(), (await cache.stats()).entries], [2, 2]);
      equal((await cache.get("question number 7"))?.response, "anew");
      const { rejected, ...said } = JSON.parse(memory.getMeta("ledger")!) as { rejected: string[] };
      equal([said, rejected.length], [{ namespaces: [], tags: [] }, 1]);
      equal(await cache.vacuum(), 0);
      // What the cache knows of how many there are is right: one more than allowed makes room for exactly one.
      await cache.setThreshold(0.9);
      const again = await open({ store, clock, maxEntries: 2 });
      await again.put("still another question", "y");
      equal(memory.count(), 2);
    });

    test("what is declared invalid while a vacuum runs stays so", async (open) => {
      const { store, before } = meanwhile(memoryStore());
      const [cache, other] = [await open({ store }), await open({ store })];
      await cache.put(QUESTION, "first", { tags: ["first"] });
      await cache.put(OTHER, "second", { tags: ["second"] });
      await other.put(THIRD, "third", { namespace: "n" });
      await cache.invalidate({ tags: ["first"] });
      // When the rows are found already: the others are not among them.
      before("commit", () => atOnce(other.invalidate({ tags: ["second"] }), other.invalidate({ namespace: "n" })));
      equal(await cache.vacuum(), 1);
      for (const one of [cache, await open({ store })]) {
        equal([await one.get(OTHER), await one.get(THIRD, { namespace: "n" })], [undefined, undefined]);
      }
      equal(await cache.vacuum(), 2);
    });

    test("vacuum of a batch that others write all the time gives up without forgetting what was said", async (open) => {
      const memory = memoryStore();
      await memory.open({ fingerprint: WORDS.fingerprint, dimensions: WORDS.dimensions });
      let isBusy = false;
      const busy = new Proxy(unclosed(memory), {
        get: (target, name: keyof Store) => {
          const member: unknown = target[name];
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => {
            if (isBusy && name === "commit") {
              const { id: _, accessedAt, hits, revision, ...put } = memory.get("default", [...memory.scan()][0]!.key)!;
              const since = put.tags.some((tag) => tag.startsWith("mneme:since:")) ? [] : [`mneme:since:${revision}`];
              memory.commit([{ put: { ...put, tags: [...put.tags, ...since] }, used: { at: accessedAt, hits } }]);
            }
            return (member as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const cache = await open({ store: busy });
      await cache.put(QUESTION, "answer", { tags: ["t"] });
      await cache.invalidate({ tags: ["t"] });
      isBusy = true;
      await fails(() => cache.vacuum(), "conflict");
      isBusy = false;
      equal(await (await open({ store: unclosed(memory) })).get(QUESTION), undefined);
      equal(await cache.vacuum(), 1);
    });

    test("one of a namespace and tags is wanted", async (open) => {
      const cache = await open();
      const wrong = [undefined, null, {}, { tags: [] }, { tags: "t" }, { tags: [7] }, { namespace: 7 }];
      for (const given of [...wrong, { namespace: "n", tags: ["t"] }, { tags: ["mneme:x"] }]) {
        await fails(() => cache.invalidate(given as never), "argument");
      }
      const { events, onEvent } = observed();
      const other = await open({ onEvent });
      await other.invalidate({ tags: ["t"] });
      await other.invalidate({ namespace: "" });
      equal(events, [
        { type: "invalidate", namespace: undefined, tags: ["t"] },
        { type: "invalidate", namespace: "", tags: [] },
      ]);
      await other.close();
      await fails(() => other.invalidate({ tags: ["t"] }), "closed");
    });
  });

  for (const [name, which] of Object.entries({ tags: { tags: ["x", "t"] }, namespace: { namespace: "n" } })) {
    test(`what is being computed for the ${name} is not stored, though it is answered`, async () => {
      for (const store of [memoryStore(), promised(memoryStore())]) {
        const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING, store });
        let release = (_: string): void => {};
        const compute = () => new Promise<string>((resolve) => (release = resolve));
        const options = { namespace: "n", tags: ["t"] };
        const call = cache.wrap(QUESTION, compute, options);
        const other = cache.wrap(QUESTION, async () => "other", { namespace: "m", tags: ["s"] });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await cache.invalidate(which);
        release("old");
        equal((await call).response, "old");
        equal([await cache.get(QUESTION, options), (await other).response], [undefined, "other"]);
        equal((await cache.get(QUESTION, { namespace: "m" }))?.response, "other");
        equal((await cache.wrap(QUESTION, () => "new", options)).response, "new");
        await cache.close();
      }
    });
  }

  test("what is being embedded, to be stored, when it is declared invalid is not stored", async () => {
    let embedding = 0;
    let release = (): void => {};
    const embedder = {
      ...WORDS,
      embed: async (texts: readonly string[]) => {
        embedding++;
        await new Promise<void>((resolve) => (release = resolve));
        return WORDS.embed(texts);
      },
    };
    for (const forget of [
      (cache: SemanticCache) => cache.invalidate({ tags: ["t"] }),
      (cache: SemanticCache) => cache.delete(QUESTION),
      (cache: SemanticCache) => cache.clear(),
    ]) {
      embedding = 0;
      const { events, onEvent } = observed();
      const cache = await SemanticCache.open({ embedder, ...WAITING, onEvent });
      const call = cache.wrap(QUESTION, () => "old", { tags: ["t"], bypass: true });
      while (embedding === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await forget(cache);
      release();
      equal((await call).response, "old");
      equal([(await cache.stats()).entries, events.filter(({ type }) => type === "error")], [0, []]);
      await cache.close();
    }
  });

  test("what a store without swapMeta was told stays too", async () => {
    const store = memoryStore();
    const cache = await opened({ store: unclosed(without(store, "swapMeta")) });
    await cache.put(QUESTION, "answer", { tags: ["t"] });
    await cache.invalidate({ tags: ["t"] });
    equal(await answers(await opened({ store: unclosed(store) })), all(undefined));
  });
};
