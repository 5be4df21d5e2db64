import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { GrowingIndex } from "../../src/vectors/growing-index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { HOSTILE } from "./hostile-rows.ts";

const D = 128;
const ENGINE = { ExactIndex };

/** Whether the index that fetches its engine when it is needed finds what the engine does, before, while and after. */
export const growingIndexTests =
  ({ kernel }: Platform): Suite =>
  (test) => {
    if (kernel.simd === "scalar") {
      test("the engine is not fetched where it would be no faster", () => {
        const index = new GrowingIndex(D, () => ok(false, "it was fetched") as never);
        equal(index.prepare(1e6), undefined);
      });
      return;
    }

    const rows = HOSTILE.anisotropic!(3000, D, 3).map((row) => {
      const length = Math.hypot(...row);
      return Float32Array.from(row, (x) => x / length);
    });

    test("every answer is the exact one while rows come, move, change and go", async () => {
      let fetched = 0;
      const index = new GrowingIndex(D, async () => {
        fetched++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return ENGINE;
      });
      const plain = new ExactIndex(D, { level: "scalar" });
      const add = (id: number, namespace: string, row: number): void => {
        for (const each of [index, plain]) each.add(id, namespace, rows[row]!);
      };
      const same = (): void => {
        for (const namespace of ["a", "b"]) {
          const query = rows[(index.size * 7) % rows.length]!;
          equal(index.search(namespace, query, 10, 0.3), plain.search(namespace, query, 10, 0.3), `${index.size} rows`);
          equal(index.ids(namespace).sort(), plain.ids(namespace).sort());
        }
        equal(index.size, plain.size);
      };
      for (let i = 0; i < 3000; i++) {
        add(i + 1, i % 5 === 0 ? "b" : "a", i);
        if (i % 3 === 0) add(1 + ((i * 31) % (i + 1)), i % 2 === 0 ? "b" : "a", (i * 17) % 3000);
        if (i % 7 === 0) equal(index.remove(1 + ((i * 13) % (i + 1))), plain.remove(1 + ((i * 13) % (i + 1))));
        if (i % 50 === 0) {
          same();
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      await index.settle();
      same();
      equal(fetched, 1);
      for (const [i] of rows.entries()) add(5000 + i, "a", i);
      await index.settle();
      same();
      ok(index.learnt() !== undefined, "the engine has learnt");
      for (const each of [index, plain]) each.clear("a");
      same();
      index.close();
    });

    test("an engine that cannot be fetched leaves every row scored", async () => {
      const index = new GrowingIndex(D, () => Promise.reject(new Error("no network")));
      rows.slice(0, 1100).forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      await index.settle();
      equal(index.search("n", rows[7]!, 1, 0.9)[0]?.id, 8);
      equal(index.size, 1100);
    });

    test("closed while the engine is under way, it stays closed", async () => {
      let deliver: (engine: typeof ENGINE) => void = () => {};
      const index = new GrowingIndex(D, () => new Promise((resolve) => (deliver = resolve)));
      const prepared = index.prepare(1e6);
      index.close();
      deliver(ENGINE);
      await prepared;
      equal(index.size, 0);
    });
  };
