// The conformance suite on Cloudflare's two SQLites, in a Worker that Miniflare starts: D1, and inside a Durable Object.
import {
  type D1,
  type DurableObjectStorage,
  d1,
  durableObjectSql,
  sqliteStore,
} from "../../adapters/stores/sqlite-index.ts";
import { SemanticCache, SemanticCacheSync } from "../../src/index.ts";
import { equal } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { run } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";

interface Env {
  DB: D1 & { exec(sql: string): Promise<unknown> };
  OBJECT: { idFromName(name: string): unknown; get(id: unknown): { fetch(request: Request): Promise<Response> } };
}

const NEWER = "UPDATE mneme_state SET value = 99 WHERE name = 'schema'";
const TABLES = ["entries", "meta", "removed", "state", "conflict"].map((name) => `DROP TABLE IF EXISTS mneme_${name}`);

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname === "/object") {
      return env.OBJECT.get(env.OBJECT.idFromName("suite")).fetch(request);
    }
    const empty = async () => {
      for (const statement of TABLES) await env.DB.exec(statement);
      const newer = async () => void (await env.DB.exec(NEWER));
      return { store: sqliteStore(d1(env.DB)), another: () => sqliteStore(d1(env.DB)), spoil: { newer } };
    };
    const report = await run({
      D1: (test) => {
        testStore(test, empty);
        test("a cache finds its entries again", async () => {
          await empty();
          const first = await SemanticCache.open({ embedder: WORDS, store: sqliteStore(d1(env.DB)) });
          await first.put(QUESTION, "answer");
          await first.close();
          const second = await SemanticCache.open({ embedder: WORDS, store: sqliteStore(d1(env.DB)) });
          equal((await second.get(PARAPHRASE))?.response, "answer");
        });
      },
    });
    return Response.json(report);
  },
};

export class Suite {
  readonly #storage: DurableObjectStorage;

  constructor(context: { storage: DurableObjectStorage }) {
    this.#storage = context.storage;
  }

  async fetch(): Promise<Response> {
    const open = durableObjectSql(this.#storage);
    const empty = () => {
      for (const statement of TABLES) this.#storage.sql.exec(statement);
      const newer = () => void this.#storage.sql.exec(NEWER);
      return { store: sqliteStore(open), another: () => sqliteStore(open), spoil: { newer } };
    };
    const report = await run({
      "Durable Object": (test) => {
        testStore(test, empty);
        test("a synchronous cache finds its entries again", () => {
          empty();
          const first = SemanticCacheSync.open({ embedder: WORDS, store: sqliteStore(open) });
          first.put(QUESTION, "answer");
          first.close();
          const second = SemanticCacheSync.open({ embedder: WORDS, store: sqliteStore(open) });
          equal(second.get(PARAPHRASE)?.response, "answer");
        });
      },
    });
    return Response.json(report);
  }
}
