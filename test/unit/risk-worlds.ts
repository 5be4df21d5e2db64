import type { Evidence } from "../../src/cache/evidence.ts";
import { RiskModel } from "../../src/cache/risk-model.ts";
import { seeded } from "./vectors.ts";

// Worlds whose risks are known, to hold the model to what it says.

/** A lookup: its best candidate, and the probability that serving it is wrong. */
interface Draw {
  entry: number;
  evidence: Evidence;
  risk: number;
}

/** Draws lookups; `share` is how far the run is, 0…1. */
type World = (random: () => number) => (share: number) => Draw;

const ENTRIES = 500;
const POISONED = ENTRIES + 1;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function world(risk: (similarity: number, entry: number, share: number) => number): World {
  return (random) => (share) => {
    const similarity = 0.6 + 0.4 * random();
    const entry = 1 + Math.floor(ENTRIES * random());
    const agreeing = 1 + Math.floor(4 * random());
    return {
      entry,
      evidence: { similarity, rival: agreeing === 4 ? undefined : similarity - 0.1 * random(), agreeing },
      risk: risk(similarity, entry, share),
    };
  };
}

const byCurve = (similarity: number): number => sigmoid(40 * (0.8 - similarity));

export const WORLDS: Record<string, World> = {
  "risk falls with similarity": world(byCurve),
  // Nothing tells right from wrong; what looks safe does so by chance.
  "3 % everywhere": world(() => 0.03),
  "never below 1.5 %": world((similarity) => 0.015 + 0.985 * byCurve(similarity - 0.05)),
  "one entry of ten is wrong half of the time": world((similarity, entry) =>
    Math.max(byCurve(similarity), entry % 10 === 0 ? 0.5 : 0),
  ),
  // All responses differ: the next candidate is always a rival, and its distance says nothing.
  "free text": (random) => {
    const draw = world(byCurve)(random);
    return (share) => {
      const { evidence, ...rest } = draw(share);
      return { ...rest, evidence: { ...evidence, rival: evidence.similarity - 0.05 * random(), agreeing: 1 } };
    };
  },
  "a poisoned entry": (random) => {
    const draw = world(byCurve)(random);
    return (share) =>
      random() < 0.1 && share > 0.5
        ? { entry: POISONED, evidence: { similarity: 0.99, rival: undefined, agreeing: 4 }, risk: 1 }
        : draw(share);
  },
  // What the assumptions exclude: the same evidence comes to mean something else.
  "risk rises fivefold halfway": world((similarity, _, share) =>
    Math.min(1, byCurve(similarity) * (share > 0.5 ? 5 : 1)),
  ),
};

export interface Life {
  hits: number;
  /** Wrong answers to be expected of what was served, as a share of the lookups. */
  wrong: number;
  /** The same, of the last third alone. */
  lately: number;
}

/** A run before a model that knows nothing: misses tell their label, hits where they are computed all the same or judged. */
export function live(
  world: World,
  {
    budget,
    lookups,
    explore = 0,
    judge = 0,
    seed,
  }: Record<"budget" | "lookups" | "seed", number> & Partial<Record<"explore" | "judge", number>>,
): Life {
  const numbers = seeded(seed);
  const random = (): number => (numbers() + 1) / 2;
  const draw = world(random);
  const model = new RiskModel();
  const life = { hits: 0, wrong: 0, lately: 0 };
  for (let i = 0; i < lookups; i++) {
    const { entry, evidence, risk } = draw(i / lookups);
    const [wrong, tried, judged] = [random() < risk, random() < explore, random() < judge];
    model.saw(entry, evidence);
    const served = model.bound(entry, evidence) <= budget && !tried;
    if (served) {
      life.hits += 1 / lookups;
      life.wrong += risk / lookups;
      if (i >= (2 / 3) * lookups) life.lately += (3 * risk) / lookups;
    }
    if (!served || judged) model.observe(entry, evidence, wrong);
  }
  return life;
}
