import { memoryStore, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, opened, PARAPHRASE, QUESTION, unclosed } from "./cache-fixtures.ts";
import { bodyOf, entriesOf, failingAt, meanwhile, rejects, scattered, travelled, without } from "./judging-fixtures.ts";

const THIRD = "how do I reset the password of my account please";

/** What users say of hits. */
export const cacheFeedbackTests: Suite = (test) => {
  inEachFace(test, (test) => {
    for (const [kind, storeOf] of Object.entries<() => Store>({
      "that swaps": memoryStore,
      "that cannot swap": () => without(memoryStore(), "swapMeta"),
    })) {
      test(`on a store ${kind}, a rejected pairing is not served again, here, elsewhere or later`, async (open) => {
        const store = storeOf();
        const [cache, other] = [await open({ store: unclosed(store) }), await open({ store: unclosed(store) })];
        await cache.put(QUESTION, "answer", { tags: ["mine"] });
        await other.close();
        const third = await open({ store: unclosed(store) }); // with all in its index
        await rejects(cache);
        for (const [name, one] of Object.entries({ cache, third, later: await open({ store: unclosed(store) }) })) {
          equal(await one.get(PARAPHRASE), undefined, name);
          equal(await one.getMany([PARAPHRASE, PARAPHRASE]), [undefined, undefined], name);
          equal((await one.get(THIRD))?.response, "answer", `${name}: another question`);
          equal((await one.get(QUESTION))?.layer, "exact", name);
          equal((await one.wrap(PARAPHRASE, () => "own", { bypass: true })).response, "own");
          equal((await one.get(PARAPHRASE))?.layer, "exact", `${name}: its own answer is`);
          await one.delete(PARAPHRASE);
        }
        // Put anew, with no mark: the ledger holds.
        await third.put(QUESTION, "another answer");
        ok(!(await entriesOf(store))[0]!.tags.some((tag) => tag.startsWith("mneme:")), "no mark");
        equal(await cache.get(PARAPHRASE), undefined, "overwritten");
        await cache.delete(QUESTION);
        await cache.put(QUESTION, "a third answer");
        equal(await cache.get(PARAPHRASE), undefined, "put anew");
        equal((await cache.get(THIRD))?.response, "a third answer");
        const again = await open({ store: unclosed(store) });
        equal(await again.get(PARAPHRASE), undefined, "after a restart");
      });
    }

    test("neither another namespace nor another scope is touched", async (open) => {
      const cache = await open();
      const places = [{}, { namespace: "n" }, { scope: "s" }, { namespace: "n", scope: "s" }];
      for (const rejected of places) {
        await cache.clear();
        for (const place of places) await cache.put(QUESTION, "answer", place);
        await cache.feedback(travelled(await cache.get(THIRD, rejected)), "reject");
        for (const place of places) {
          const isIt = place === rejected || places.indexOf(place) < places.indexOf(rejected);
          equal((await cache.get(THIRD, place)) === undefined, isIt, JSON.stringify([rejected, place]));
        }
      }
    });

    test("a mark leaves the entry as it is, and an own use before or amid it is kept", async (open) => {
      const { clock, pass } = observed();
      const { store, before } = meanwhile(memoryStore());
      const cache = await open({ clock, store, slidingTtl: true });
      const id = await cache.put(QUESTION, "answer", { ttl: 1000, tags: ["mine"], metadata: { by: "x" } });
      pass(10);
      const hit = travelled(await cache.get(PARAPHRASE)); // a use that is still to be written
      pass(5);
      // When the entry was read already, or is about to be.
      before("get", () => cache.get(QUESTION));
      await cache.feedback(hit, "reject");
      await cache.flush();
      const [entry] = await store.getMany([id]);
      equal([entry?.hits, entry?.accessedAt, entry?.expiresAt], [2, 1_000_015, 1_001_015]);
      equal(
        [entry?.value, entry?.createdAt, entry?.metadata, entry?.tags.includes("mine")],
        ['"answer"', 1_000_000, { by: "x" }, true],
      );
    });

    test("a rejected exact answer goes, unless there is another by now; a mark is none", async (open) => {
      const { store, before } = meanwhile(memoryStore());
      const cache = await open({ store });
      await cache.put(QUESTION, "wrong");
      const hit = travelled(await cache.get(QUESTION));
      await rejects(cache); // the entry is written, with the same answer
      await cache.feedback(hit, "reject");
      equal([await cache.get(QUESTION), await cache.get(THIRD)], [undefined, undefined]);

      await cache.put(QUESTION, "wrong");
      const second = travelled(await cache.get(QUESTION));
      await cache.put(QUESTION, "right");
      await cache.feedback(second, "reject");
      equal((await cache.get(QUESTION))?.response, "right");

      const third = travelled(await cache.get(QUESTION));
      const other = await open({ store });
      before("commit", () => other.put(QUESTION, "still better"), 1);
      await cache.feedback(third, "reject");
      equal((await cache.get(QUESTION))?.response, "still better", "put while it was to be removed");
      equal((await cache.get(THIRD))?.response, "still better");
    });

    test("what is gone, or was put anew under another id, is rejected all the same", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer");
      const hit = travelled(await cache.get(PARAPHRASE));
      await cache.delete(QUESTION);
      await cache.feedback(hit, "reject");
      await cache.put(QUESTION, "the same again");
      equal(await cache.get(PARAPHRASE), undefined);
      const other = travelled(await cache.get(THIRD));
      await cache.delete(QUESTION);
      await cache.put(QUESTION, "once more");
      await cache.feedback(other, "reject");
      equal(await cache.get(THIRD), undefined);
      const exact = travelled(await cache.get(QUESTION));
      await cache.clear();
      await cache.feedback(exact, "reject");
    });

    test("hits of nearest may be judged", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer");
      const [near] = await cache.nearest(PARAPHRASE, 1);
      await cache.feedback(travelled(near), "reject");
      equal(await cache.get(PARAPHRASE), undefined);
      const [own] = await cache.nearest(QUESTION, 1);
      await cache.feedback(travelled(own), "reject");
      equal(await cache.get(QUESTION), undefined);
    });

    test("both verdicts are counted and told; one of approval changes nothing", async (open) => {
      const { events, onEvent } = observed();
      const store = memoryStore();
      const cache = await open({ onEvent, store: unclosed(store) });
      const id = await cache.put(QUESTION, "answer");
      const hit = travelled(await cache.get(PARAPHRASE, { touch: false }));
      events.length = 0;
      const before = [await entriesOf(store), store.version(), store.getMeta("ledger")];
      await cache.feedback(hit, "accept");
      equal([await entriesOf(store), store.version(), store.getMeta("ledger")], before);
      await cache.feedback(hit, "reject");
      await cache.feedback(hit, "reject");
      const told = (verdict: "accept" | "reject") => ({ type: "feedback" as const, namespace: "default", id, verdict });
      equal(events, [told("accept"), told("reject"), told("reject")]);
      const { accepted, rejected } = await cache.stats();
      equal([accepted, rejected], [1, 2]);
      equal((await entriesOf(store))[0]!.tags.filter((tag) => tag.startsWith("mneme:rejected:")).length, 1);
      events.length = 0;
      equal(await cache.get(PARAPHRASE), undefined);
      equal(
        events.map((event) => (event.type === "miss" || event.type === "reject" ? event.reason : event.type)),
        ["rejected", "rejected"],
      );
    });

    test("what is no hit, or no verdict, is an argument error", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer");
      const hit = travelled(await cache.get(PARAPHRASE));
      const wrong = [undefined, null, 7, "hit", {}, { ...hit, pairing: undefined }, { ...hit, pairing: "x" }];
      const others = [
        { ...hit, pairing: "1:" },
        { ...hit, id: "1" },
        { ...hit, namespace: 7 },
        { ...hit, similarity: "1" },
      ];
      for (const given of [...wrong, ...others, { ...hit, pairing: 7 }]) {
        await fails(() => cache.feedback(given as never, "reject"), "argument");
      }
      for (const verdict of [undefined, "", "REJECT", true]) {
        await fails(() => cache.feedback(hit, verdict as never), "argument");
      }
      equal((await cache.get(PARAPHRASE))?.response, "answer");
      for (const tags of [["mneme:x"], ["a", "mneme:rejected:0"]]) {
        await fails(() => cache.put(QUESTION, "x", { tags }), "argument");
      }
      await cache.close();
      await fails(() => cache.feedback(hit, "reject"), "closed");
    });

    test("an entry that was rejected for 64 questions goes with the next, whatever other tags it has", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer", { tags: Array.from({ length: 70 }, (_, i) => `tag ${i}`) });
      const hit = travelled(await cache.get(PARAPHRASE));
      for (let i = 0; i < 64; i++)
        await cache.feedback({ ...hit, pairing: hit.pairing.replace(":", `:${i}`) }, "reject");
      equal((await cache.get(QUESTION))?.response, "answer");
      await cache.feedback(hit, "reject");
      equal([await cache.get(QUESTION), (await cache.stats()).entries], [undefined, 0]);
    });

    test("with 10,000 pairings rejected the entry goes instead", async (open) => {
      const store = memoryStore();
      const cache = await open({ store: unclosed(store) });
      const rejected = Array.from({ length: 10_000 }, (_, i) => `${i}`);
      await cache.put(QUESTION, "answer");
      store.setMeta("ledger", JSON.stringify({ rejected: rejected.slice(1), namespaces: [], tags: [] }));
      await rejects(cache);
      equal([(await cache.get(QUESTION))?.response, await cache.get(PARAPHRASE)], ["answer", undefined]);
      await cache.feedback(travelled(await cache.get(THIRD)), "reject");
      equal(await cache.get(QUESTION), undefined);
      equal(JSON.parse(store.getMeta("ledger")!).rejected.length, 10_000);
    });

    test("where the store fails in the middle the failure is told, and saying it again is enough", async (open) => {
      for (const when of ["before", "after"] as const) {
        for (let call = 1; ; call++) {
          const memory = memoryStore();
          const { store, arm } = failingAt(memory);
          const cache = await open({ store });
          const id = await cache.put(QUESTION, "answer");
          const hit = travelled(await cache.get(PARAPHRASE, { touch: false }));
          const [entry] = memory.getMany([id]);
          arm(call, when);
          let failed = true;
          await rejection(() => cache.feedback(hit, "reject")).catch(() => {
            failed = false;
          });
          arm(0, when);
          if (!failed) break;
          equal((await cache.stats()).rejected, 0, "what failed is not counted");
          await cache.feedback(hit, "reject");
          equal(await cache.get(PARAPHRASE), undefined, `call ${call}`);
          equal(bodyOf(memory.getMany([id])[0]), bodyOf(entry));
          await cache.put(QUESTION, "anew");
          equal(await cache.get(PARAPHRASE), undefined);
          equal((await cache.stats()).rejected, 1);
          ok(call < 20, "it ends");
        }
      }
    });
  });

  test("many caches reject at once, and nothing is lost", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const memory = memoryStore();
      const caches = await Promise.all(
        [1, 2, 3, 4].map((i) => opened({ store: scattered(memory, seed * 7919 + i), guards: false })),
      );
      const id = await caches[0]!.put(QUESTION, "answer");
      const words = Array.from({ length: 12 }, (_, i) => `${QUESTION} word${i}`);
      const hits = await Promise.all(words.map((word) => caches[0]!.get(word, { touch: false })));
      const [entry] = memory.getMany([id]);
      await Promise.all(hits.map((hit, i) => caches[i % 4]!.feedback(travelled(hit), "reject")));
      equal(bodyOf(memory.getMany([id])[0]), bodyOf(entry), `seed ${seed}`);
      const { rejected } = JSON.parse(memory.getMeta("ledger")!) as { rejected: string[] };
      equal([new Set(rejected).size, rejected.length], [12, 12], `seed ${seed}`);
      const marks = memory.getMany([id])[0]!.tags.filter((tag) => tag.startsWith("mneme:rejected:"));
      equal(marks.map((tag) => tag.slice(15)).sort(), [...rejected].sort(), `seed ${seed}`);
      await caches[3]!.put(QUESTION, "anew"); // by the mark no more
      for (const [i, word] of words.entries()) equal(await caches[i % 4]!.get(word), undefined, `seed ${seed}`);
      equal((await caches[1]!.get(QUESTION))?.response, "anew");
    }
  });

  test("what others rejected is heeded within a second in mode single, at once where the version tells", async () => {
    const store = memoryStore();
    const [one, single, follows] = await Promise.all([
      opened({ store: unclosed(store) }),
      opened({ store: unclosed(store) }),
      opened({ store: unclosed(store), mode: "stale-tolerant" }),
    ]);
    await one.put(QUESTION, "answer");
    const seeing = await opened({ store: unclosed(store) });
    await rejects(one);
    await one.put(QUESTION, "anew"); // no mark
    equal(await follows.get(PARAPHRASE), undefined);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    equal([await seeing.get(PARAPHRASE), await single.get(PARAPHRASE)], [undefined, undefined]);
    equal((await seeing.get(OTHER)) ?? (await seeing.get(QUESTION))?.response, "anew");
  });
};
