import { type RedisClient, redisStore } from "../../adapters/stores/redis.ts";
import { commandOf } from "../../adapters/stores/redis-client.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { PATIENT } from "./patient.ts";

let prefixes = 0;

/** A prefix that nothing has used. */
export function newPrefix(): string {
  return `test:${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${prefixes++}`;
}

/** An empty store on a client, and ways to spoil it. */
export function underTest(client: RedisClient): StoreUnderTest {
  const prefix = newPrefix();
  const command = commandOf(client);
  const spoilMeta = (field: string, value: string) => async () => {
    const script = "return redis.call('HSET', KEYS[1] .. ':meta', ARGV[1], ARGV[2])";
    await command(["EVAL", script, "1", `{${prefix}}`, field, value]);
  };
  const another = () => redisStore({ ...PATIENT, client, prefix });
  return {
    store: another(),
    another,
    spoil: { corrupt: spoilMeta("identity", "={"), newer: spoilMeta("schema", "99") },
  };
}

/** Many requests, and nothing in them that differs between clients and runtimes. */
const LONG = [
  "any history reads as a plain map would",
  "touching and removing many ids affects each known one once",
  "counting, scanning and order stay inside a namespace",
  "clearing one namespace leaves every other",
  "clear and removeExpired have no limit",
  "from every version the feed leads to the present, telling no id twice",
  "scan() pages across gaps",
  "scan() pages through 5,000 entries, each once",
  "two scans at once do not disturb each other, and one may be left",
  "clearing while a scan runs ends it in peace",
  "a scan that closing cuts short fails; it does not end as if that were all",
];

/** What every further client shows, in every runtime. */
export const redisTestsAgain =
  (client: RedisClient, options: { scrubs: boolean }): Suite =>
  (test) =>
    testOwnStore(
      (name, run) => LONG.includes(name) || test(name, run),
      () => underTest(client),
      { ...options, again: true },
    );

/** What holds of the store by any client. */
export const redisTests =
  (client: RedisClient, { runs, ...options }: { runs: number; scrubs: boolean; again: boolean }): Suite =>
  (test) => {
    testOwnStore(test, () => underTest(client), options);
    testStoreModel(test, () => underTest(client), { runs });
    testCacheModel(test, () => underTest(client), { runs });
  };
