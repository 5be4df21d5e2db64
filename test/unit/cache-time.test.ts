import { memoryStore } from "../../src/index.ts";
import { equal, fails } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, PARAPHRASE, QUESTION, unclosed } from "./cache-fixtures.ts";

const MINUTE = 60_000;

/** How long entries live. */
export const cacheTimeTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("an entry's time runs from its put, however often it is used", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock, defaultTtl: "2m" });
      await cache.put(QUESTION, "answer");
      pass(MINUTE);
      equal((await cache.get(QUESTION))?.response, "answer");
      await cache.flush();
      pass(MINUTE - 1);
      equal((await cache.get(PARAPHRASE))?.response, "answer");
      pass(1);
      equal([await cache.get(QUESTION), await cache.get(PARAPHRASE)], [undefined, undefined]);
    });

    inFace("slidingTtl: every use that counts begins it anew, written or not yet", async (open) => {
      const { clock, pass } = observed();
      const store = memoryStore();
      const cache = await open({ clock, defaultTtl: "2m", slidingTtl: true, store: unclosed(store) });
      await cache.put(QUESTION, "answer");
      await cache.put(OTHER, "2.40", { ttl: null });
      for (let i = 0; i < 10; i++) {
        pass(1.5 * MINUTE);
        equal((await cache.get(i % 2 ? PARAPHRASE : QUESTION))?.response, "answer");
        if (i % 3 === 0) await cache.flush();
      }
      pass(MINUTE);
      await cache.get(QUESTION, { touch: false });
      await cache.close();
      const again = await open({ clock, store: unclosed(store) }); // the store remembers
      pass(MINUTE - 1);
      equal((await again.get(PARAPHRASE))?.response, "answer");
      pass(2 * MINUTE);
      equal([await again.get(QUESTION), (await again.get(OTHER))?.response], [undefined, "2.40"]);
      await fails(() => open({ slidingTtl: 1 as never }), "argument");
    });

    inFace("vacuum removes what has expired, and tells each namespace how much", async (open) => {
      const { clock, pass, events, onEvent } = observed();
      const store = memoryStore();
      const cache = await open({ clock, onEvent, store: unclosed(store) });
      for (const namespace of ["a", "b"]) {
        await cache.put(QUESTION, "x", { ttl: "1m", namespace });
        await cache.put(OTHER, "x", { ttl: "2m", namespace });
        await cache.put("nothing of the kind", "x", { namespace });
      }
      pass(MINUTE);
      equal([await cache.vacuum("a"), await cache.vacuum("nowhere"), await cache.vacuum("a")], [1, 0, 0]);
      pass(MINUTE);
      equal([await cache.vacuum(), store.count(), (await cache.stats("b")).expirations], [3, 2, 2]);
      equal(
        events.filter(({ type }) => type === "expired"),
        [
          { type: "expired", namespace: "a", count: 1 },
          { type: "expired", namespace: "a", count: 1 },
          { type: "expired", namespace: "b", count: 2 },
        ],
      );
      equal(await cache.get(QUESTION, { namespace: "b", threshold: 0.6 }), undefined);
      await fails(() => cache.vacuum(7 as never), "argument");
    });

    inFace("vacuum leaves what a use has renewed that is not yet written", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock, defaultTtl: "1m", slidingTtl: true });
      await cache.put(QUESTION, "answer");
      pass(MINUTE - 1);
      await cache.get(QUESTION);
      pass(MINUTE / 2);
      equal([await cache.vacuum(), (await cache.get(QUESTION))?.response], [0, "answer"]);
    });

    inFace("F9 a clock set back makes no negative age, and one that was ahead no immortal entry", async (open) => {
      let now = 1e12;
      const cache = await open({ clock: () => now, defaultTtl: "10m" });
      await cache.put(QUESTION, "answer");
      now -= 5 * MINUTE;
      const hit = await cache.get(QUESTION);
      equal([hit?.response, hit?.ageSeconds, hit?.confidence], ["answer", 0, 1]);
      now -= 365 * 24 * 60 * MINUTE;
      equal([await cache.get(QUESTION), await cache.get(PARAPHRASE)], [undefined, undefined]);
      await cache.put(QUESTION, "new");
      equal((await cache.get(PARAPHRASE))?.response, "new");
    });
  });
};
