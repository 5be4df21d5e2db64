import fc from "fast-check";
import { convex, type Ranked, reciprocalRank } from "../../src/memory/fusion.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

const [a, b, c, d] = [1, 2, 3, 4];

/** `{ 1: .5 }` as a list of results, in the order given. */
function list(...hits: [id: number, score: number][]): Ranked[] {
  return hits.map(([id, score]) => ({ id, score }));
}

function rounded(ranked: readonly Ranked[]): [number, number][] {
  return ranked.map(({ id, score }) => [id, Math.round(score * 1e6) / 1e6]);
}

const VECTOR = list([a, 0.8], [b, 0.6], [c, 0.5]);
const KEYWORD = list([b, 12], [d, 9], [a, 3]);

const anyList = fc
  .uniqueArray(fc.record({ id: fc.nat(20), score: fc.double({ min: -100, max: 100, noNaN: true }) }), {
    selector: ({ id }) => id,
    maxLength: 12,
  })
  .map((hits) => hits.sort((x, y) => y.score - x.score));

export const memoryFusionTests: Suite = (test) => {
  test("by scores, the worked example", () => {
    equal(
      rounded(
        convex([
          { weight: 0.5, hits: VECTOR },
          { weight: 0.5, hits: KEYWORD },
        ]),
      ),
      [
        [b, 0.666667],
        [a, 0.5],
        [d, 0.333333],
        [c, 0],
      ],
    );
  });

  test("by ranks, the worked example", () => {
    const expected: [number, number][] = [
      [b, 0.366667],
      [a, 0.342857],
      [d, 0.166667],
      [c, 0.142857],
    ];
    equal(rounded(reciprocalRank([VECTOR, KEYWORD])), expected);
    equal(rounded(reciprocalRank([VECTOR, KEYWORD], 5)), expected);
    equal(rounded(reciprocalRank([VECTOR], 60))[0], [a, Math.round(1e6 / 60) / 1e6], "ranks start at 0");
  });

  test("a flat list is as good as can be, and so is one hit alone", () => {
    const hits = list([a, 3], [b, 3]);
    equal(
      convex([
        { weight: 0.5, hits },
        { weight: 0.25, hits: list([c, -7]) },
      ]),
      list([a, 0.5], [b, 0.5], [c, 0.25]),
    );
  });

  test("a runaway leader keeps its distance by scores, and loses it by ranks", () => {
    const vector = list([a, 100], [b, 2], [c, 1]);
    const keyword = list([b, 3], [c, 2], [a, 1]);
    equal(
      convex([vector, keyword].map((hits) => ({ weight: 0.5, hits }))).map(({ id }) => id),
      [b, a, c],
    );
    equal(
      convex([
        { weight: 0.6, hits: vector },
        { weight: 0.4, hits: keyword },
      ])[0]!.id,
      a,
    );
    equal(reciprocalRank([vector, keyword])[0]!.id, b);
  });

  test("ties keep the order in which they were first seen", () => {
    const other = list([d, 2], [c, 2], [b, 2]);
    equal(
      convex([
        { weight: 1, hits: list([c, 1], [a, 1]) },
        { weight: 1, hits: other },
      ]),
      list([c, 2], [a, 1], [d, 1], [b, 1]),
    );
    equal(
      reciprocalRank([list([a, 9], [b, 1]), list([d, 9], [c, 1])]).map(({ id }) => id),
      [a, d, b, c],
    );
  });

  test("nothing comes of nothing", () => {
    equal(convex([]), []);
    equal(convex([{ weight: 1, hits: [] }]), []);
    equal(reciprocalRank([[], []]), []);
  });

  test("any lists: all their ids once, best first, within the weights, the same for any unit of scores", () => {
    fc.assert(
      fc.property(anyList, anyList, (one, two) => {
        const fuse = (factor: number) =>
          convex([
            { weight: 0.5, hits: one.map(({ id, score }) => ({ id, score: score * factor })) },
            { weight: 0.5, hits: two },
          ]);
        const fused = fuse(1);
        for (const ranked of [fused, reciprocalRank([one, two])]) {
          const ids = ranked.map(({ id }) => id);
          equal(new Set(ids).size, ids.length);
          equal(ids.sort(), [...new Set([...one, ...two].map(({ id }) => id))].sort());
          ok(
            ranked.every(({ score }, i) => i === 0 || score <= ranked[i - 1]!.score),
            "best first",
          );
        }
        ok(
          fused.every(({ score }) => score >= 0 && score <= 1),
          "0…1",
        );
        equal(fuse(2), fused, "by a power of two, so exactly");
      }),
      { numRuns: cases(300) },
    );
  });
};
