import type { WaitUntil } from "./call-options.ts";

// Not written where bundlers see it: only the runtime itself has this module, and older ones have no such function in it.
const MODULE = "cloudflare:workers";
const loading = (import(/* @vite-ignore */ MODULE) as Promise<{ waitUntil?: WaitUntil }>).catch(() => undefined);
let found: WaitUntil | undefined;
loading.then((module) => {
  found = module?.waitUntil;
});

/** What keeps the Worker alive after the response to the request under way. */
export function platformWaitUntil(): WaitUntil | undefined {
  return found;
}
