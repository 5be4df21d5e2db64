import { type PostgresClient, postgresStore } from "../../adapters/stores/postgres.ts";
import { SemanticCache } from "../../src/index.ts";
import { obeyed } from "../chaos/follow.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { Servant } from "../servant.ts";
import { OTHER, observed, PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { PATIENT } from "./patient.ts";
import { asked, emptyStore, newSchema } from "./postgres.test.ts";

const ORDERS = 300;

/** A whole cache whose store is searched itself. */
export function postgresCacheTests(client: PostgresClient, url: string): Suite {
  return (test) => {
    testCacheModel(
      test,
      () => {
        const { schema, dispose } = emptyStore(client);
        const open = () => postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
        return { store: open(), another: open, dispose: dispose! };
      },
      { runs: 12, index: "store" },
    );

    const onSchema = (name: string, run: (schema: string) => Promise<void>): void =>
      test(name, async () => {
        const schema = newSchema();
        try {
          await run(schema);
        } finally {
          await asked(client)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
        }
      });

    onSchema("what has expired yields to what has not, and quotas hold by last use", async (schema) => {
      const { clock, pass } = observed();
      const store = postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
      const options = { embedder: WORDS, store, index: "store", clock, threshold: 0.5, quotas: { few: 2 } } as const;
      const cache = await SemanticCache.open(options);
      for (let i = 0; i < 9; i++) await cache.put(`${QUESTION} ${"now ".repeat(i)}`, "old", { ttl: 10 });
      await cache.put("how do I reset the password", "good");
      pass(10);
      equal((await cache.get(PARAPHRASE))?.response, "good");
      const few = { namespace: "few" };
      for (const text of [QUESTION, OTHER]) await cache.put(text, text, few);
      pass(1);
      equal((await cache.get(PARAPHRASE, few))?.response, QUESTION, "used last");
      await cache.put("something else altogether", "else", few);
      equal([await cache.get(OTHER, few), (await cache.get(PARAPHRASE, few))?.response], [undefined, QUESTION]);
      await cache.close();
    });

    onSchema(
      "F12 what one process puts, overwrites, deletes or clears, the next lookup of the other sees, however it searches",
      async (schema) => {
        const servants = ["store", "exact"].map(
          (index) => new Servant("node 22", "servers/postgres-follow-entry.js", [index, url, schema]),
        );
        try {
          for (const servant of servants) equal(await servant.next(), "ready");
          ok((await obeyed(servants, ORDERS)) > ORDERS / 10, "some were found by their meaning");
        } finally {
          await Promise.all(servants.map((servant) => servant.end()));
        }
      },
    );
  };
}
