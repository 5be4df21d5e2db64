import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { type Report, run } from "../harness.ts";
import { PROGRAMS } from "../runtimes/processes.ts";
import { installed, ROOT, stop } from "../stage.ts";
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
        const children = ["node 22", "bun"].map((runtime) => start(runtime, [endpoint, options.prefix!]));
        try {
          for (const { next } of children) equal(await next(), "done");
          for (const { child } of children) child.stdin!.end("end\n");
          const told = await Promise.all(children.map(async ({ next }) => JSON.parse(await next()) as Told));
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
          await Promise.all(children.map(({ child }) => stop(child)));
          await store.close();
        }
      });
    },
  });
}

function start(runtime: string, args: readonly string[]): { child: ChildProcess; next(): Promise<string> } {
  const [command, ...options] = PROGRAMS[runtime]!;
  const entry = join(ROOT, "dist/test/servers/dynamodb-writer-entry.js");
  const child = spawn(command!, [...options, entry, ...args], { cwd: ROOT, stdio: "pipe" });
  let problems = "";
  child.stderr!.on("data", (data) => {
    problems += data;
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The process ended.\n${problems}`);
      return value;
    },
  };
}
