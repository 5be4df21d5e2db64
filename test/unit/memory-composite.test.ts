import fc from "fast-check";
import { composite, rank } from "../../src/memory/composite.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyCandidates = fc.array(
  fc.record({
    relevance: share,
    quality: fc.double({ min: 0, max: 20, noNaN: true }),
    closeness: fc.option(share, { nil: undefined }),
  }),
  { maxLength: 12 },
);

export const memoryCompositeTests: Suite = (test) => {
  test("scores, by numbers worked out elsewhere", () => {
    const ranked = rank([
      { id: 1, relevance: 1, quality: 0.3575 },
      { id: 2, relevance: 0.9, quality: 1.690916 },
      { id: 3, relevance: 0.05, quality: 1.690916 },
    ]);
    equal(
      ranked.map(({ id, score }) => [id, score.toFixed(6)]),
      [
        [2, "0.900000"],
        [1, "0.842285"],
        [3, "0.050000"],
      ],
    );
  });

  test("quality moves what answers as well, never what does not", () => {
    const fact = { id: 1, relevance: 0.6, quality: 2 };
    const debris = { id: 2, relevance: 0.6, quality: 0.1 };
    equal(rank([debris, fact])[0]!.id, 1);
    equal(rank([debris, { ...fact, relevance: 0.4 }])[0]!.id, 2, "the best of memories, and beside the point");
    equal(composite(1, 0), 0.8);
    equal(composite(1, 1), 1);
    equal(composite(0, 1), 0);
  });

  test("relevance and quality are shares of the largest", () => {
    const items = [
      { id: 1, relevance: 40, quality: 3 },
      { id: 2, relevance: 10, quality: 6 },
    ];
    const scores = rank(items).map(({ score }) => score.toFixed(6));
    equal(
      scores,
      [composite(1, 0.5), composite(0.25, 1)].map((score) => score.toFixed(6)),
    );
  });

  test("equal scores keep their order, and all zeros are no division by zero", () => {
    const items = [3, 1, 2].map((id) => ({ id, relevance: 0, quality: 0 }));
    equal(
      rank(items),
      [3, 1, 2].map((id) => ({ id, score: 0 })),
    );
    equal(
      rank(items.map((item) => ({ ...item, relevance: 1 }))),
      [3, 1, 2].map((id) => ({ id, score: 0.8 })),
    );
    equal(rank([]), []);
  });

  test("a time asked for lifts what is of it", () => {
    const items = [
      { id: 1, relevance: 1, quality: 1, closeness: 0 },
      { id: 2, relevance: 0.8, quality: 1, closeness: 1 },
      { id: 3, relevance: 0.8, quality: 1, closeness: 0.25 },
      { id: 4, relevance: 0.9, quality: 1, closeness: undefined },
    ];
    equal(
      rank(items).map(({ id, score }) => [id, score.toFixed(6)]),
      [
        [2, (0.8).toFixed(6)],
        [1, (1 / 1.4).toFixed(6)],
        [4, (0.9 / 1.4).toFixed(6)],
        [3, ((0.8 * 1.1) / 1.4).toFixed(6)],
      ],
    );
    equal(rank(items.map(({ closeness: _, ...item }) => item))[0], { id: 1, score: 1 }, "no time, no share of it");
  });

  test("defect 9: with a time asked for, no score is above 1", () => {
    equal(rank([{ id: 1, relevance: 3, quality: 2, closeness: 1 }]), [{ id: 1, score: 1 }]);
    fc.assert(
      fc.property(anyCandidates, (candidates) => {
        const ranked = rank(candidates.map((candidate, id) => ({ id, ...candidate })));
        equal(ranked.length, candidates.length);
        ok(
          ranked.every(({ score }) => score >= 0 && score <= 1),
          "0…1",
        );
        ok(
          ranked.every(({ score }, i) => i === 0 || score <= ranked[i - 1]!.score),
          "best first",
        );
      }),
      { numRuns: cases(300) },
    );
  });
};
