// A Cloudflare Worker that answers first, and writes afterwards: its store takes a while, which ends with the request unless
// somebody waits. What was stored is looked for by another request.
import { memoryStore, SemanticCache, type WaitUntil } from "../../src/index.ts";
import { intercepted, WORDS } from "../unit/cache-fixtures.ts";

const store = memoryStore();
const slow = intercepted(store, async (method, call) => {
  if (method === "commit") await new Promise((resolve) => setTimeout(resolve, 200));
  return method === "close" ? undefined : call();
});

type Context = { waitUntil: WaitUntil };

/** Ways to say who waits, by the path that asks for them. */
const WAYS: Record<string, (context: Context) => { waitUntil?: WaitUntil | undefined }> = {
  "/found": () => ({}),
  "/passed": (context) => ({ waitUntil: (work) => context.waitUntil(work) }),
  "/nobody": () => ({ waitUntil: () => {} }),
};

export default {
  async fetch({ url }: Request, _: unknown, context: Context): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const cache = await SemanticCache.open({ embedder: WORDS, store: slow });
    const query = `what is told at ${pathname} ${searchParams.get("how")}`;
    const way = WAYS[pathname]!(context);
    if (searchParams.get("look") === "yes") return Response.json((await cache.get(query))?.response ?? null);
    const before = store.count();
    if (searchParams.get("how") === "wrap") await cache.wrap(query, () => "stored", way);
    else
      for await (const _ of cache.stream(query, () => ["sto", "red"], way))
        if (searchParams.get("how") === "left") break;
    return Response.json(store.count() - before);
  },
};
