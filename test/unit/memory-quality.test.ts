import fc from "fast-check";
import type { Memory } from "../../src/memory/memory.ts";
import {
  CONFIDENCE_FLOOR,
  contradictedConfidence,
  corroborated,
  DEMOTION,
  effectiveConfidence,
  effectiveImportance,
  FRESH_CONFIDENCE,
  givenConfidence,
  IMPORTED_CONFIDENCE,
  QUALITY,
  quality,
  recency,
  salience,
  usage,
  type Weighed,
} from "../../src/memory/quality.ts";
import { TIERS } from "../../src/memory/tier.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2024, 4, 15);

/** Of a tier, written now and never recalled; `age` in days since it was last touched. */
function weighed({ age = 0, ...given }: Partial<Weighed> & { age?: number }): Weighed {
  const time = NOW - age * DAY;
  return { tier: "semantic", importance: 0.6, updatedAt: time, accessedAt: time, accessCount: 0, ...given };
}

function near(actual: number, expected: number, digits = 6): void {
  equal(actual.toFixed(digits), expected.toFixed(digits));
}

const anyWeighed = fc.record({
  tier: fc.constantFrom(...TIERS),
  importance: fc.double({ min: 0, max: 1, noNaN: true }),
  assessedImportance: fc.option(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { nil: undefined }),
  confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  updatedAt: fc.integer({ min: NOW - 1000 * DAY, max: NOW + DAY }),
  accessedAt: fc.integer({ min: NOW - 1000 * DAY, max: NOW + DAY }),
  accessCount: fc.nat(100_000),
});

