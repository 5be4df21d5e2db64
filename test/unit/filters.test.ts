import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { ExactIndexOptions } from "../../src/vectors/exact-options.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";

const D = 128;
const rows = HOSTILE.clusters!(2600, D, 21);
const KINDS: Record<string, ExactIndexOptions> = {
  simd: {},
  scalar: { level: "scalar" },
  int8: { dtype: "int8" },
  "several memories": { most: 400_000 },
};

/** What may be part of the answer, and many answers at once. */
export const filterTests: Suite = (test) => {
  for (const [kind, options] of Object.entries(KINDS)) {
    test(`${kind}: a filter leaves the best of those it lets pass, as many as there are`, () => {
      const { index, model } = filled(options);
      const every = Array.from({ length: 2600 }, (_, i) => i + 1);
      const near = model.search("a", rows[9]!, 100, -1).map(({ id }) => id);
      const sets = {
        none: [],
        "the nearest": near.slice(0, 1),
        "all but the nearest": every.filter((id) => !near.includes(id)),
        "every hundredth": every.filter((id) => id % 100 === 7),
        half: every.filter((id) => id % 2 === 0),
        "others' and none's": [...every.filter((id) => id % 9 === 0), 5000, -3, 0, 0.5, Number.NaN],
        everything: every,
      };
      for (const [name, ids] of Object.entries(sets)) {
        const set = new Set(ids);
        const asked = new Set<number>();
        const predicate = (id: number): boolean => {
          asked.add(id);
          return set.has(id);
        };
        for (const [k, threshold] of [[1, 0.5] as const, [1, -1] as const, [10, 0] as const, [100, -1] as const]) {
          const expected = model.search("a", rows[9]!, k, threshold, (id) => set.has(id));
          same(index.search("a", rows[9]!, k, threshold, set), expected, `${name}, a set, k ${k} ≥ ${threshold}`);
          same(index.search("a", rows[9]!, k, threshold, predicate), expected, `${name}, asked, k ${k} ≥ ${threshold}`);
        }
        ok(
          [...asked].every((id) => id % 9 !== 0),
          "only of rows of the namespace is it asked",
        );
      }
    });

    test(`${kind}: a filter that throws is heard, and the next search is not disturbed`, () => {
      const { index, model } = filled(options);
      for (let times = 0; times < 3; times++) {
        let asked = 0;
        let heard = "";
        try {
          index.search("a", rows[9]!, 20, -1, () => {
            if (++asked > 5 * times) throw new Error("no");
            return true;
          });
        } catch (error) {
          heard = String(error);
        }
        equal(heard, "Error: no");
        same(index.search("a", rows[40]!, 20, -1), model.search("a", rows[40]!, 20, -1), "unfiltered");
        same(
          index.search("a", rows[40]!, 20, 0, (id) => id > 50),
          model.search("a", rows[40]!, 20, 0, (id) => id > 50),
          "filtered",
        );
      }
    });

    test(`${kind}: many searches at once answer like one after another`, () => {
      const { index, model } = filled(options);
      const queries = Array.from({ length: 40 }, (_, i) => rows[i * 37]!.map((x, j) => x + 0.3 * rows[i]![j]!));
      for (const [count, k, threshold] of [
        [0, 5, 0],
        [1, 5, 0.5],
        [2, 100, -1],
        [40, 3, 0.8],
        [3, 0, -1],
      ] as const) {
        const some = queries.slice(0, count);
        const found = index.searchMany("a", some, k, threshold);
        equal(found.length, count);
        some.forEach((query, i) => {
          same(found[i]!, model.search("a", query, k, threshold), `query ${i} of ${count}`);
        });
      }
      equal(index.searchMany("nowhere", queries.slice(0, 2), 5, 0), [[], []]);
      const { bytes } = index;
      if (kind !== "scalar") index.searchMany("a", [...queries, ...queries, ...queries], 1, 0.95);
      equal(index.bytes, bytes, "what they work with is used again");
    });
  }

  test("many searches at once have the answer where memory is too full for them", () => {
    /** So many rows, or one more than the first memory has room for. */
    const fill = (count: number) => {
      const index = new ExactIndex(D, { most: 2_250_000 });
      const model = new BruteForce();
      let added = 0;
      for (; added < count && index.bytes < 3_500_000; added++) {
        for (const either of [index, model]) either.add(added + 1, "n", rows[added % rows.length]!);
        if (added === 2100) index.settle();
      }
      return { index, model, added };
    };
    const { index, model, added } = fill(fill(4000).added - 1);
    // The scalar kernel makes no room for searches: its memory holds them all.
    ok(index.level === "scalar" || (added > 2100 && added < 3999), `${added} rows fill it`);
    const queries = Array.from({ length: 40 }, (_, i) => rows[i * 30]!);
    index.searchMany("n", queries, 3, 0.5).forEach((found, i) => {
      same(found, model.search("n", queries[i]!, 3, 0.5), `query ${i}`);
    });
  });
};

/** In the namespace "a" but for every ninth; passed over where that can be. */
function filled(options: ExactIndexOptions): { index: ExactIndex; model: BruteForce } {
  const index = new ExactIndex(D, options);
  const model = new BruteForce(options.dtype);
  rows.forEach((row, i) => {
    const id = i + 1;
    for (const either of [index, model]) either.add(id, id % 9 === 0 ? "b" : "a", row);
  });
  index.settle();
  return { index, model };
}
