import { type Life, live, WORLDS } from "../unit/risk-worlds.ts";
import type { Line } from "./measure.ts";

const BUDGETS = [0.01, 0.02, 0.05];
const WATCHES: Record<string, { explore?: number; judge?: number }> = {
  misses: {},
  "misses, 5 % tried": { explore: 0.05 },
  "misses, all judged": { judge: 1 },
};

/** In each world of known risks: how often a run's expected share of wrong answers was over the budget. */
export function qualityWorlds({ runs = 20, lookups = 1500 } = {}): Line[] {
  return Object.entries(WORLDS).flatMap(([world, draws]) =>
    Object.entries(WATCHES).flatMap(([labels, watch]) =>
      BUDGETS.map((budget): Line => {
        const lives = Array.from({ length: runs }, (_, i) => live(draws, { budget, lookups, ...watch, seed: i + 1 }));
        const mean = (of: keyof Life): number =>
          Number(((100 * lives.reduce((sum, life) => sum + life[of], 0)) / runs).toFixed(2));
        const over = (of: keyof Life): number => lives.filter((life) => life[of] > budget).length;
        return {
          world,
          labels,
          budget,
          "hits %": mean("hits"),
          "wrong %": mean("wrong"),
          "runs over": `${over("wrong")}/${runs}`,
          "in the last third": `${over("lately")}/${runs}`,
        };
      }),
    ),
  );
}
