import fc from "fast-check";
import { durableReserve, importanceReserve } from "../../src/memory/reserve.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

interface Item {
  name: string;
  score: number;
  durable: boolean;
  importance: number;
}

const of = { score: ({ score }: Item) => score, durable: ({ durable }: Item) => durable };

/** By their tiers (e is not durable), named a, b, c… Without scores, all are near each other. */
function items(tiers: string, scores: readonly number[] = []): Item[] {
  return Array.from(tiers, (tier, i) => ({
    name: "abcdefghij"[i]!,
    score: scores[i] ?? 1 - i / 100,
    durable: tier !== "e",
    importance: 0,
  }));
}

function reserved(tiers: string, k: number, reserve: number, scores?: readonly number[]): string {
  return names(durableReserve(items(tiers, scores), k, reserve, of));
}

function names(chosen: readonly { name: string }[]): string {
  return chosen.map(({ name }) => name).join("");
}

/** Best first; importances in tenths, so that some are above the border and some on neither side of it. */
const anyRanked = fc
  .array(
    fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), durable: fc.boolean(), importance: fc.nat(10) }),
    {
      maxLength: 20,
    },
  )
  .map((list) =>
    list
      .sort((x, y) => y.score - x.score)
      .map((item, i) => ({ ...item, importance: item.importance / 10, name: String.fromCharCode(97 + i) })),
  );

export const memoryReserveTests: Suite = (test) => {
  test("durable ones come in right under the best", () => {
    equal(reserved("eees", 3, 1), "adb");
    equal(reserved("eeesp", 3, 2), "ade");
  });

  test("one too weak stays out, and so do all after it", () => {
    equal(reserved("eeess", 3, 2, [0.9, 0.8, 0.7, 0.3, 0.2]), "abc");
    equal(reserved("eeess", 3, 2, [0.9, 0.8, 0.7, 0.6, 0.38]), "adb");
    equal(reserved("eees", 3, 2, [1, 0.15, 0.1, 0.12]), "abc", "better than it replaces, far from the best");
    equal(reserved("eees", 3, 2, [1, 0.9, 0.9, 0.44]), "abc", "near the best, far from what it replaces");
    equal(reserved("eeess", 3, 2, [1, 0.99, 0.5, 0.45, 0.42]), "adb", "each against whom it replaces itself");
  });

  test("displacement: with more places reserved than there are, the best one goes too", () => {
    equal(reserved("eesps", 2, 9), "cd");
    equal(reserved("eses", 2, 2), "bd", "under the best of those that stay");
  });

  test("durable ones that are in already count, and stay where they are", () => {
    equal(reserved("esees", 3, 1), "abc");
    equal(reserved("ssees", 3, 3), "aeb");
    equal(reserved("eesses", 3, 2), "adc", "not the last, but the last that is not durable");
  });

  test("with none below the cut, none to keep, or no place, it is the first k", () => {
    equal(reserved("eee", 3, 2), "abc");
    equal(reserved("ee", 3, 2), "ab");
    equal(reserved("eeeee", 3, 2), "abc");
    equal(reserved("eees", 3, 0), "abc");
    equal(reserved("es", 0, 2), "");
    equal(reserved("", 3, 2), "");
  });

  test("any list: k of it, no fewer durable ones, and nobody out of order but those who came in", () => {
    fc.assert(
      fc.property(anyRanked, fc.nat(12), fc.nat(5), (ranked, k, reserve) => {
        const chosen = durableReserve(ranked, k, reserve, of);
        const first = ranked.slice(0, k);
        const durable = (list: readonly Item[]) => list.filter((item) => item.durable).length;
        equal(chosen.length, first.length);
        equal(new Set(chosen).size, chosen.length);
        ok(durable(chosen) >= durable(first) && durable(chosen) <= Math.max(durable(first), reserve), "as reserved");
        const come = chosen.filter((item) => !first.includes(item));
        ok(
          come.every((item) => item.durable && item.score >= 0.4 * ranked[0]!.score),
          "who came in",
        );
        for (const part of [come, chosen.filter((item) => first.includes(item))]) {
          equal(
            part,
            [...part].sort((x, y) => ranked.indexOf(x) - ranked.indexOf(y)),
          );
        }
      }),
      { numRuns: cases(300) },
    );
  });

  test("important ones get the last two places of a pool", () => {
    const pooled = (importances: number[], k: number, pool: number, scores: number[] = []) =>
      names(
        importanceReserve(
          importances.map((importance, i) => ({ name: "abcdefghij"[i]!, importance, score: scores[i] ?? 1 - i / 100 })),
          k,
          pool,
          { score: ({ score }) => score, importance: ({ importance }) => importance },
        ),
      );
    equal(pooled([0, 0, 0, 0, 0.75, 0.9, 1], 1, 4), "abef", "two, not three");
    equal(pooled([0, 0, 0, 0, 0.74, 0.75], 1, 4), "abcf");
    equal(pooled([0, 0, 0.8, 0, 0.9, 1], 1, 4), "abce", "one has a place by itself");
    equal(pooled([0.8, 0, 0, 0, 0.9, 1], 1, 4), "abef", "the first k are not of those places");
    equal(pooled([0, 0, 0, 0.9], 2, 3), "abd");
    equal(pooled([0, 0, 0, 0.9, 0.9], 2, 3), "abd", "the first k stay");
    equal(pooled([0, 0, 0, 0.9], 3, 3), "abc", "no pool beyond k");
    equal(pooled([0, 0, 0, 0.9], 3, 0), "abc");
    equal(pooled([0, 0, 0, 0.9], 1, 3, [1, 0.9, 0.9, 0.44]), "abc", "far from what it replaces");
    equal(pooled([0, 0, 0, 0.9], 1, 3, [1, 0.15, 0.1, 0.12]), "abc", "far from the best");
  });

  test("any pool: its first k are the list's", () => {
    fc.assert(
      fc.property(anyRanked, fc.nat(8), fc.nat(12), (ranked, k, pool) => {
        const chosen = importanceReserve(ranked, k, pool, {
          score: ({ score }) => score,
          importance: ({ importance }) => importance,
        });
        equal(chosen.slice(0, k), ranked.slice(0, k));
        equal(chosen.length, Math.min(Math.max(k, pool), ranked.length));
        equal(
          chosen,
          [...chosen].sort((x, y) => ranked.indexOf(x) - ranked.indexOf(y)),
        );
      }),
      { numRuns: cases(300) },
    );
  });
};
