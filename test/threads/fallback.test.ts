import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { HOSTILE } from "../unit/hostile-rows.ts";

/** Where there are no threads, or they cannot share memory, an index that asks for some searches alone and says nothing. */
export const fallbackTests: Suite = (test) => {
  test("an index that asks for threads finds the same without", async () => {
    const rows = HOSTILE.anisotropic!(2600, 128, 4);
    const asking = new ExactIndex(128, { threads: 4, helpFrom: 2100 });
    const alone = new ExactIndex(128);
    for (const index of [asking, alone]) {
      rows.forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      index.settle();
    }
    for (let i = 0; i < 40; i++) {
      equal(asking.search("n", rows[i]!, 10, 0.2), alone.search("n", rows[i]!, 10, 0.2));
      ok(asking.helped === 0, "there are threads here after all: this place should run their tests");
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20)).catch(() => {});
    }
    asking.close();
  });
};
