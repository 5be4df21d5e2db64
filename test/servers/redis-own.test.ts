import { type RedisClient, type RedisOptions, redisStore } from "../../adapters/stores/redis.ts";
import { commandOf } from "../../adapters/stores/redis-client.ts";
import { SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { newPrefix } from "./redis.test.ts";

/** Keys that only entries with a time to live have. */
const NATIVE_KEYS = ["by_ttl", "by_native"];

/** What is Redis's own: its time to live, its scripts, its memory, its keys. */
export const redisOwnTests =
  (client: RedisClient): Suite =>
  (test) => {
    const onStore = (name: string, run: (opened: Opened) => Promise<void>, options: Partial<RedisOptions> = {}): void =>
      test(name, async () => {
        const opened = new Opened(client, options);
        await opened.store.open(IDENTITY);
        await run(opened);
        await opened.store.close();
      });

    onStore("F16 overwriting without an expiry, or touching it away, takes the server's away", async (opened) => {
      const { store } = opened;
      const id = await putOne(store, { createdAt: 1000, expiresAt: 61_000 });
      const native = (await opened.pttl(id)) as number;
      ok(native > 3_600_000 && native <= 3_660_000, `an hour after its minute: ${native} ms`);
      await putOne(store);
      equal([await opened.pttl(id), await opened.sizes(NATIVE_KEYS)], [-1, [0, 0]]);
      await putOne(store, { expiresAt: 61_000 });
      equal(await opened.sizes(NATIVE_KEYS), [1, 1]);
      await store.commit([{ touch: [id], at: 2000 }]);
      ok(((await opened.pttl(id)) as number) > 3_600_000, "a touch that says nothing of it leaves it");
      await store.commit([{ touch: [id], at: 2000, expiresAt: null }]);
      equal([await opened.pttl(id), await opened.sizes(NATIVE_KEYS)], [-1, [0, 0]]);
      await store.commit([{ touch: [id], at: 2000, expiresAt: 1_002_000 }]);
      ok(((await opened.pttl(id)) as number) > 4_500_000, "and it may come back");
      await store.clear();
      equal(await opened.sizes(NATIVE_KEYS), [0, 0]);
    });

    onStore(
      "F16 what the server took away is in no count, order or list, and is told as removed",
      async (opened) => {
        const { store } = opened;
        const kept = await putOne(store, { key: "kept" });
        const odd = 'a:b\u0000"\n🧠';
        const ghost = await putOne(store, { namespace: odd, key: `1:${odd}`, expiresAt: 1010 });
        const version = await store.version();
        await opened.gone(ghost);
        equal(await store.get(odd, `1:${odd}`), undefined);
        equal(await store.getMany([ghost]), [undefined]);
        equal([await store.count(), await store.count(odd), await store.namespaces()], [1, 0, ["n"]]);
        equal([await store.oldest(9), await store.oldest(9, odd)], [[kept], []]);
        equal((await collect(store.scan())).length, 1);
        equal(await store.changesSince(version), { version: version + 1, puts: [], removed: [ghost] });
        equal(await store.check(), { ok: true });
        equal(await opened.sizes(NATIVE_KEYS), [0, 0]);
      },
      { nativeTtl: { afterMs: 0 } },
    );

    for (const [how, read] of Object.entries(READERS)) {
      onStore(
        `F16 ghosts are gone for ${how}, too`,
        async (opened) => {
          const { store } = opened;
          const ghost = await putOne(store, { namespace: "m", expiresAt: 1001 });
          await opened.gone(ghost);
          await read(store, ghost);
          equal(await opened.sizes(["by_id", "by_id:=m", "lru", "lru:=m", "by_revision", ...NATIVE_KEYS]), [
            ...[0, 0, 0, 0, 0],
            ...[0, 0],
          ]);
          const { id } = (await store.get("m", "k")) ?? { id: undefined };
          equal(id, undefined);
          ok((await putOne(store, { namespace: "m" })) > ghost, "its id is not used again");
        },
        { nativeTtl: { afterMs: 0 } },
      );
    }

    onStore(
      "any number of ghosts go, whichever call comes first",
      async (opened) => {
        const { store } = opened;
        const puts = Array.from({ length: 2500 }, (_, i) => ({
          put: newEntry({ key: `${i}`, vector: null, expiresAt: 1001 }),
        }));
        const { applied } = await store.commit(puts);
        await putOne(store, { key: "kept" });
        await opened.gone(applied.at(-1)![0]!);
        equal(await store.count(), 1);
        equal((await store.changesSince(1))?.removed.length, 2500);
      },
      { nativeTtl: { afterMs: 0 } },
    );

    onStore(
      "nativeTtl: false leaves every entry to the cache",
      async (opened) => {
        const id = await putOne(opened.store, { expiresAt: 2000 });
        equal([await opened.pttl(id), await opened.sizes(NATIVE_KEYS)], [-1, [1, 0]]);
        equal(await opened.store.removeExpired(2000), [id]);
      },
      { nativeTtl: false },
    );

    onStore("a time to live past all calendars is none of the server's", async (opened) => {
      const id = await putOne(opened.store, { expiresAt: 1e300 });
      equal([await opened.pttl(id), (await opened.store.get("n", "k"))?.expiresAt], [-1, 1e300]);
    });

    onStore("an entry that the server evicted is a miss, is told by check, and can be put anew", async (opened) => {
      const { store } = opened;
      const id = await putOne(store);
      await opened.raw("return redis.call('DEL', KEYS[1] .. ':entry:' .. ARGV[1])", String(id));
      equal([await store.get("n", "k"), await store.getMany([id])], [undefined, [undefined]]);
      equal((await collect(store.scan())).length, 0);
      const check = await store.check();
      ok(!check.ok && check.reason.includes("evicted"), JSON.stringify(check));
      await store.commit([{ touch: [id], at: 1 }, { remove: [id] }, { put: newEntry(), when: "absent" }]);
      const again = (await store.get("n", "k"))!.id;
      ok(again > id, `${again} > ${id}`);
      equal([await store.count(), (await store.changesSince(1))?.removed], [1, [id]]);
      equal(await store.check(), { ok: true });
    });

    onStore("when its keys are deleted while it is open, it does not begin again at 1 by itself", async (opened) => {
      const { store } = opened;
      await putOne(store);
      await opened.raw("for _, k in ipairs(redis.call('KEYS', KEYS[1] .. ':*')) do redis.call('DEL', k) end return 1");
      const { message } = await fails(() => putOne(store), "store");
      ok(message.includes("deleted"), message);
      equal([await store.get("n", "k"), await store.version(), await store.changesSince(1)], [undefined, 0, undefined]);
      equal((await store.check()).ok, false);
      await store.open(IDENTITY);
      equal(await putOne(store), 1, "opened, it does");
    });

    onStore("entries without the stamp of their embedder are refused", async (opened) => {
      await putOne(opened.store);
      await opened.raw("return redis.call('DEL', KEYS[1] .. ':meta')");
      await fails(() => opened.another().open(IDENTITY), "corrupt");
      await fails(() => opened.another().identify!(), "corrupt");
    });

    onStore("a key of another kind under the prefix is refused as such", async (opened) => {
      await opened.raw("redis.call('DEL', KEYS[1] .. ':lru') return redis.call('SET', KEYS[1] .. ':lru', 'x')");
      await fails(() => opened.store.oldest(1), "corrupt");
      equal((await opened.store.check()).ok, false);
    });

    onStore("each call is one command", async (opened) => {
      const { store, sent } = opened;
      await store.identify!();
      const calls: Record<string, () => unknown> = {
        identify: () => store.identify!(),
        open: () => store.open(IDENTITY),
        commit: () =>
          store.commit([{ put: newEntry() }, { touch: [1], at: 5 }, { remove: [9] }, { put: newEntry({ key: "b" }) }]),
        get: () => store.get("n", "k"),
        getMany: () => store.getMany([1, 2, 3, 4]),
        scan: () => collect(store.scan()),
        "scan of vectors": () => collect(store.scan({ fields: "vectors", namespace: "n" })),
        oldest: () => store.oldest(5, "n"),
        count: () => store.count(),
        namespaces: () => store.namespaces(),
        version: () => store.version(),
        changesSince: () => store.changesSince(0),
        setMeta: () => store.setMeta("m", "v"),
        swapMeta: () => store.swapMeta!("m", "v", "w"),
        getMeta: () => store.getMeta("m"),
        check: () => store.check(),
        removeExpired: () => store.removeExpired(5),
        clear: () => store.clear(),
      };
      for (const [name, call] of Object.entries(calls)) {
        await call(); // the first may have to bring the script
        sent.length = 0;
        await call();
        equal(sent, ["EVALSHA"], name);
      }
    });

    onStore("when the server has forgotten its scripts, they are brought again", async (opened) => {
      await putOne(opened.store);
      opened.forgetting = true;
      opened.sent.length = 0;
      equal((await opened.store.get("n", "k"))?.text, "text");
      equal(opened.sent, ["EVALSHA", "EVAL"]);
    });

    onStore("every key is under the prefix, with the same hash tag", async (opened) => {
      await putOne(opened.store, { namespace: "{a}", key: "{b}", expiresAt: 2000 });
      await opened.store.setMeta("{m}", "v");
      equal(await opened.store.swapMeta!("{m}", "v", "w"), true);
      const own = (await opened.raw("return redis.call('KEYS', '*' .. ARGV[1] .. '*')", opened.prefix)) as string[];
      ok(own.length >= 12, String(own));
      for (const name of own) ok(name.startsWith(`{${opened.prefix}}:`), name);
    });

    test("stores of other prefixes are others, also where one begins with the other", async () => {
      const prefix = newPrefix();
      const stores = [prefix, `${prefix}:`, `${prefix}:entry`].map((prefix) =>
        redisStore({ ...PATIENT, client, prefix }),
      );
      for (const [i, store] of stores.entries()) {
        await store.open({ ...IDENTITY, fingerprint: `${i}` });
        await putOne(store, { text: `${i}` });
      }
      await stores[0]!.clear();
      equal(await Promise.all(stores.map(async (store) => (await store.get("n", "k"))?.text)), [undefined, "1", "2"]);
    });

    onStore("vectors are base64 of float32, least byte first; texts can be read", async (opened) => {
      await putOne(opened.store, { vector: Float32Array.of(1, -2), text: "how?" });
      const script = "return redis.call('HMGET', KEYS[1] .. ':entry:1', 'vector', 'text')";
      equal(await opened.raw(script), ["=AACAPwAAAMA=", "=how?"]);
    });

    onStore("a damaged vector costs the vector alone, damaged metadata that entry", async (opened) => {
      const id = await putOne(opened.store);
      const set = "return redis.call('HSET', KEYS[1] .. ':entry:' .. ARGV[1], ARGV[2], ARGV[3])";
      for (const damaged of ["=###", "=AAAA", "x"]) {
        await opened.raw(set, String(id), "vector", damaged);
        equal([(await opened.store.get("n", "k"))?.vector, (await opened.store.get("n", "k"))?.text], [null, "text"]);
      }
      await opened.raw(set, String(id), "metadata", "={");
      const { message } = await fails(() => opened.store.get("n", "k"), "corrupt");
      ok(message.includes("metadata of entry 1"), message);
    });

    onStore("what looks like a number, like JSON, or like nothing comes back as the text it was", async (opened) => {
      const { store } = opened;
      for (const [i, text] of ["12345", "007", "1e3", "null", "true", '{"a":1}', "[]", '"', "OK", "", "="].entries()) {
        const id = await putOne(store, { namespace: text, key: text, text, value: text, tags: [text] });
        await store.setMeta(text, text);
        equal(id, i + 1);
        const entry = (await store.get(text, text))!;
        equal([entry.namespace, entry.key, entry.text, entry.value], [text, text, text, text]);
        equal([entry.tags, await store.getMeta(text)], [[text], text]);
      }
    });

    onStore("large entries make smaller pages, and all of them come", async (opened) => {
      const value = "x".repeat(200_000);
      await opened.store.commit(Array.from({ length: 10 }, (_, i) => ({ put: newEntry({ key: `${i}`, value }) })));
      await collect(opened.store.scan());
      opened.sent.length = 0;
      equal((await collect(opened.store.scan())).map(({ id }) => id).join(), "1,2,3,4,5,6,7,8,9,10");
      equal(opened.sent.length, 4, "three at a time");
      opened.sent.length = 0;
      equal((await collect(opened.store.scan({ fields: "vectors" }))).length, 10);
      equal(
        opened.sent.filter((name) => name === "EVALSHA").length,
        1,
        "the values do not count where they do not come",
      );
    });

    onStore("a reader too far behind is told to scan again", async (opened) => {
      const { store } = opened;
      const id = await putOne(store);
      await store.commit([{ remove: [id] }]);
      await opened.raw("return redis.call('SET', KEYS[1] .. ':version', 10001)");
      await putOne(store);
      equal(await store.changesSince(1), undefined);
      equal((await store.changesSince(2))?.version, 10_002);
      await store.clear(); // with a removal, those before are forgotten
      equal(await opened.sizes(["removed"]), [1]);
    });

    test("a cache finds its entries again, in both layers", async () => {
      const prefix = newPrefix();
      const first = await SemanticCache.open({ embedder: WORDS, store: redisStore({ ...PATIENT, client, prefix }) });
      await first.put(QUESTION, "answer", { ttl: "1h", metadata: { model: "m" } });
      await first.close();
      const second = await SemanticCache.open({ embedder: WORDS, store: redisStore({ ...PATIENT, client, prefix }) });
      const hit = await second.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit?.metadata], ["answer", "semantic", { model: "m" }]);
      equal((await second.get(QUESTION))?.layer, "exact");
      await second.close();
      equal(await commandOf(client)(["EVAL", "return 'there'", "1", "x"]), "there", "the client is its owner's");
    });
  };

