import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { type Report, run } from "../harness.ts";
import { Servant } from "../servant.ts";
import { installed } from "../stage.ts";
import { Stores } from "./dynamodb-stores.ts";

/** What one of the processes tells when it has ended. */
export interface Told {
  /** Times it counted the counter up. */
  counted: number;
  /** New entries it made. */
  ids: number[];
  /** Value by id, from its change feed alone. */
  followed: [id: number, value: string][];
  version: number;
}

/** Two processes write and read one table for some seconds; each follows the other by its change feed. */
export async function writeTogether(endpoint: string): Promise<Report> {
  const stores = new Stores({ endpoint, front: endpoint, aws: await installed("@aws-sdk/client-dynamodb") });
  return run({
    dynamodb: (test) => {
      test("F15 of two processes on one table no count, key or removal is lost, and none is double", async () => {
        const options = stores.options();
        const store = dynamodbStore(options);
        await store.open(IDENTITY);
        await putOne(store, { namespace: "counter", value: "0" });
        const servants = ["node 22", "bun"].map(
          (runtime) => new Servant(runtime, "servers/dynamodb-writer-entry.js", [endpoint, options.prefix!]),
        );
        try {
          for (const servant of servants) equal(await servant.next(), "done");
          for (const servant of servants) servant.tell("end");
          const told = await Promise.all(servants.map(async (servant) => JSON.parse(await servant.next()) as Told));
          const entries = await collect(store.scan());
          const [a, b] = told as [Told, Told];
          equal((await store.get("counter", "k"))?.value, `${a.counted + b.counted}`);
          ok(a.counted > 0 && b.counted > 0, "both counted");
          const ids = [...a.ids, ...b.ids];
          equal(new Set(ids).size, ids.length, "each id is given once");
          equal(new Set(entries.map(({ namespace, key }) => `${namespace} ${key}`)).size, entries.length);
          equal([await store.count(), await store.check()], [entries.length, { ok: true }]);
          const now = entries.map(({ id, value }) => [id, value]);
          for (const { followed, version } of told) equal([followed, version], [now, await store.version()]);
        } finally {
          await Promise.all(servants.map((servant) => servant.end()));
          await store.close();
        }
      });
    },
  });
}
