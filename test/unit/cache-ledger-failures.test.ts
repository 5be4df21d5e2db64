import { memoryStore, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, opened, PARAPHRASE, promised, QUESTION, unclosed } from "./cache-fixtures.ts";
import { rejects, travelled } from "./judging-fixtures.ts";

/** What was judged is read and written by a store that is slow, fails, or is damaged. */
export const cacheLedgerFailuresTests: Suite = (test) => {
  inEachFace(test, (test) => {
    test("a store that never swaps is a conflict, not a wait without end", async (open) => {
      const never = new Proxy(memoryStore() as Store, {
        get: (target, name: keyof Store) => {
          if (name === "swapMeta") return () => false;
          const member: unknown = target[name];
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
      const cache = await open({ store: never });
      await cache.put(QUESTION, "answer");
      const hit = travelled(await cache.get(PARAPHRASE));
      await fails(() => cache.feedback(hit, "reject"), "conflict");
      await fails(() => cache.invalidate({ tags: ["t"] }), "conflict");
      equal((await cache.get(PARAPHRASE))?.response, "answer");
    });

    test("a ledger that is damaged is told, once, and laid aside when it is written anew", async (open) => {
      for (const damaged of ["{", "7", "null", '{"rejected":7}', '{"rejected":[7]}', '{"tags":[["t"]]}']) {
        const store = memoryStore();
        const { events, onEvent } = observed();
        const cache = await open({ store: unclosed(store), onEvent });
        await cache.put(QUESTION, "answer", { tags: ["t"] });
        await rejects(cache);
        store.setMeta("ledger", damaged);
        await cache.vacuum();
        equal((await cache.get(QUESTION))?.response, "answer");
        equal(await cache.get(PARAPHRASE), undefined, "what was known holds on");
        await cache.vacuum();
        const errors = events.flatMap((event) => (event.type === "error" ? [event.operation] : []));
        equal(errors, ["ledger"], damaged);
        const fresh = await open({ store: unclosed(store), strict: true });
        await fresh.invalidate({ tags: ["t"] });
        equal([store.getMeta("ledger-damaged"), await fresh.get(QUESTION)], [damaged, undefined]);
        equal(JSON.parse(store.getMeta("ledger")!).tags.length, 1);
      }
    });

    test("a ledger that cannot be read costs no lookup", async (open) => {
      const memory = memoryStore();
      await (await open({ store: unclosed(memory) })).put(QUESTION, "answer");
      let isDown = false;
      const store = new Proxy(unclosed(memory), {
        get: (target, name: keyof Store) => {
          if (name !== "getMeta") return target[name];
          return (key: string) => {
            if (isDown && key === "ledger") throw new Error("down");
            return target.getMeta(key);
          };
        },
      });
      const { events, onEvent } = observed();
      const cache = await open({ store, onEvent, mode: "stale-tolerant" });
      const strict = await open({ store, strict: true, mode: "stale-tolerant" });
      isDown = true;
      await (await open({ store: unclosed(memory) })).put(OTHER, "other");
      equal([(await cache.get(QUESTION))?.response, (await cache.get(PARAPHRASE))?.response], ["answer", "answer"]);
      equal((await cache.nearest(PARAPHRASE, 1)).length, 1);
      const errors = events.flatMap((event) => (event.type === "error" ? [event.operation] : []));
      equal(errors, ["get", "get", "get"], "each asks again");
      ok(String(await rejection(() => strict.get(QUESTION))).includes("down"), "strict");
      isDown = false;
      events.length = 0;
      equal([(await cache.get(QUESTION))?.response, events.length], ["answer", 1]);
    });
  });

  test("lookups that overlap the reading of the ledger wait for it; one past its deadline does not lose it", async () => {
    const memory = memoryStore();
    const waiting: (() => void)[] = [];
    let isSlow = false;
    const slow = new Proxy(promised(unclosed(memory)), {
      get: (target, name: keyof Store) => {
        if (name !== "getMeta") return target[name];
        return async (key: string) => {
          const answer = await target.getMeta(key);
          if (isSlow && key === "ledger") await new Promise<void>((resolve) => waiting.push(resolve));
          return answer;
        };
      },
    });
    const one = await opened({ store: unclosed(memory) });
    await one.put(QUESTION, "answer", { tags: ["t"] });
    const cache = await opened({ store: slow, mode: "stale-tolerant" });
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
    equal((await cache.get(PARAPHRASE))?.response, "answer");
    await one.invalidate({ tags: ["t"] });
    isSlow = true;
    const both = [cache.get(PARAPHRASE), cache.get(QUESTION)];
    await turn();
    const third = cache.get(QUESTION);
    await turn();
    isSlow = false;
    for (const go of waiting.splice(0)) go();
    equal(await Promise.all([...both, third]), [undefined, undefined, undefined]);

    await one.put(QUESTION, "anew", { tags: ["t"] });
    equal((await cache.get(QUESTION))?.response, "anew");
    await one.invalidate({ tags: ["t"] });
    isSlow = true;
    equal(await cache.get(QUESTION, { deadline: 10 }), undefined);
    isSlow = false;
    for (const go of waiting.splice(0)) go();
    equal(await cache.get(QUESTION), undefined, "what was asked for was taken up");
  });
};
