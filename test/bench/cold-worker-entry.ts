// A Worker that opens a cache for every request, as one does that has just been started, and asks it one question.
import { Redis } from "@upstash/redis/cloudflare";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { redisStore } from "../../adapters/stores/redis.ts";
import { SemanticCache, type Store } from "../../src/index.ts";
import { neonClient } from "../servers/neon-client.ts";
import { embedder } from "./cold-rows.ts";

interface Env {
  URL: string;
  TOKEN: string;
  POSTGRES: string;
  NEON: string;
}

/** What may be opened: every entry read, the index that is kept, nothing at all. */
const WAYS = {
  "redis, rows": { store: redis, options: {} },
  "redis, codes": { store: redis, options: { resident: "codes" } },
  "postgres, store": { store: postgres, options: { index: "store" } },
} as const;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const { store, options } = WAYS[searchParams.get("way") as keyof typeof WAYS];
    const fetched = globalThis.fetch;
    let requests = 0;
    globalThis.fetch = (...call: Parameters<typeof fetch>) => {
      requests++;
      return fetched(...call);
    };
    try {
      const cache = await SemanticCache.open({ embedder, store: store(env), ...options });
      const opening = requests;
      const hit = await cache.get(`what is ${searchParams.get("row")}`);
      const asking = requests - opening;
      const { indexBytes } = await cache.stats();
      return Response.json({ response: hit?.response, opening, asking, indexBytes });
    } finally {
      globalThis.fetch = fetched;
    }
  },
};

function redis({ URL: url, TOKEN: token }: Env): Store {
  return redisStore({ client: new Redis({ url, token }), timeout: 60_000 });
}

function postgres({ POSTGRES: url, NEON: front }: Env): Store {
  return postgresStore({ client: neonClient(url, front), vectors: "pgvector" });
}
