import { argumentError, MnemeError } from "../error.ts";

/** Two texts. Of paraphrases, one answer serves both; of distractors, it does not. */
export type Pair = { readonly a: string; readonly b: string } | readonly [a: string, b: string];

type PairList = "paraphrases" | "distractors";

/** Each pair as its two texts. */
export function checkPairs(name: PairList, pairs: readonly Pair[]): [a: string, b: string][] {
  const remedy = "A pair is { a, b } or [a, b], both texts.";
  if (!Array.isArray(pairs)) throw argumentError(name, "an array of pairs", pairs, remedy);
  return pairs.map((pair: Pair, i): [string, string] => {
    const [a, b, ...more] = Array.isArray(pair) ? pair : [(pair as { a: string })?.a, (pair as { b: string })?.b];
    if (typeof a === "string" && typeof b === "string" && more.length === 0) return [a, b];
    throw argumentError(`${name}[${i}]`, "a pair of texts", pair, remedy);
  });
}

/** One kind alone does not say where the two part. */
export function checkFilled(name: PairList, pairs: readonly unknown[]): void {
  if (pairs.length > 0) return;
  const use = name === "paraphrases" ? "deserve one answer" : "are alike but deserve two";
  throw new MnemeError("argument", `"${name}" is empty.`, `Give pairs of texts that ${use}; 50 to 500 are usual.`);
}
