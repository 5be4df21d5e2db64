import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresStore, type QueryClient } from "../../adapters/stores/postgres.ts";
import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { filesIn } from "../folder.ts";
import type { Suite } from "../harness.ts";
import { installed } from "../stage.ts";
import { TRACED, testTraces } from "../traces.ts";
import { PATIENT } from "./patient.ts";
import { asked } from "./postgres.test.ts";
import { pgPool } from "./postgres-clients.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

type Pool = Awaited<ReturnType<typeof pgPool>> & { connect(): Promise<QueryClient & { release(): void }> };

/** Erasure in the files of servers that are read byte by byte, and what stands in its way. */
export const postgresScrubTests: Suite = (test) => {
  const onServer = (
    name: string,
    run: (pool: Pool, server: PostgresServer) => Promise<void>,
    options: Record<string, string> = {},
  ): void =>
    test(name, async () => {
      // What nobody asked for would make rows go at times of its own.
      const server = await startPostgres({ autovacuum: "off", ...options });
      try {
        const pool = (await pgPool(server.url)) as Pool;
        try {
          await run(pool, server);
        } finally {
          await pool.end();
        }
      } finally {
        await server.close();
      }
    });

  for (const vectors of ["bytes", "pgvector"] as const) {
    onServer(`after a scrub no byte is left of what went in files of tables (${vectors})`, async (pool, server) => {
      const ask = asked(pool);
      const store = postgresStore({ ...PATIENT, client: pool, vectors });
      await store.open(TRACED);
      await testTraces({
        store,
        files: async () => [...(await filesIn(server.data))].filter(([name]) => !name.startsWith("pg_wal")),
        async settle() {
          await ask("ANALYZE"); // whose samples are in tables of the server's own
          await ask("CHECKPOINT");
        },
        finds: (trace) => !/overwritten|meta$/.test(trace), // whose room was used again
      });
      await store.close();
    });
  }

  onServer(
    "the write-ahead log is the server's, and gone with its next segment where it keeps none",
    async (pool, server) => {
      const ask = asked(pool);
      const store = postgresStore({ ...PATIENT, client: pool });
      await store.open(TRACED);
      await testTraces({
        store,
        files: () => filesIn(server.data),
        settle: async () => void (await ask("CHECKPOINT")),
        async afterScrub() {
          await ask("SELECT pg_switch_wal()");
          await ask("CHECKPOINT");
        },
      });
      await store.close();
    },
    { wal_recycle: "off" },
  );

  test("a PGlite's write-ahead log is scrubbed, too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-pglite-"));
    const { PGlite } = await installed<PGlitePackage>("@electric-sql/pglite");
    const client = await PGlite.create({ dataDir: folder });
    try {
      const store = postgresStore({ ...PATIENT, client });
      await store.open(TRACED);
      await testTraces({
        store,
        files: () => filesIn(folder),
        settle: async () => void (await asked(client)("CHECKPOINT")),
      });
      equal(await asked(client)("SHOW wal_recycle"), [{ wal_recycle: "on" }], "it is left as it was");
      await store.close();
    } finally {
      await client.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  const onStore = (name: string, run: (store: Store, pool: Pool) => Promise<void>): void =>
    onServer(name, async (pool) => {
      const store = postgresStore({ ...PATIENT, client: pool });
      await store.open(IDENTITY);
      await run(store, pool);
      await store.close();
    });

  onStore(
    "a transaction that may read what was removed is a clear error, and nothing is changed",
    async (store, pool) => {
      const id = await putOne(store, { key: "gone" });
      await putOne(store);
      const reader = await pool.connect();
      try {
        await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ", []);
        await reader.query("SELECT FROM pg_class LIMIT 1", []); // from now on it sees this moment, in every table
        await store.commit([{ remove: [id] }]);
        const { message, remedy } = await fails(() => store.scrub!(), "store");
        ok(message.includes("may still read what was removed") && remedy.includes("pg_stat_activity"), message);
        equal((await reader.query("SELECT FROM mneme.entries", [])).rows.length, 2, "it does");
        equal([await store.count(), await store.check()], [1, { ok: true }]);
        await reader.query("COMMIT", []);
      } finally {
        reader.release();
      }
      await store.scrub!();
      equal([await store.count(), await store.check()], [1, { ok: true }]);
    },
  );

  onStore("transactions that come and go, one always under way, are not in the way", async (store, pool) => {
    await putOne(store);
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) await asked(pool)("SELECT txid_current(), pg_sleep(0.1)");
    };
    const working = Array.from({ length: 3 }, work);
    try {
      await store.scrub!();
    } finally {
      isOver = true;
      await Promise.all(working);
    }
  });

  onStore("who waits for a reader of the tables makes others wait for a second at most", async (store, pool) => {
    await putOne(store);
    const reader = await pool.connect();
    try {
      await reader.query("BEGIN", []);
      await reader.query("SELECT FROM mneme.entries", []);
      const scrubbing = fails(() => store.scrub!(), "store");
      scrubbing.catch(() => {}); // told below
      let longest = 0;
      for (const end = performance.now() + 3000; performance.now() < end; ) {
        const begun = performance.now();
        await store.get("n", "k");
        longest = Math.max(longest, performance.now() - begun);
      }
      ok(longest < 3000, `${longest} ms`);
      ok((await scrubbing).message.includes("lock timeout"), "and it is told");
      await reader.query("COMMIT", []);
    } finally {
      reader.release();
    }
  });

  onStore(
    "inside a transaction of the caller's, or without the tables' ownership, it is a clear error",
    async (store, pool) => {
      await putOne(store);
      const client = await pool.connect();
      try {
        await client.query("BEGIN", []);
        const inside = postgresStore({ ...PATIENT, client });
        await inside.open(IDENTITY);
        ok((await fails(() => inside.scrub!(), "store")).message.includes("in a transaction"), "told");
        await client.query("ROLLBACK", []);
        await client.query("CREATE ROLE guest", []);
        await client.query("GRANT ALL ON SCHEMA mneme TO guest", []);
        await client.query("GRANT ALL ON ALL TABLES IN SCHEMA mneme TO guest", []);
        await client.query("SET ROLE guest", []);
        const { message, remedy } = await fails(() => inside.scrub!(), "store");
        ok(message.includes("lacks a permission") && remedy.includes("own"), message);
        equal(await inside.count(), 1);
        await client.query("RESET ROLE", []);
      } finally {
        client.release();
      }
    },
  );
};

interface PGlitePackage {
  PGlite: { create(options: object): Promise<QueryClient & { close(): Promise<void> }> };
}
