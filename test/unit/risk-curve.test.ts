import fc from "fast-check";
import { fitLogistic } from "../../src/cache/logistic.ts";
import { RiskCurve, weightedUpper } from "../../src/cache/risk-curve.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { seeded } from "./vectors.ts";

export const riskCurveTests: Suite = (test) => {
  test("with equal weights the bound is that of Poisson's distribution, and no less than Clopper and Pearson's", () => {
    for (const n of [50, 200, 1000, 4096]) {
      for (const errors of [0, 1, 2, 5, 20, 100].filter((errors) => errors <= n / 10)) {
        const bound = weightedUpper(errors / n, errors / n ** 2, 1 / n);
        const poisson = least((mean) => poissonTail(errors, mean) <= 0.05) / n;
        ok(Math.abs(bound / poisson - 1) < 0.01, `${errors} of ${n}: ${bound}, Poisson's ${poisson}`);
        const binomial = least((mean) => binomialTail(errors, n, mean / n) <= 0.05) / n;
        ok(bound > 0.99 * binomial, `${errors} of ${n}: ${bound}, Clopper and Pearson's ${binomial}`);
      }
    }
  });

  test("the bound of unequal weights holds 95 times of 100", () => {
    const random = seeded(1);
    const trials = 4000;
    let failures = 0;
    for (let trial = 0; trial < trials; trial++) {
      // Labels that are scarce where most lookups are, and risky where they are many.
      let [sum, squares, truth] = [0, 0, 0];
      for (const [share, risk, labels] of [
        [0.3, 0.005, 20],
        [0.1, 0.02, 40],
        [0.1, 0.05, 200],
      ] as const) {
        const weight = share / labels;
        truth += share * risk;
        for (let i = 0; i < labels; i++) {
          if ((random() + 1) / 2 >= risk) continue;
          sum += weight;
          squares += weight * weight;
        }
      }
      if (weightedUpper(sum, squares, 0.3 / 20) < truth) failures++;
    }
    ok(failures <= 0.05 * trials, `${failures} of ${trials} failed`);
  });

  const labelled = fc.array(
    fc.record({ score: fc.integer({ min: -30, max: 30 }), wrong: fc.nat(15).map((n) => n === 0) }),
    {
      minLength: 1,
      maxLength: 300,
    },
  );
  const asked = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 100 });
  const curveOf = (labels: readonly { score: number; wrong: boolean }[], lookups: readonly number[]): RiskCurve =>
    new RiskCurve(
      Float64Array.from(labels, ({ score }) => score),
      Uint8Array.from(labels, ({ wrong }) => Number(wrong)),
      Float64Array.from(lookups).sort(),
    );
  const scores = Array.from({ length: 63 }, (_, i) => i - 31);

  test("a bound is from 0 to 1, and no less for a riskier score", () => {
    const property = fc.property(labelled, asked, (labels, lookups) => {
      const curve = curveOf(labels, lookups);
      let before = 0;
      for (const score of scores) {
        const bound = curve.bound(score);
        ok(bound >= before && bound <= 1, `${bound} at ${score}, after ${before}`);
        before = bound;
      }
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });

  test("one more error lowers no bound", () => {
    const property = fc.property(labelled, asked, fc.nat(), (labels, lookups, which) => {
      const turned = labels.map((label, i) => (i === which % labels.length ? { ...label, wrong: true } : label));
      const [fewer, more] = [curveOf(labels, lookups), curveOf(turned, lookups)];
      for (const score of scores) {
        ok(more.bound(score) >= fewer.bound(score) - 1e-12, `at ${score}: ${fewer.bound(score)}, ${more.bound(score)}`);
      }
    });
    fc.assert(property, { seed: 2, numRuns: 200 });
  });

  test("too few labels, no lookups and scores beyond all labels are of unknown risk", () => {
    const right = Array.from({ length: 15 }, (_, score) => ({ score, wrong: false }));
    equal(curveOf(right, [1, 2, 3]).bound(0), 1);
    const many = Array.from({ length: 320 }, (_, i) => ({ score: i % 20, wrong: false }));
    equal(curveOf(many, []).bound(0), 1);
    const curve = curveOf(many, [1, 2, 3, 4]);
    ok(curve.bound(19) < 0.02, `${curve.bound(19)}`);
    equal([curve.bound(20), curve.bound(Number.POSITIVE_INFINITY), curve.bound(Number.NaN)], [1, 1, 1]);
  });

  test("where few lookups have a candidate, wrong ones count as if a tenth had", () => {
    const right = Array.from({ length: 320 }, () => ({ score: 0, wrong: false }));
    const rare = curveOf(right, [0, ...Array<number>(999).fill(9)]);
    const usual = curveOf(right, [...Array<number>(100).fill(0), ...Array<number>(900).fill(9)]);
    ok(rare.bound(0) > usual.bound(0) / 2.1 && usual.bound(0) < 0.002, `${rare.bound(0)}, ${usual.bound(0)}`);
  });

  test("the weights are where the slope of the penalised likelihood is 0", () => {
    const random = seeded(3);
    const prior = [0, -1, 0.5];
    const rows = Float64Array.from({ length: 600 }, () => 1);
    for (let i = 0; i < 600; i += 3) {
      rows[i + 1] = random();
      rows[i + 2] = rows[i + 1]! + 0.1 * random(); // nearly the same
    }
    const labels = Uint8Array.from({ length: 200 }, (_, i) => (rows[3 * i + 1]! + 0.5 * random() > 0 ? 1 : 0));
    const weights = fitLogistic(rows, labels, prior);
    for (let k = 0; k < 3; k++) {
      let slope = weights[k]! - prior[k]!;
      for (let i = 0; i < 200; i++) {
        let z = 0;
        for (let j = 0; j < 3; j++) z += weights[j]! * rows[3 * i + j]!;
        slope += (1 / (1 + Math.exp(-z)) - labels[i]!) * rows[3 * i + k]!;
      }
      ok(Math.abs(slope) < 1e-4, `slope ${slope} of weight ${k}`);
    }
    equal([...fitLogistic(new Float64Array(0), new Uint8Array(0), prior)], prior);
  });

  test("labels that separate, against all belief, give finite weights", () => {
    const rows = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1 : i < 200 ? -8 : 8));
    const weights = fitLogistic(
      rows,
      Uint8Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1)),
      [0, -1],
    );
    ok(weights[1]! > 0 && weights[1]! < 2, `${weights}`);
  });

  test("where labels are as lookups are, the bound is that of counting", () => {
    for (const errors of [0, 3, 12]) {
      const labels = Array.from({ length: 320 }, (_, score) => ({ score, wrong: score >= 320 - errors }));
      const lookups = Array.from({ length: 640 }, (_, i) => i); // of which half are riskier than any label
      const expected = (least((mean) => poissonTail(errors, mean) <= 0.05) / 320) * 0.5;
      const bound = curveOf(labels, lookups).bound(319);
      ok(Math.abs(bound / expected - 1) < 0.01, `${errors} errors: ${bound}, not ${expected}`);
    }
  });
};

/** The least mean that makes a tail rare, by halving. */
function least(isRare: (mean: number) => boolean): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (isRare(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The probability of so many events or fewer. */
function poissonTail(events: number, mean: number): number {
  let [term, sum] = [Math.exp(-mean), 0];
  for (let i = 0; i <= events; term *= mean / ++i) sum += term;
  return sum;
}

function binomialTail(events: number, n: number, p: number): number {
  if (p >= 1) return 0;
  let [logarithm, sum] = [n * Math.log1p(-p), 0];
  for (let i = 0; i <= events; i++) {
    sum += Math.exp(logarithm);
    logarithm += Math.log(((n - i) * p) / ((i + 1) * (1 - p)));
  }
  return sum;
}
