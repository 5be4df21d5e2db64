import { argumentError } from "../error.ts";

/** A moment, as callers may say it: milliseconds since 1970, a Date, or an ISO 8601 text. */
export type Instant = number | Date | string;

/** In milliseconds since 1970. */
function instantOf(name: string, instant: Instant): number {
  const ms =
    typeof instant === "number"
      ? instant
      : typeof instant === "string"
        ? Date.parse(instant)
        : instant instanceof Date
          ? instant.getTime()
          : Number.NaN;
  if (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15) return Math.floor(ms);
  throw argumentError(
    name,
    "milliseconds since 1970, a Date or an ISO 8601 text",
    instant,
    'For example Date.now() or "2026-05-01T12:00:00Z".',
  );
}

export function instantIn(name: string, instant: Instant | undefined | null): number | undefined {
  return instant == null ? undefined : instantOf(name, instant);
}
