import { type RedisClient, redisStore } from "../../adapters/stores/redis.ts";
import { commandOf } from "../../adapters/stores/redis-client.ts";
import { testStore } from "../conformance/store.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";

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
  const another = () => redisStore({ client, prefix });
  return {
    store: another(),
    another,
    spoil: { corrupt: spoilMeta("identity", "={"), newer: spoilMeta("schema", "99") },
  };
}

/** What holds of the store by any client. */
export const redisTests =
  (client: RedisClient, { runs }: { runs: number }): Suite =>
  (test) => {
    testStore(test, () => underTest(client));
    testStoreModel(test, () => underTest(client), { runs });
    testCacheModel(test, () => underTest(client), { runs });
  };
