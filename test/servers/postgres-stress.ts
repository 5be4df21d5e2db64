import { postgresStore } from "../../adapters/stores/postgres.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { Servant } from "../servant.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { newSchema } from "./postgres.test.ts";
import { pgPool } from "./postgres-clients.ts";

/** What one of the processes did. */
export interface Done {
  commits: number;
  counted: number;
  kept: number[];
  removed: number[];
  touches: number;
  steps: number;
  conflicts: number;
  /** Answers and deletions of the other process that its cache had to know of, and did. */
  known: number;
}
/** What the feed led it to: of each entry, the revision. */
export interface Followed {
  version: number;
  mirror: [id: number, revision: number][];
}

const WRITERS: [runtime: string, client: string][] = [
  ["node 22", "pg"],
  ["bun", "postgres.js"],
];
const MS = 3000;
/** On a machine that is too busy to do enough in that time it goes on for longer, so many times at the most. */
const LONGEST = 8;

/**
 * Two processes on one store, each with writers of shared and of own keys, a toucher, a follower of the feed, and a cache that
 * answers and deletes for the other's to know of.
 */
export function postgresStress(url: string, ms: number = MS): Suite {
  return (test) => {
    test("F14 F15 two processes lose nothing, double nothing, the feed passes over nothing, and caches know in time", async () => {
      let did: Done[] = [];
      for (let times = 1; times <= LONGEST && !isEnough(did); times *= 2) did = await stress(times * ms);
      ok(isEnough(did), told(did));
    });

    async function stress(length: number): Promise<Done[]> {
      const schema = newSchema();
      const writers = WRITERS.map(
        ([runtime, client], i) =>
          new Servant(runtime, "servers/postgres-stress-entry.js", [client, url, schema, `${length}`, `${i}`]),
      );
      const pool = await pgPool(url);
      try {
        const did = await Promise.all(writers.map(async (writer) => JSON.parse(await writer.next()) as Done));
        for (const writer of writers) writer.tell("go on");
        const followed = await Promise.all(writers.map(async (writer) => JSON.parse(await writer.next()) as Followed));
        const store = postgresStore({ ...PATIENT, client: pool, schema });
        await store.open(WORDS);
        const entries = await collect(store.scan());
        const sum = (of: (done: Done) => number): number => did.reduce((total, done) => total + of(done), 0);
        if (ms !== MS) console.log(told(did));

        equal(
          await store.version(),
          sum((done) => done.commits),
          `a version for each commit: ${told(did)}`,
        );
        const counts = entries.filter(({ namespace }) => namespace === "counts");
        equal(counts.length, 2);
        equal(
          counts.reduce((total, { value }) => total + Number(value), 0),
          sum((done) => done.counted),
          told(did),
        );
        const own = entries.filter(({ namespace }) => namespace === "own");
        equal(
          own.map(({ id }) => id),
          did.flatMap(({ kept }) => kept).sort((a, b) => a - b),
        );
        equal(new Set(entries.map(({ namespace, key }) => `${namespace} ${key}`)).size, entries.length);
        const ids = did.flatMap(({ kept, removed }) => [...kept, ...removed]);
        equal(new Set(ids).size, ids.length, "no id twice");
        for (const { version, mirror } of followed) {
          equal(version, await store.version());
          equal(
            mirror,
            entries.map(({ id, revision }) => [id, revision]),
          );
        }
        equal(await store.check(), { ok: true });
        return did;
      } finally {
        await Promise.all(writers.map((writer) => writer.end()));
        await pool.end();
      }
    }
  };
}

/** Too little means nothing. */
function isEnough(did: readonly Done[]): boolean {
  return (
    did.length > 0 &&
    did.every(({ commits, touches, steps, known }) => commits > 20 && touches > 5 && steps > 5 && known > 4)
  );
}

function told(did: readonly Done[]): string {
  return JSON.stringify(did.map(({ kept, removed, ...rest }) => rest));
}
