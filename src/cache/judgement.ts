import { argumentError } from "../error.ts";
import type { Json, JsonObject } from "../store/entry.ts";

/** How far to trust a hit: any number, the greater the better. */
export type Confidence = (similarity: number, ageSeconds: number, metadata: JsonObject) => number;

/** Whether a response may be stored, and served. */
export type Validate<V> = (response: V) => boolean;

const HALF_LIFE_SECONDS = 24 * 60 * 60;

/** Similarity, halved for every day of age. */
export const halvedEveryDay: Confidence = (similarity, ageSeconds) =>
  similarity * 0.5 ** (Math.max(0, ageSeconds) / HALF_LIFE_SECONDS);

/** Refuses what failed calls leave behind: texts that begin with "[ERROR]" or "[LLM Error]". A blank one may be an answer. */
export const isNoFailure: Validate<Json> = (response) =>
  typeof response !== "string" || !/^\[(?:ERROR|LLM Error)\]/.test(response);

/** What the user's function says of a response. */
export function isValid(validate: Validate<never>, response: unknown): boolean {
  return trueOrFalse("validate", validate(response as never), "It is not waited for.");
}

/** What a user's function answered. Anything but a boolean is a mistake in it. */
export function trueOrFalse(name: string, answer: unknown, remedy: string): boolean {
  if (typeof answer === "boolean") return answer;
  throw argumentError(name, "a function that answers true or false", answer, remedy);
}

/** What the user's function says of a hit. NaN would pass every comparison that is not written with care. */
export function confidenceIn(
  confidence: Confidence,
  similarity: number,
  ageSeconds: number,
  metadata: JsonObject,
): number {
  const answer: unknown = confidence(similarity, ageSeconds, metadata);
  if (typeof answer === "number" && !Number.isNaN(answer)) return answer;
  throw argumentError("confidence", "a function that answers a number", answer, "Check what it computes.");
}
