import type { WaitUntil } from "./call-options.ts";

interface Context {
  waitUntil?: WaitUntil;
}

/** Where platforms keep what belongs to the request under way. */
const CONTEXTS = ["@next/request-context", "@vercel/request-context"].map((name) => Symbol.for(name));

/** What keeps the runtime alive after the response to the request under way, if its platform has such a thing. */
export function platformWaitUntil(): WaitUntil | undefined {
  const scope = globalThis as unknown as Record<symbol, { get?(): Context | undefined } | undefined> & {
    Netlify?: { context?: Context | null };
    /** Supabase's, on Deno. Elsewhere it is a text. */
    EdgeRuntime?: Context;
  };
  const contexts = [...CONTEXTS.map((name) => scope[name]?.get?.()), scope.Netlify?.context, scope.EdgeRuntime];
  const context = contexts.find((context) => typeof context?.waitUntil === "function");
  return context == null ? undefined : (work) => context.waitUntil!(work);
}
