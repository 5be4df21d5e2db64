// The conformance suite on the SQLites of a Worker, which Miniflare starts: D1, inside a Durable Object, and sql.js in memory.

import sqlModule from "sql.js/dist/sql-wasm-browser.wasm";
import {
  type D1,
  type DurableObjectStorage,
  d1,
  durableObjectSql,
  sqliteStore,
  sqlJs,
} from "../../adapters/stores/sqlite-index.ts";
import { SemanticCache, SemanticCacheSync } from "../../src/index.ts";
import { equal } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";

interface Env {
  DB: D1 & { exec(sql: string): Promise<unknown> };
  OBJECT: { idFromName(name: string): unknown; get(id: unknown): { fetch(request: Request): Promise<Response> } };
}

const NEWER = "UPDATE mneme_state SET value = 99 WHERE name = 'schema'";
const TABLES = ["entries", "meta", "removed", "state", "conflict"].map((name) => `DROP TABLE IF EXISTS mneme_${name}`);

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).pathname === "/sqljs") return sqlJsReport();
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
        testOwnStore(test, empty, { scrubs: false, again: true }); // many requests; a Durable Object shows all of it
        testCacheModel(test, empty, { runs: 5 });
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

/** sql.js finds its module by its page's address, and compiles it: neither is to be had in a Worker. */
async function sqlJsReport(): Promise<Response> {
  globalThis.location ??= { href: "https://worker.test/" } as Location;
  const { default: init } = await import("sql.js/dist/sql-wasm-browser.js");
  const SQL = await init({
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      done(new WebAssembly.Instance(sqlModule, imports));
      return {};
    },
  });
  return Response.json(await run({ "sql.js": (test) => testOwnStore(test, () => sqliteStore(sqlJs(SQL))) }));
}

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
        testOwnStore(test, empty, { scrubs: false });
        testCacheModel(test, empty, { runs: 10 });
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
