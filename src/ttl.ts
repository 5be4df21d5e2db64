import { argumentError } from "./error.ts";

/** How long an entry lives: milliseconds, a text such as "90s", "15m", "1h", "7d" or "2w", or null = for ever. */
export type Ttl = number | `${number}${"ms" | "s" | "m" | "h" | "d" | "w"}` | null;

const UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };

/** In milliseconds; null = for ever. */
export function parseTtl(ttl: Ttl, name = "ttl"): number | null {
  if (ttl === null) return null;
  const [, count, unit] = typeof ttl === "string" ? (/^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(ttl) ?? []) : [];
  const ms = typeof ttl === "number" ? ttl : Number(count) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw argumentError(
    name,
    'a positive number of milliseconds, a text like "90s", "15m", "1h", "7d", or null',
    ttl,
    "Use null for an entry that never expires.",
  );
}
