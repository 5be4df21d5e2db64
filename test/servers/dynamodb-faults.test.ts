import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { type CacheEvent, MnemeError, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { OTHER, PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { FRONT_FAULTS, type Front, startFront } from "./dynamodb-front.ts";
import { CREDENTIALS, type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";
import { type FaultyStore, faultTests } from "./faults.test.ts";

/** What the store makes of every fault between it and the server: of the line, by a proxy, and of the service, by a front. */
export function dynamodbFaultTests(place: DynamoDBPlace): Record<string, Suite> {
  const stores = new Stores(place);
  return { "on the line": (test) => faultTests(faulty(stores))(test), "of the service": serviceTests(stores) };
}

/** Each lane of the tests has one of its own. */
function faulty(stores: Stores): FaultyStore {
  const { prefix } = stores.options();
  const { port } = new URL(stores.place.endpoint);
  return {
    port: Number(port),
    secrets: Object.values(CREDENTIALS),
    async open(port, patience) {
      const endpoint = `http://127.0.0.1:${port}`;
      return { store: dynamodbStore(stores.options({ prefix, endpoint, ...patience })), end: async () => {} };
    },
  };
}

const serviceTests =
  (stores: Stores): Suite =>
  (test) => {
    const withFront = (name: string, run: (front: Front) => Promise<void>): void =>
      test(name, async () => {
        const front = await startFront(stores.place.endpoint);
        try {
          await run(front);
        } finally {
          await front.close();
        }
      });

    for (const fault of FRONT_FAULTS) {
      withFront(
        `F15 once "${fault}", at any request: nothing is seen of it, and nothing is done twice`,
        async (front) => {
          const store = dynamodbStore(stores.options({ endpoint: front.endpoint }));
          await store.open(IDENTITY);
          const use = async (i: number): Promise<number> => {
            const put = newEntry({ key: `${i}`, value: `${i}` });
            const { applied } = await store.commit([{ put, when: "absent" }]);
            const [id] = applied[0]!;
            await store.commit([{ touch: [id!], at: 7000 }]);
            await store.setMeta("turn", `${i}`);
            const told = [
              await store.swapMeta!("turn", `${i}`, `${i}!`),
              await store.swapMeta!(`${i}`, undefined, "there"),
            ];
            equal([...told, await store.swapMeta!("turn", `${i}`, "late")], [true, true, false]);
            return id!;
          };
          front.arm(fault, 0, 0);
          await use(0);
          const { requests } = front;
          ok(requests >= 6, `${requests} requests`);
          const ids: number[] = [];
          for (let point = 0; point < requests; point++) {
            front.arm(fault, point, 1);
            ids.push(await use(point + 1));
          }
          const found = await store.getMany(ids);
          equal(
            found.map((entry) => [entry?.value, entry?.hits]),
            ids.map((_, i) => [`${i + 1}`, 1]),
          );
          equal([await store.version(), await store.count()], [requests + 1, requests + 1]);
          equal([await store.getMeta("turn"), await store.check()], [`${requests}!`, { ok: true }]);
          await store.close();
        },
      );
    }

    withFront("F15 a request is tried so many times, and not as many times again by the SDK", async (front) => {
      const patience = { retries: 1, breaker: { failures: 4 } };
      const store = dynamodbStore(stores.options({ endpoint: front.endpoint, ...patience }));
      await store.open(IDENTITY);
      for (const fault of ["failing", "garbage", "lost"] as const) {
        front.arm(fault, 0, Number.POSITIVE_INFINITY);
        await fails(() => store.setMeta("m", "1"), "store");
        equal(front.requests, 2, fault);
        front.arm(fault, 0, 0);
        await store.version();
      }
      front.arm("lost", 0, Number.POSITIVE_INFINITY);
      for (let call = 0; call < 3; call++) await fails(() => store.version(), "store");
      equal(front.requests, 4, "then it is spared");
      await store.close();
    });

    withFront(
      "while the table throttles, a get misses in time and tells, a put fails and tells what to do",
      async (front) => {
        const events: CacheEvent[] = [];
        const store = dynamodbStore(stores.options({ endpoint: front.endpoint, timeout: 600, breaker: false }));
        const options = { embedder: WORDS, store, onEvent: (event: CacheEvent): void => void events.push(event) };
        const cache = await SemanticCache.open(options);
        await cache.put(QUESTION, "a");
        for (const fault of ["throughput", "throttling", "limit", "cancelled"] as const) {
          events.length = 0;
          front.arm(fault, 0, Number.POSITIVE_INFINITY);
          const error = await rejection(() => cache.put(OTHER, "b"));
          ok(error instanceof MnemeError && error.code === "store", `${fault}: ${error}`);
          ok(/too busy/.test(error.message) && /capacity/.test(error.remedy), `${fault}: ${error.message}`);
          if (fault !== "cancelled") {
            equal([await cache.get(PARAPHRASE), await cache.get(QUESTION)], [undefined, undefined]);
            ok(events.filter(({ type }) => type === "error").length >= 2, `${fault}: ${JSON.stringify(events)}`);
          }
          front.arm(fault, 0, 0);
          equal([(await cache.get(QUESTION))?.response, await cache.get(OTHER)], ["a", undefined]);
        }
        await cache.put(OTHER, "b");
        equal((await cache.get(OTHER))?.response, "b");
        await cache.close();
      },
    );
  };
