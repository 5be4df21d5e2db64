import type { Call } from "./openai-call.ts";
import type { CachedFetchOptions } from "./openai-options.ts";

/** Headers that change what a model answers. */
const BETAS = ["anthropic-beta", "openai-beta"];

/** Where it is asked, and for whom. The query of the address is left out, as some have keys there. */
export function scopeIn(call: Call, { scope }: CachedFetchOptions): { place: string; own: unknown; betas: unknown } {
  const betas = BETAS.flatMap((name) => call.headers.get(name)?.split(/\s*,\s*/) ?? []).sort();
  return { place: call.url.host + call.url.pathname, own: scope?.(call), betas: betas.length > 0 ? betas : undefined };
}

/** What every call of the cache is told. */
export function optionsOf(
  { headers, signal }: Call,
  { namespace, ttl, tags, waitUntil, lease }: CachedFetchOptions,
): Pick<CachedFetchOptions, "namespace" | "ttl" | "tags" | "waitUntil" | "lease"> & {
  signal: AbortSignal | undefined;
  bypass: boolean;
} {
  const bypass = /\bno-cache\b/i.test(headers.get("cache-control") ?? ""); // asked anew, and stored
  return { namespace, ttl, tags, waitUntil, lease, signal, bypass };
}
