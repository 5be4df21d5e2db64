import { type PostgresClient, postgresStore, type QueryClient } from "../../adapters/stores/postgres.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testSharing } from "../conformance/store-sharing.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PATIENT } from "./patient.ts";
import { asked, emptyStore, newSchema } from "./postgres.test.ts";
import { CLIENTS, pgPool } from "./postgres-clients.ts";
import { counting, tellsNot } from "./postgres-own.test.ts";
import { POSTGRES_PASSWORD } from "./postgres-server.ts";

// What needs connections of its own to a server: transactions left open, roles, refused passwords.

type Transaction = QueryClient & { release(): void };

export function postgresServerTests(url: string, front: string): Suite {
  return (test) => {
    const onPool = (name: string, run: (pool: Pool, schema: string) => unknown, options: object = {}): void =>
      test(name, async () => {
        const pool = (await pgPool(url, options)) as unknown as Pool;
        const schema = newSchema();
        try {
          await run(pool, schema);
        } finally {
          await asked(pool)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
          await pool.end();
        }
      });

    onPool(
      "F14 a version is not seen before those below it: who commits waits for who came first",
      async (pool, schema) => {
        const store = postgresStore({ ...PATIENT, client: pool, schema });
        await store.open(IDENTITY);
        const transaction = await pool.connect();
        try {
          await transaction.query("BEGIN", []);
          const slow = postgresStore({ ...PATIENT, client: transaction, schema });
          await slow.open(IDENTITY);
          const first = await putOne(slow, { key: "slow" }); // version 1, which nobody sees yet
          let done = false;
          const second = putOne(store, { key: "quick" }).finally(() => {
            done = true;
          });
          second.catch(() => {}); // told below
          for (let i = 0; i < 20; i++) equal(await store.changesSince(0), { version: 0, puts: [], removed: [] });
          equal(done, false, "the second waits");
          await transaction.query("COMMIT", []);
          const { version, puts } = (await store.changesSince(0))!;
          ok(puts.length === version, `version ${version} with ${puts.length} entries`);
          equal([first < (await second), await store.version()], [true, 2]);
        } finally {
          transaction.release();
        }
      },
    );

    onPool("touches and reads do not wait for a commit under way", async (pool, schema) => {
      const store = postgresStore({ ...PATIENT, client: pool, schema });
      await store.open(IDENTITY);
      const id = await putOne(store);
      const transaction = await pool.connect();
      try {
        await transaction.query("BEGIN", []);
        const slow = postgresStore({ ...PATIENT, client: transaction, schema });
        await slow.open(IDENTITY);
        await putOne(slow, { key: "slow" });
        equal((await store.commit([{ touch: [id], at: 5000 }])).applied, [[id]]);
        equal([(await store.get("n", "k"))?.hits, await store.count(), await store.check()], [1, 1, { ok: true }]);
        await transaction.query("ROLLBACK", []);
      } finally {
        transaction.release();
      }
      equal([await store.version(), await store.count()], [1, 1], "what was rolled back never was");
      ok((await putOne(store, { key: "next" })) > id, "ids go on");
    });

    onPool(
      "touches of many in any order, while they are overwritten and removed, wait in no ring",
      async (pool, schema) => {
        const { client: counted, sent } = counting(pool);
        const store = postgresStore({ ...PATIENT, client: counted, schema });
        await store.open(IDENTITY);
        const puts = Array.from({ length: 40 }, (_, i) => ({ put: newEntry({ key: `${i}` }) }));
        const ids = (await store.commit(puts)).applied.map(([id]) => id!);
        const back = [...ids].reverse();
        sent.length = 0;
        await Promise.all(
          Array.from({ length: 60 }, (_, i) => {
            const touch = { touch: i % 2 === 0 ? ids : back, at: i };
            const some = (i % 3 === 0 ? puts : [...puts].reverse()).slice(0, 20);
            return store.commit(i % 3 === 2 ? [touch, { touch: back, at: i }] : [...some, touch]);
          }),
        );
        equal(sent.length, 60, "none was undone by the server, to be sent again");
        equal([await store.version(), await store.count()], [41, 40]);
        equal(
          (await store.getMany(ids)).every((entry) => entry !== undefined),
          true,
        );
      },
    );

    for (const level of ["repeatable read", "serializable"]) {
      test(`where transactions are ${level} by default`, async () => {
        const pool = await pgPool(url, { options: `-c default_transaction_isolation=${level.replace(" ", "\\ ")}` });
        try {
          const [row] = await asked(pool)("SHOW default_transaction_isolation");
          equal(Object.values(row!), [level]);
          const failures: string[] = [];
          const checks: Promise<void>[] = [];
          testSharing((name, run) => {
            const under = emptyStore(pool);
            const check = async (): Promise<void> => {
              await under.store.open(IDENTITY);
              await run(under);
            };
            checks.push(
              check()
                .catch((error) => void failures.push(`${name}: ${error}`))
                .finally(under.dispose),
            );
          });
          await Promise.all(checks);
          equal([checks.length > 3, failures], [true, []]);
        } finally {
          await pool.end();
        }
      });
    }

    for (const [name, connect] of Object.entries(CLIENTS)) {
      if (name === "PGlite") continue; // it is no server, and asks for no password
      test(`F31 ${name}: a refused password is told without it`, async () => {
        const wrong = "wrong-9876543210";
        const { client, end } = await connect(url.replace(POSTGRES_PASSWORD, wrong), front);
        try {
          const error = await fails(() => postgresStore({ client }).open(IDENTITY), "store");
          ok(error.message.includes("28P01"), error.message);
          tellsNot(error, wrong);
        } finally {
          await end();
        }
      });

      test(`F31 ${name}: a server that does not answer is told without its address`, async () => {
        const { client, end } = await connect(
          url.replace(/:\d+\//, ":1/"),
          name.startsWith("neon") ? "127.0.0.1:1" : front,
        );
        try {
          const error = await fails(() => postgresStore({ client }).open(IDENTITY), "store");
          tellsNot(error, POSTGRES_PASSWORD);
        } finally {
          await end();
        }
      });
    }

    onPool("a role needs no more than a schema of its own", async (pool, schema) => {
      const run = asked(pool);
      const role = schema.slice(0, 20);
      await run(`CREATE ROLE "${role}" LOGIN PASSWORD '${POSTGRES_PASSWORD}'`);
      const own = await pgPool(url.replace("postgres:", "postgres:").replace("//postgres:", `//${role}:`));
      try {
        const { message } = await fails(() => postgresStore({ client: own, schema }).open(IDENTITY), "store");
        ok(message.includes("permission"), message);
        await run(`CREATE SCHEMA "${schema}" AUTHORIZATION "${role}"`);
        const store = postgresStore({ client: own, schema });
        await store.open(IDENTITY);
        await putOne(store);
        equal([await store.count(), await store.check()], [1, { ok: true }]);
        const stranger: PostgresClient = own;
        await run(`ALTER SCHEMA "${schema}" OWNER TO postgres`);
        await fails(() => postgresStore({ client: stranger, schema }).open(IDENTITY), "store");
      } finally {
        await own.end();
        await run(`DROP SCHEMA "${schema}" CASCADE`);
        await run(`DROP ROLE "${role}"`);
      }
    });
  };
}

interface Pool extends QueryClient {
  connect(): Promise<Transaction>;
  end(): Promise<void>;
}
