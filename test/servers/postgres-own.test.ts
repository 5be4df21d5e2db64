import { type PostgresClient, postgresStore, type QueryClient } from "../../adapters/stores/postgres.ts";
import { queryOf } from "../../adapters/stores/postgres-client.ts";
import { isOutage, withoutSecrets } from "../../adapters/stores/postgres-error.ts";
import type { MnemeError, Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PATIENT } from "./patient.ts";
import { asked, emptyStore } from "./postgres.test.ts";

/** What the conformance suite does not ask, by any client. */
export function postgresOwnTests(client: PostgresClient): Suite {
  return (test) => {
    const onStore = (name: string, run: (store: Store, schema: string) => unknown): void =>
      test(name, async () => {
        const under = emptyStore(client);
        try {
          await under.store.open(IDENTITY);
          await run(under.store, under.schema);
        } finally {
          await under.store.close();
          await under.dispose!();
        }
      });

    test("a schema is a plain identifier, or nothing is sent", async () => {
      const { client: counted, sent } = counting(client);
      const names = [
        "",
        "a b",
        'a"',
        'a"; DROP SCHEMA public CASCADE; --',
        "a'b",
        "1a",
        "pg_mneme",
        "é",
        "a.b",
        "a\0",
        "$1",
      ];
      for (const schema of [...names, "x".repeat(64), 7, null]) {
        await fails(() => postgresStore({ client: counted, schema: schema as string }), "argument");
      }
      equal(sent.length, 0);
    });

    test("what is no client is refused at once", async () => {
      for (const wrong of [undefined, null, "postgres://user:secret@host/db", {}, () => {}, { query: 1 }, 7]) {
        const { message } = await fails(
          () => postgresStore({ client: wrong as unknown as PostgresClient }),
          "argument",
        );
        ok(!message.includes("secret"), message);
      }
      await fails(() => postgresStore(undefined as never), "argument");
      await fails(() => postgresStore({ client, vectors: "hnsw" as "bytes" }), "argument");
      for (const hnsw of [
        { m: 1 },
        { m: 16.5 },
        { efSearch: 0 },
        { efConstruction: Number.NaN },
        { m: 50, efConstruction: 99 },
      ]) {
        await fails(() => postgresStore({ client, vectors: "pgvector", hnsw }), "argument");
      }
    });

    onStore("each verb is one round trip, and says truly whether it only reads", async (first, schema) => {
      const id = await putOne(first);
      const { client: counted, sent } = counting(client);
      const store = postgresStore({ ...PATIENT, client: counted, schema });
      await store.open(IDENTITY);
      equal(sent.splice(0).length, 1, "opening what is there");
      const verbs: Record<string, () => unknown> = {
        get: () => store.get("n", "k"),
        getMany: () => store.getMany([id, id + 1]),
        scan: () => collect(store.scan()),
        oldest: () => store.oldest(3),
        count: () => store.count(),
        namespaces: () => store.namespaces(),
        "commit of two": () => store.commit([{ put: newEntry({ key: "2" }) }, { touch: [id], at: 5 }]),
        "removal of what is expired": () => store.removeExpired(1),
        "clear of nothing": () => store.clear("nobody"),
        version: () => store.version(),
        changesSince: () => store.changesSince(0),
        getMeta: () => store.getMeta("m"),
        setMeta: () => store.setMeta("m", "v"),
        swapMeta: () => store.swapMeta!("m", "v", "w"),
        "swapMeta of none": () => store.swapMeta!("m", undefined, "w"),
        check: () => store.check(),
      };
      for (const [name, verb] of Object.entries(verbs)) {
        await verb();
        equal(sent.splice(0).length, 1, name);
      }
      await store.close();
      equal((await first.get("n", "k"))?.id, id, "closing leaves the client as it is");
    });

    onStore("a scan of large texts comes in pages, whole", async (store, schema) => {
      const value = JSON.stringify("x".repeat(900_000));
      for (let i = 0; i < 12; i++) await putOne(store, { key: `${i}`, value });
      const { client: counted, sent } = counting(client);
      const other = postgresStore({ ...PATIENT, client: counted, schema });
      await other.open(IDENTITY);
      sent.length = 0;
      const entries = await collect(other.scan({ namespace: "n" }));
      equal([entries.length, entries.every((entry) => entry.value === value)], [12, true]);
      equal(sent.length, 3, "pages of 4 MB and the row that passes it");
    });

    onStore(
      "F14 what is removed is remembered for 10,000 versions, then the feed says it no longer knows",
      async (store, schema) => {
        const run = asked(client);
        const id = await putOne(store);
        await store.clear();
        await run(`UPDATE "${schema}".state SET version = version + 9998`);
        equal((await store.changesSince(1))?.removed, [id]);
        await putOne(store);
        equal((await store.changesSince(1))?.removed, [id], "10,000 versions later");
        await putOne(store);
        equal([await store.changesSince(1), (await store.changesSince(2))?.removed], [undefined, []]);
        await putOne(store);
        await store.clear();
        const [row] = await run(`SELECT count(*)::text AS n FROM "${schema}".removed`);
        equal(row!.n, "1", "and forgotten by the next removal");
      },
    );

    onStore("check tells what does not hold", async (store, schema) => {
      const run = asked(client);
      const id = await putOne(store);
      const spoils: Record<string, string> = {
        "found by their key": "UPDATE @.entries SET key = 'other'",
        "no float32s": String.raw`UPDATE @.entries SET vector = '\x010203'`,
        "not given yet": "UPDATE @.state SET last_id = 0",
        "later than": "UPDATE @.state SET version = 0",
        "noted as removed": `INSERT INTO @.removed VALUES (1, ${id})`,
      };
      let before = 0;
      equal(await store.check(), { ok: true });
      for (const [what, spoil] of Object.entries(spoils)) {
        await run(spoil.replace("@", `"${schema}"`));
        const check = await store.check();
        ok(!check.ok && check.reason.includes(what), `${what}: ${JSON.stringify(check)}`);
        equal(check.reason.split(";").length, ++before, check.reason);
      }
      equal((await store.get("n", "k"))?.vector, null, "a damaged vector is none");
    });

    onStore("tables that went away are told as such, and those that are another's", async (store, schema) => {
      await asked(client)(`DROP TABLE "${schema}".entries CASCADE`);
      const { message } = await fails(() => store.get("n", "k"), "corrupt");
      ok(message.includes("42P01"), message);
      await asked(client)(`DROP TABLE "${schema}".state`);
      await fails(() => postgresStore({ ...PATIENT, client, schema }).open(IDENTITY), "corrupt");
    });

    onStore("many open a new schema at once", async (_, taken) => {
      const schema = `${taken}_2`;
      const stores = Array.from({ length: 8 }, () => postgresStore({ ...PATIENT, client, schema }));
      try {
        await Promise.all(stores.map((store) => store.open(IDENTITY)));
        await Promise.all(stores.map((store, i) => putOne(store, { key: `${i}` })));
        equal([await stores[0]!.count(), await stores[7]!.version()], [8, 8]);
      } finally {
        await asked(client)(`DROP SCHEMA "${schema}" CASCADE`);
      }
    });

    test("an outage is what no server answered, or one that cannot serve; the rest is an answer", () => {
      const outages = [
        "",
        "EPIPE",
        "ECONNRESET",
        "CONNECT_TIMEOUT",
        "08006",
        "53300",
        "57P01",
        "57014",
        "58030",
        "XX000",
      ];
      const answers = ["28P01", "42501", "42P01", "23514", "40001", "MN001", "XX001"];
      equal(
        [...outages, ...answers].filter((code) => isOutage({ code })),
        outages,
      );
      ok(isOutage(new TypeError("fetch failed")), "a failure without a code");
    });

    test("what the server refuses is neither asked again nor kept from it; what it does not answer is", async () => {
      let asks = 0;
      let code = "42501";
      const failing: QueryClient = {
        query: async () => {
          asks++;
          throw Object.assign(new Error("no"), { code });
        },
      };
      const store = postgresStore({ client: failing, retries: 1, breaker: { failures: 3, rest: 60_000 } });
      for (let i = 0; i < 4; i++) await fails(() => store.open(IDENTITY), "store");
      equal(asks, 4);
      code = "ECONNREFUSED";
      for (let i = 0; i < 4; i++) await fails(() => store.open(IDENTITY), "store");
      equal(asks, 4 + 3, "two of the first call, one of the second, then none");
    });

    test("F31 addresses, passwords and tokens are taken out of what is told", () => {
      const said = {
        "no host in postgres://user:p%40ss@db.test:5432/x?sslmode=require, sorry": "p%40ss",
        "POSTGRESQL://me:hunter2@h/x failed": "hunter2",
        "host=h user=u password=hunter2 dbname=x": "hunter2",
        "pwd: 'hunter 2'": "hunter",
        "Authorization: Bearer abc.def": "abc.def",
        "token=abc.def; path=/": "abc.def",
      };
      for (const [text, secret] of Object.entries(said)) {
        ok(!withoutSecrets(text).includes(secret), withoutSecrets(text));
      }
      equal(withoutSecrets('relation "mneme.entries" does not exist'), 'relation "mneme.entries" does not exist');
    });
  };
}

/** The client, and every statement that is sent by it. */
export function counting(client: PostgresClient): { client: QueryClient; sent: string[] } {
  const sent: string[] = [];
  const query = queryOf(client);
  return {
    sent,
    client: {
      query: async (text, parameters) => {
        sent.push(text);
        return { rows: await query({ text, parameters, reads: false }) };
      },
    },
  };
}

/** That an error and all that hangs on it tells no secret. */
export function tellsNot(error: MnemeError, secret: string): void {
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value === "string") ok(!value.includes(secret), `it tells ${value}`);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) walk((value as Record<PropertyKey, unknown>)[key]);
  };
  walk(error);
}
