import fc from "fast-check";
import type { Evidence } from "../../src/cache/evidence.ts";
import { RiskModel } from "../../src/cache/risk-model.ts";
import type { MnemeError } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite, Test } from "../harness.ts";
import { seeded } from "./vectors.ts";

const NEAR: Evidence = { similarity: 0.97, rival: 0.7, agreeing: 3 };
const FAR: Evidence = { similarity: 0.7, rival: 0.69, agreeing: 1 };

export const riskModelTests: Suite = (test) => {
  learningTests(test);
  keepingTests(test);
};

/** Lookups of which the near candidates are right and the far ones wrong, of all degrees, each of a new entry. */
function taught(lookups: number, model = new RiskModel()): RiskModel {
  const random = seeded(lookups);
  for (let i = 0; i < lookups; i++) {
    const similarity = 0.85 + 0.14 * random();
    const evidence = { similarity, rival: similarity - 0.1 * Math.abs(random()), agreeing: 1 + (i % 4) };
    model.saw(1000 + i, evidence);
    model.observe(1000 + i, evidence, similarity < 0.85);
  }
  return model;
}

function learningTests(test: Test): void {
  test("nothing is served without labels, and then what was right often enough", () => {
    equal(new RiskModel().bound(1, NEAR), 1);
    equal(taught(15).bound(1, NEAR), 1);
    const model = taught(400);
    ok(model.bound(1, NEAR) < 0.02, `${model.bound(1, NEAR)} of what was right`);
    ok(model.bound(2, FAR) > 0.2, `${model.bound(2, FAR)} of what was wrong`);
  });

  test("lookups without a candidate make a hit rarer, and wrong ones with it", () => {
    const model = taught(1000);
    const before = model.bound(99, NEAR);
    for (let i = 0; i < 600; i++) model.saw(0, undefined);
    ok(model.bound(99, NEAR) < 0.7 * before, `${model.bound(99, NEAR)} after ${before}`);
  });

  test("what a user rejects is riskier at once, and less so when it is accepted often", () => {
    const model = taught(1000);
    const before = model.bound(99, NEAR);
    model.observe(99, NEAR, true);
    ok(model.bound(99, NEAR) > 2 * before, `${model.bound(99, NEAR)} after ${before}`);
    ok(model.bound(98, NEAR) === before, "others are as they were");
    model.observe(99, NEAR, true);
    const rejected = model.bound(99, NEAR);
    ok(rejected > 3 * before, `${rejected} after ${before}`);
    for (let i = 0; i < 400; i++) model.observe(99, NEAR, false);
    ok(model.bound(99, NEAR) < 0.9 * rejected, `${model.bound(99, NEAR)} after ${rejected}`);
  });

  test("numbers that are none are harmless", () => {
    const model = taught(400);
    const odd: Evidence = { similarity: Number.NaN, rival: Number.POSITIVE_INFINITY, agreeing: -1 };
    model.saw(1, odd);
    model.observe(1, odd, true);
    ok(model.bound(1, odd) <= 1 && model.bound(9, NEAR) < 0.05, `${model.bound(1, odd)}, ${model.bound(9, NEAR)}`);
  });
}

function keepingTests(test: Test): void {
  const places = Array.from({ length: 60 }, (_, i): [number, Evidence] => [
    2 ** 40 + i,
    { similarity: 0.7 + i / 200, rival: i % 3 === 0 ? undefined : 0.6 + i / 300, agreeing: 1 + (i % 4) },
  ]);
  const bounds = (model: RiskModel): number[] => places.map(([entry, evidence]) => model.bound(entry, evidence));

  test("a restart forgets nothing", () => {
    const random = seeded(1);
    const model = new RiskModel();
    for (let i = 0; i < 500; i++) {
      const [entry, evidence] = places[i % places.length]!;
      model.saw(entry, evidence);
      model.observe(entry, evidence, random() > evidence.similarity);
    }
    const before = bounds(model);
    ok(new Set(before).size > 5, "the bounds differ");
    const text = model.merge(undefined)!;
    model.saved(text);
    equal(model.dirty, false);
    equal(bounds(model), before);
    equal(bounds(new RiskModel(text)), before);
  });

  test("of two processes that write into one store neither loses a label", () => {
    const steps = fc.array(fc.tuple(fc.nat(1), fc.constantFrom("observe", "merge", "save")), { maxLength: 60 });
    const property = fc.property(steps, (steps) => {
      let kept: string | undefined;
      const models = [new RiskModel(), new RiskModel()];
      const written: (string | undefined)[] = [];
      const before: (string | undefined)[] = [];
      let observed = 0;
      const save = (who: number): void => {
        const text = written[who];
        if (text === undefined) return;
        written[who] = undefined;
        if (kept !== before[who]) return; // the other one was first
        kept = text;
        models[who]!.saved(text);
      };
      for (const [who, what] of steps) {
        const model = models[who]!;
        if (what === "observe") model.observe(++observed, NEAR, false);
        else if (what === "save") save(who);
        else {
          before[who] = kept;
          written[who] = model.merge(kept);
        }
      }
      for (const [who, model] of models.entries()) {
        before[who] = kept;
        written[who] = model.merge(kept);
        save(who);
      }
      equal(new RiskModel(kept).labels, observed);
      equal(
        models.map(({ dirty }) => dirty),
        [false, false],
      );
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  test("the newest 4,096 labels are kept, in less than 100 KB", () => {
    const model = taught(6000);
    equal(model.labels, 4096);
    const text = model.merge(undefined)!;
    ok(text.length <= 100_000, `${text.length} bytes`);
    taught(100, model); // labels that come while the others are being written
    model.saved(text);
    equal([model.labels, model.dirty], [4196, true]);
    const after = model.merge(text)!;
    model.saved(after);
    equal([model.labels, new RiskModel(after).labels], [4096, 4096]);
    ok(after !== text, "the newest came in");
  });

  test("what is damaged is told and learnt anew; what a newer version wrote is left alone", () => {
    const text = taught(100).merge(undefined)!;
    const told: string[] = [];
    const open = (kept: string): RiskModel => new RiskModel(kept, ({ code }: MnemeError) => told.push(code));
    const damaged = [
      "",
      "nonsense",
      "1:",
      `1:5000:${text.split(":")[2]}`,
      `${text}AAAA`,
      text.slice(0, -9),
      "1:2:!!",
      text.replace(":100:", ":0:"),
    ];
    for (const kept of damaged) equal(open(kept).bound(1, NEAR), 1, kept);
    equal(
      told,
      damaged.map(() => "corrupt"),
    );
    equal(open(damaged[1]!).merge(damaged[1]), undefined);
    equal(new RiskModel(taught(60).merge(damaged[1])).labels, 60);

    told.length = 0;
    equal(taught(60, open("2:whatever")).merge("2:whatever"), undefined);
    equal(told, ["newer"]);
    fc.assert(
      fc.property(fc.string(), (kept) => open(kept).labels === 0),
      { seed: 1 },
    );
  });
}