export const memoryQualityTests: Suite = (test) => {
  test("quality, by numbers worked out elsewhere", () => {
    const still = { ...QUALITY, stability: 0 };
    near(quality(weighed({ confidence: 0.4 }), NOW), 0.288);
    near(quality(weighed({ confidence: 0.4, age: 21 }), NOW), 0.216);
    near(quality(weighed({}), NOW), 0.72);
    near(quality(weighed({ tier: "procedural", importance: 1, confidence: 0.9, accessCount: 5 }), NOW), 2.386954);
    const chat = weighed({ tier: "episodic", importance: 0.3 });
    near(quality(chat, NOW), 0.3575);
    const older = weighed({ ...chat, accessedAt: NOW - 7 * DAY });
    near(quality(older, NOW), 0.131517);
    near(quality(older, NOW, still), 0.131517);
    near(quality({ ...older, accessCount: 3 }, NOW, still), 0.313838);
    near(quality({ ...older, accessCount: 3 }, NOW), 0.561054);
    near(quality(weighed({ tier: "working", importance: 0.1, age: 3 }), NOW), 0.107487);
  });

  test("knowledge does not fade, what happened does", () => {
    for (const tier of TIERS) {
      const [fresh, old] = [0, 300].map((age) => quality(weighed({ tier, age }), NOW));
      equal(old === fresh, tier === "semantic" || tier === "procedural", tier);
    }
  });

  test("recency: an e-th in seven days, none gained from the future", () => {
    near(recency(weighed({ age: 7 }), NOW), Math.exp(-1), 12);
    equal(recency(weighed({ age: -7 }), NOW), 1);
    equal(recency(weighed({ age: 0 }), NOW), 1);
    const often = weighed({ age: 7, accessCount: 9 });
    near(recency(often, NOW), Math.exp(-1 / (1 + Math.log(10))), 12);
    near(recency(often, NOW, { stability: 0, assessed: 0 }), Math.exp(-1), 12);
  });

  test("a model's opinion counts as far as it is asked for", () => {
    const m = weighed({ importance: 0.2, assessedImportance: 0.8 });
    near(salience(m), 0.9 * 0.6);
    near(salience(m, { stability: 1, assessed: 0.5 }), 0.9 * 0.75);
    near(salience(m, { stability: 1, assessed: 1 }), 0.9 * 0.9);
    near(salience(weighed({ importance: 0.2 }), { stability: 1, assessed: 1 }), 0.9 * 0.6);
    equal(effectiveImportance(m), 0.8);
    equal(effectiveImportance(weighed({ importance: 0.2 })), 0.2);
    equal(effectiveImportance(weighed({ importance: 0.2, assessedImportance: 0 })), 0);
  });

  test("confidence holds for a week, then goes down by the week to its floor", () => {
    const at = (age: number, confidence: number) => effectiveConfidence(weighed({ age, confidence }), NOW);
    equal(at(0, 0.4), 0.4);
    equal(at(7, 0.4), 0.4);
    near(at(8, 0.4), 0.4 - 0.05 / 7);
    near(at(14, 0.4), 0.35);
    ok(!(at(14, FRESH_CONFIDENCE) < DEMOTION), "at two weeks it is not below yet");
    ok(at(14.01, FRESH_CONFIDENCE) < DEMOTION, "after them it is");
    ok(at(0, IMPORTED_CONFIDENCE) < DEMOTION, "what was imported always was");
    near(at(21, 0.4), 0.3);
    equal(at(1000, 0.4), CONFIDENCE_FLOOR);
    equal(at(1000, 0.02), 0.02, "below the floor it stays");
    equal(effectiveConfidence(weighed({ age: 1000 }), NOW), 1, "not tracked");
    equal(effectiveConfidence(weighed({ tier: "episodic", age: 1000, confidence: 0.1 }), NOW), 1, "expires instead");
    const recalled = weighed({ age: 1000, confidence: 0.4, accessedAt: NOW - 14 * DAY });
    near(effectiveConfidence(recalled, NOW), 0.35);
    near(effectiveConfidence({ ...recalled, accessedAt: 0, updatedAt: NOW - 21 * DAY }, NOW), 0.3);
  });

  test("each mention takes a tenth of the doubt away", () => {
    let confidence = FRESH_CONFIDENCE;
    for (const expected of [0.46, 0.514, 0.563, 0.606, 0.646, 0.681, 0.713]) {
      confidence = corroborated(confidence);
      near(confidence, expected, 3);
    }
    equal(corroborated(1), 1);
  });

  test("what is contradicted counts less than what contradicts it, however often it was recalled", () => {
    near(contradictedConfidence(weighed({ confidence: 1 }), NOW), 0.36);
    near(contradictedConfidence(weighed({ confidence: 1, accessCount: 4 }), NOW), 0.137961);
    near(contradictedConfidence(weighed({ confidence: 0.2 }), NOW), 0.2);
    near(contradictedConfidence(weighed({ confidence: 0.4, age: 28 }), NOW), 0.25);
    fc.assert(
      fc.property(anyWeighed, (m) => {
        const old: Weighed = {
          ...m,
          tier: "semantic",
          confidence: contradictedConfidence({ ...m, tier: "semantic" }, NOW),
        };
        const fresh: Weighed = {
          ...old,
          confidence: FRESH_CONFIDENCE,
          updatedAt: NOW,
          accessedAt: NOW,
          accessCount: 0,
        };
        ok(quality(old, NOW) <= 0.9 * quality(fresh, NOW) + 1e-12, "it ranks below");
      }),
      { numRuns: cases(300) },
    );
  });

  test("a confidence that is given is neither certainty nor hopeless", () => {
    equal([-1, 0, 0.1, 0.5, 0.7, 0.9, 2].map(givenConfidence), [0.1, 0.1, 0.1, 0.5, 0.7, 0.7, 0.7]);
  });

  test("usage: 1 for what was never recalled, ever slower after", () => {
    equal(usage(0), 1);
    near(usage(4), 2.609438);
  });

  test("any memory: never negative, no worse for a recall, no better for waiting", () => {
    fc.assert(
      fc.property(anyWeighed, fc.nat(1000), (m, days) => {
        const value = quality(m, NOW);
        ok(value >= 0 && Number.isFinite(value), `${value}`);
        ok(salience(m) >= 0 && salience(m) <= 1, "salience of 0…1");
        ok(quality({ ...m, accessCount: m.accessCount + 1, accessedAt: NOW + DAY }, NOW) >= value, "recalled");
        ok(quality(m, NOW + days * DAY) <= value, "waited");
      }),
      { numRuns: cases(500) },
    );
  });

  test("a memory is what is weighed", () => {
    const memory: Memory = {
      id: "m",
      namespace: "",
      content: "",
      metadata: {},
      tags: [],
      links: [],
      createdAt: 0,
      expiresAt: null,
      ...weighed({ confidence: 0.4 }),
    };
    near(quality(memory, NOW), 0.288);
  });
};