const READERS: Record<string, (store: Store, ghost: number) => Promise<unknown>> = {
  "a put of its key": async (store, ghost) => {
    const { applied } = await store.commit([{ put: newEntry({ namespace: "m" }), when: "absent" }]);
    ok(applied[0]![0]! > ghost, "it is another entry");
    await store.clear("m");
  },
  "a touch": async (store, ghost) => equal((await store.commit([{ touch: [ghost], at: 1 }])).applied, [[]]),
  "a removal": async (store, ghost) => equal((await store.commit([{ remove: [ghost] }])).applied, [[]]),
  clear: async (store) => equal(await store.clear(), 0),
  removeExpired: async (store) => equal(await store.removeExpired(1e15), []),
  namespaces: async (store) => equal(await store.namespaces(), []),
  oldest: async (store) => equal(await store.oldest(1), []),
  count: async (store) => equal(await store.count("m"), 0),
  scan: async (store) => equal(await collect(store.scan({ fields: "vectors" })), []),
};

/** A store on keys of its own, and a way to look at them. */
class Opened {
  readonly prefix: string = newPrefix();
  readonly sent: string[] = [];
  /** The next script is one the server does not know. */
  forgetting = false;
  readonly store: Store;
  readonly #client: RedisClient;

  constructor(client: RedisClient, options: Partial<RedisOptions>) {
    this.#client = client;
    const send = commandOf(client);
    const counted = (command: string[]): Promise<unknown> => {
      this.sent.push(command[0]!);
      const forgotten = this.forgetting && command[0] === "EVALSHA";
      if (forgotten) this.forgetting = false;
      return send(forgotten ? ["EVALSHA", "0".repeat(40), ...command.slice(2)] : command);
    };
    this.store = redisStore({ ...PATIENT, client: counted, prefix: this.prefix, ...options });
  }

  another(): Store {
    return redisStore({ ...PATIENT, client: this.#client, prefix: this.prefix });
  }

  async raw(script: string, ...args: string[]): Promise<unknown> {
    return commandOf(this.#client)(["EVAL", script, "1", `{${this.prefix}}`, ...args]);
  }

  async pttl(id: number): Promise<unknown> {
    return this.raw("return redis.call('PTTL', KEYS[1] .. ':entry:' .. ARGV[1])", String(id));
  }

  async sizes(names: readonly string[]): Promise<unknown> {
    const script =
      "local n = {} for i, k in ipairs(ARGV) do n[i] = redis.call('ZCARD', KEYS[1] .. ':' .. k) end return n";
    return this.raw(script, ...names);
  }

  /** Waits until the server has taken an entry away by itself; what it says of the time may be a little older. */
  async gone(id: number): Promise<void> {
    let pttl: unknown;
    do {
      pttl = await this.pttl(id);
      await new Promise((resolve) => setTimeout(resolve, 5));
    } while (pttl !== -2);
  }
}
