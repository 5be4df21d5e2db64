import { type PostgresClient, postgresStore } from "../../adapters/stores/postgres.ts";
import { type Query, queryOf } from "../../adapters/stores/postgres-client.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { PATIENT } from "./patient.ts";

/** What runs in every place, by every client. */
export function postgresTests(client: PostgresClient, { runs, scrubs }: { runs: number; scrubs: boolean }): Suite {
  return (test) => {
    testOwnStore(test, () => emptyStore(client), { scrubs, again: true }); // memories are whole with pgvector
    postgresModels(client, { runs })(test);
  };
}

/** Any sequence of calls on it, and on a cache of it. */
export function postgresModels(client: PostgresClient, { runs }: { runs: number }): Suite {
  return (test) => {
    testStoreModel(test, () => emptyStore(client), { runs });
    testCacheModel(test, () => emptyStore(client), { runs });
  };
}

/** A store in a schema that is not there yet. */
export function emptyStore(client: PostgresClient): StoreUnderTest & { schema: string } {
  const schema = newSchema();
  const run = asked(client);
  return {
    schema,
    store: postgresStore({ ...PATIENT, client, schema }),
    another: () => postgresStore({ ...PATIENT, client, schema }),
    spoil: {
      corrupt: async () => void (await run(`UPDATE "${schema}".state SET identity = '{'`)),
      newer: async () =>
        void (await run(`ALTER TABLE "${schema}".state DROP COLUMN identity, ALTER schema SET DEFAULT 2`).then(() =>
          run(`UPDATE "${schema}".state SET schema = 2`),
        )),
    },
    dispose: async () => void (await run(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)),
  };
}

export function newSchema(): string {
  return `test_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** A statement as the store would send it. */
export function asked(client: PostgresClient): (text: string, ...parameters: string[]) => ReturnType<Query> {
  const query = queryOf(client);
  return (text, ...parameters) => query({ text, parameters, reads: false });
}
