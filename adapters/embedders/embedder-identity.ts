import { MnemeError } from "../../src/index.ts";

// What an embedder must know of its model before the first call: how many dimensions, and by which name its vectors go.

/** Everything but ASCII that can be seen; and what this text is taken apart by. */
const ESCAPED = /[^!-$&-9;-~]/g;

/**
 * A fingerprint: provider, model, dimensions, and whatever else changes the vectors. What is undefined is left out, so that an
 * option which was not there before leaves old fingerprints as they were.
 */
export function fingerprintOf(
  provider: string,
  model: string,
  dimensions: number,
  others: Record<string, string | boolean | undefined> = {},
): string {
  const named = Object.entries(others).filter(([, value]) => value !== undefined && value !== "");
  const parts = [provider, model, `dim${dimensions}`, ...named.map(([name, value]) => `${name}=${value}`)];
  return parts.map(escaped).join(":");
}

/** No two lists of parts give the same text, and every store takes it. */
function escaped(part: string): string {
  return part.replace(ESCAPED, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The number given, or that of a well-known model. */
export function dimensionsOf(
  embedder: string,
  model: string,
  given: number | undefined,
  known: Readonly<Record<string, number>>,
): number {
  if (given !== undefined) {
    expect(Number.isSafeInteger(given) && given > 0, embedder, "dimensions: a whole number above 0", "Correct it.");
    return given;
  }
  const dimensions = Object.hasOwn(known, model) ? known[model] : undefined;
  expect(
    dimensions !== undefined,
    embedder,
    `the option dimensions, as it does not know the model ${JSON.stringify(model)}`,
    "Give the length of the model's vectors: { dimensions: 768 }.",
  );
  return dimensions!;
}

export function checkName(embedder: string, option: string, name: unknown, example: string): void {
  const holds = typeof name === "string" && name !== "";
  expect(holds, embedder, `${option}: a name`, `For example { ${option}: ${JSON.stringify(example)} }.`);
}

/** Values are not shown: some are secrets. */
export function expect(holds: boolean, embedder: string, expected: string, remedy: string): void {
  if (!holds) throw new MnemeError("argument", `${embedder} expected ${expected}.`, remedy);
}
