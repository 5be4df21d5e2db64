import { equal, fails } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { countingEmbedder, inEachFace, OTHER, PARAPHRASE, QUESTION } from "./cache-fixtures.ts";

/** Calls that keep to the exact layer, and what a call admits of what it computed. */
export const cacheExactOnlyTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("what is put for the exact layer alone is not embedded, and found by its own words only", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder });
      await cache.put(QUESTION, "a", { semantic: false });
      equal([(await cache.get(QUESTION))?.layer, embedder.embedded.length], ["exact", 0]);
      equal(await cache.get(PARAPHRASE), undefined);
      await cache.close();
    });

    inFace("a lookup in the exact layer alone embeds nothing, whatever is near", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder });
      await cache.put(QUESTION, "a");
      embedder.embedded.length = 0;
      const exactly = { semantic: false };
      equal(await cache.get(PARAPHRASE, exactly), undefined);
      equal(
        (await cache.getMany([QUESTION, PARAPHRASE], exactly)).map((hit) => hit?.layer),
        ["exact", undefined],
      );
      equal((await cache.wrap(PARAPHRASE, () => "b", exactly)).response, "b");
      equal([embedder.embedded, (await cache.get(PARAPHRASE))?.response], [[], "b"]);
      await cache.close();
    });

    inFace("admit stores it, does not, or for the exact layer alone; anything else is told", async (open) => {
      const cache = await open({ strict: true });
      await cache.wrap(QUESTION, () => "a", { admit: () => false });
      equal(await cache.get(QUESTION), undefined);
      await cache.wrap(QUESTION, () => "a", { admit: () => "exact" });
      equal([(await cache.get(QUESTION))?.layer, await cache.get(PARAPHRASE)], ["exact", undefined]);
      await cache.wrap(QUESTION, () => "a", { admit: (response) => response === "a", bypass: true });
      equal((await cache.get(PARAPHRASE))?.layer, "semantic");
      await fails(() => cache.wrap(OTHER, () => "b", { admit: () => undefined as never }), "argument");
      await cache.close();
    });
  });
};
