import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { live, WORLDS } from "./risk-worlds.ts";

/** The budget is kept in worlds whose risks are known. It is arithmetic from fixed seeds, and much of it. */
export const riskWorldsTests: Suite = (test) => {
  for (const [name, world] of Object.entries(WORLDS)) {
    if (name.startsWith("risk rises")) continue; // the assumptions exclude it
    // It comes when nothing else of its kind is computed any more: somebody has to look at hits.
    const watches = name === "a poisoned entry" ? [{ judge: 1 }] : [{}, { explore: 0.05 }, { judge: 1 }];
    test(`within the budget where ${name}`, () => {
      const budget = 0.02;
      const runs = 8;
      for (const watch of watches) {
        const lives = Array.from({ length: runs }, (_, i) =>
          live(world, { budget, lookups: 1200, ...watch, seed: 100 + i }),
        );
        const over = lives.filter(({ wrong }) => wrong > budget).length;
        ok(over <= 1, `${over} of ${runs} with ${JSON.stringify(watch)}`);
        const hits = lives.reduce((sum, life) => sum + life.hits, 0) / runs;
        ok(hits > 0.05, `${hits} are hits`);
      }
    });
  }

  test("in a cache that is hardly used nothing is served by chance", () => {
    for (let seed = 0; seed < 20; seed++)
      equal(live(WORLDS["3 % everywhere"]!, { budget: 0.02, lookups: 100, seed }).hits, 0);
  });
};
