import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type IoRedisClient, type RedisClient, type RedisOptions, redisStore } from "../../adapters/stores/redis.ts";
import { type CacheEvent, MnemeError, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import { freePort } from "../free-port.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";
import { QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { newPrefix, underTest } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";
import { REDIS_PASSWORD } from "./redis-server.ts";

const SECRETS = ["pass-0123456789", "token-0123456789", "user-0123456789", "question-0123456789", "other-0123456789"];

/** Texts of clients and servers, some of them with secrets, and what must be left to read. */
const SAID: [said: string, left: string][] = [
  ["connect ECONNREFUSED redis://user-0123456789:pass-0123456789@host:6379/0", "ECONNREFUSED"],
  ["Failed to parse URL from https://host/?token=token-0123456789", "Failed to parse URL"],
  ["connecting to user-0123456789:pass-0123456789@cache.internal:6379 timed out", "cache.internal:6379 timed out"],
  ["bad header Authorization: Bearer token-0123456789", "bad header"],
  ['config {"password":"pass-0123456789"}', "config"],
  ["requirepass=pass-0123456789 is refused", "is refused"],
  ['ERR no, command was: ["evalsha","question-0123456789"]', "ERR no"],
  ["Command failed: ERR something\nsecret: other-0123456789", "ERR something secret"],
];

/** Clients that by themselves send again what they got no answer to. */
type Resending = (
  redisUrl: string,
  front: { url: string; token: string },
) => { port: number; connect: (port: number) => Promise<{ client: RedisClient; end(): void }> };
const RESENDING: Record<string, Resending> = {
  ioredis: (redisUrl) => ({
    port: Number(new URL(redisUrl).port),
    connect: (port) => TCP_CLIENTS.ioredis!(redisUrl.replace(/:\d+$/, `:${port}`)),
  }),
  "@upstash/redis": (_, { url, token }) => ({
    port: Number(new URL(url).port),
    connect: async (port) => ({
      client: await upstashClient({ url: `http://127.0.0.1:${port}`, token }),
      end: () => {},
    }),
  }),
};

/** What clients and servers say when something is wrong, in a process: it makes servers and clients of its own. */
export const redisFailureTests =
  (redisUrl: string, front: { url: string; token: string }, client: RedisClient): Suite =>
  (test) => {
    for (const [said, left] of SAID) {
      test(`F31 no secret is in an error's text: ${left}`, async () => {
        const failing = async (): Promise<never> => {
          throw Object.assign(new Error(said), { command: { args: SECRETS }, cause: new Error(`why: ${said}`) });
        };
        const store = redisStore({ client: failing });
        const error = await fails(() => store.open(IDENTITY), "store");
        ok(error.message.includes(left), error.message);
        withoutSecrets(error);
        withoutSecrets(await store.check());
      });
    }

    test("F31 clients that are refused, or find nobody, tell no secret", async () => {
      const wrong = redisUrl.replace(REDIS_PASSWORD, "other-0123456789");
      const nowhere = `redis://user-0123456789:${REDIS_PASSWORD}@127.0.0.1:${await freePort()}`;
      const http = nowhere.replace("redis:", "http:").replace(/\/\/.*@/, "//");
      const clients: Record<string, RedisClient> = {
        "upstash, wrong token": await upstashClient({ url: front.url, token: "other-0123456789" }),
        "upstash, nobody there": await upstashClient({ url: http, token: front.token, retry: false }),
        "ioredis, wrong password": async (command) => {
          const { client, end } = await TCP_CLIENTS.ioredis!(wrong);
          try {
            return await call(client, command);
          } finally {
            end();
          }
        },
        "node-redis, wrong password": async () => TCP_CLIENTS["node-redis"]!(wrong),
      };
      for (const [name, client] of Object.entries(clients)) {
        const events: CacheEvent[] = [];
        const onEvent = (event: CacheEvent) => void events.push(event);
        const store = redisStore({ client, prefix: newPrefix() });
        const error = await rejection(() => SemanticCache.open({ embedder: WORDS, store, onEvent }));
        ok(error instanceof MnemeError && error.code === "store", `${name}: ${error}`);
        if (name.includes("wrong")) ok(error.message.includes("refused the credentials"), `${name}: ${error.message}`);
        withoutSecrets(error);
        withoutSecrets(events);
      }
    });

    test("F31 an error of a script tells neither what was asked nor the token", async () => {
      const upstash = await upstashClient({ url: front.url, token: front.token, enableAutoPipelining: false });
      const prefix = newPrefix();
      const store = redisStore({ client: upstash, prefix });
      await store.open(IDENTITY);
      await upstash.eval("return redis.call('SET', KEYS[1] .. ':hash:=question-0123456789', 'x')", [`{${prefix}}`], []);
      const error = await fails(() => store.get("question-0123456789", "question-0123456789"), "corrupt");
      withoutSecrets(error);
    });

    for (const [name, resending] of Object.entries(RESENDING)) {
      test(`${name} sends a swap again whose answer was lost: it is done once, and told as done`, async () => {
        const { port, connect } = resending(redisUrl, front);
        const proxy = await FaultProxy.before(port);
        const { client: again, end } = await connect(proxy.port);
        const prefix = newPrefix();
        const [store, direct] = [redisStore({ client: again, prefix }), redisStore({ client, prefix })];
        await Promise.all([store.open(IDENTITY), direct.open(IDENTITY)]);
        await direct.swapMeta!("m", undefined, "0");
        proxy.arm("drop", "to the client", 0);
        const swapped = store.swapMeta!("m", "0", "1");
        while ((await direct.getMeta("m")) !== "1") await new Promise((resolve) => setTimeout(resolve, 1));
        equal(await direct.swapMeta!("m", "1", "0"), true, "back: the other would find what it expects");
        while (proxy.struck === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        await proxy.heal();
        equal([await swapped, await store.getMeta("m")], [true, "0"]);
        ok((await store.swapMeta!("m", "0", "2")) && !(await store.swapMeta!("m", "0", "3")), "others are others");
        const kept = (await call(client, ["KEYS", `{${prefix}}:swap:*`])) as string[];
        for (const key of kept) ok(((await call(client, ["PTTL", key])) as number) > 0, `${key} stays`);
        equal(kept.length, 4, "one for each that was done");
        end();
        await proxy.close();
      });
    }

    test("when the server's memory is used up, a put is refused whole, and lookups go on", async () => {
      const store = redisStore({ client, prefix: newPrefix() });
      await store.open(IDENTITY);
      await putOne(store, { key: "kept" });
      const before = [await store.version(), await store.count()];
      await call(client, ["CONFIG", "SET", "maxmemory", "1mb"]);
      try {
        const puts = Array.from({ length: 50 }, (_, i) => ({ put: newEntry({ key: `${i}` }) }));
        const { message } = await fails(() => store.commit(puts), "store");
        ok(message.includes("maxmemory"), message);
        equal([await store.version(), await store.count(), (await store.get("n", "kept"))?.text], [...before, "text"]);
      } finally {
        await call(client, ["CONFIG", "SET", "maxmemory", "0"]);
      }
      equal(await store.check(), { ok: true });
      await putOne(store);
    });

    testStoreModel(
      (name, run) => test(`a user with the rights that the page lists can do all: ${name}`, run),
      openAs(redisUrl, client),
      {
        runs: 5,
      },
    );

    test("a user without them is told what to grant, and no secret", async () => {
      await call(client, ["ACL", "SETUSER", "nobody", "on", `>${SECRETS[0]}`, "~*", "-@all", "+info", "+client"]);
      const { client: restricted, end } = await TCP_CLIENTS.ioredis!(asUser(redisUrl, "nobody"));
      const error = await fails(() => redisStore({ client: restricted }).open(IDENTITY), "store");
      ok(error.message.includes("docs/stores/redis.md"), error.message);
      withoutSecrets(error);
      end();
    });

    test("the cache goes on without a server that fails, and tells why", async () => {
      let failing = false;
      const events: string[] = [];
      const sometimes = async (command: string[]): Promise<unknown> => {
        if (failing) throw new Error("connect ECONNREFUSED");
        return call(client, command);
      };
      const cache = await SemanticCache.open({
        embedder: WORDS,
        store: redisStore({ client: sometimes, prefix: newPrefix(), breaker: false }),
        onEvent: (event) => void (event.type === "error" && events.push(String(event.error))),
      });
      await cache.put(QUESTION, "answer");
      failing = true;
      equal(await cache.get(QUESTION), undefined);
      ok(events[0]!.includes("ECONNREFUSED"), String(events));
      failing = false;
      equal((await cache.get(QUESTION))?.response, "answer");
      await cache.close();
    });

    test("options are checked before anything is sent", () => {
      const sent: string[][] = [];
      const send = async (command: string[]): Promise<unknown> => sent.push(command);
      for (const prefix of ["", "a{b", "}", "a\0", "\ud83d", 7 as unknown as string]) {
        equal(
          codeOf(() => redisStore({ client: send, prefix })),
          "argument",
          JSON.stringify(prefix),
        );
      }
      for (const afterMs of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "1h" as unknown as number]) {
        equal(
          codeOf(() => redisStore({ client: send, nativeTtl: { afterMs } })),
          "argument",
          String(afterMs),
        );
      }
      for (const client of [undefined, null, {}, "redis://", { get() {} }] as unknown as RedisClient[]) {
        equal(
          codeOf(() => redisStore({ client })),
          "argument",
          String(client),
        );
      }
      equal(
        codeOf(() => redisStore(undefined as unknown as RedisOptions)),
        "argument",
        "no options",
      );
      equal(sent, []);
    });
  };

/** Stores by a user who has what docs/stores/redis.md says is needed, and no more. */
function openAs(redisUrl: string, admin: RedisClient): () => Promise<StoreUnderTest> {
  return async () => {
    const page = await readFile(join(ROOT, "docs/stores/redis.md"), "utf8");
    const rights = /^ACL SETUSER answers on >password ~\{mneme\}\* (.*)$/m.exec(page)![1]!.split(" ");
    const asks = ["+info", "+client"]; // of the client, on connecting
    await call(admin, ["ACL", "SETUSER", "answers", "on", `>${SECRETS[0]}`, "~{test:*", ...rights, ...asks]);
    const { client, end } = await TCP_CLIENTS.ioredis!(asUser(redisUrl, "answers"));
    return { ...underTest(client), dispose: end };
  };
}

function asUser(redisUrl: string, name: string): string {
  return redisUrl.replace(/\/\/.*@/, `//${name}:${SECRETS[0]}@`);
}

/** A command by ioredis. */
async function call(client: RedisClient, [name, ...args]: string[]): Promise<unknown> {
  return (client as IoRedisClient).call(name!, args);
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as MnemeError).code;
  }
  return undefined;
}

/** Neither in its text nor in anything that hangs on it. */
function withoutSecrets(told: unknown): void {
  const seen = new Set<unknown>();
  const look = (value: unknown, path: string): void => {
    if (typeof value === "string") {
      for (const secret of [...SECRETS, REDIS_PASSWORD]) ok(!value.includes(secret), `${path} has ${secret}: ${value}`);
    }
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const name of Object.getOwnPropertyNames(value))
      look((value as Record<string, unknown>)[name], `${path}.${name}`);
  };
  look(told, "it");
}
