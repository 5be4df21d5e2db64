import { differs, type Guard } from "./guard.ts";
import { remembered } from "./reading.ts";

// The first that fits says what is asked for. "What" and a bare "how" may ask for anything.
const TYPES: readonly (readonly [type: string, pattern: RegExp])[] = [
  [
    "how much",
    /\bhow (?:much|many|expensive|cheap)\b|\bwhat(?:'?s| is| are| does| do| would| will)\b.{0,24}\b(?:cost|price|charge|fee|rate)s?\b/,
  ],
  ["how long", /\bhow (?:long|soon|quick(?:ly)?|fast)\b/],
  ["how often", /\bhow (?:often|frequently|regularly)\b/],
  ["when", /\b(?:when|(?:what|which|by what|at what) (?:time|date|day|month|year|hours?))\b/],
  ["where", /\b(?:where|what (?:place|address|location))\b/],
  ["who", /\b(?:who|whom|whose)\b/],
  ["why", /\b(?:why|how come|what(?:'s| is) the reason)\b/],
];
/** Of an answer to one, an answer to the other can be told. */
const NEAR: readonly (readonly [string, string])[] = [
  ["how long", "when"],
  ["how much", "how long"],
  ["how often", "when"],
];

const typeOf = remembered(({ plain }) => {
  const lower = plain.toLowerCase().replace(/’/g, "'");
  let best: { type: string; at: number } | undefined;
  for (const [type, pattern] of TYPES) {
    const at = lower.search(pattern);
    if (at >= 0 && (best === undefined || at < best.at)) best = { type, at };
  }
  return best?.type;
});

/** Who, when, where, why, how much: another kind of question has another kind of answer. */
export const question: Guard = {
  name: "question",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [typeOf(asked), typeOf(stored)];
    if (ours === undefined || theirs === undefined || ours === theirs) return undefined;
    if (NEAR.some(([a, b]) => (a === ours && b === theirs) || (a === theirs && b === ours))) return undefined;
    return differs([ours], [theirs]);
  },
};
