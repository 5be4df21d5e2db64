import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisStore } from "../../adapters/stores/redis.ts";
import { commandOf, type RedisCommand } from "../../adapters/stores/redis-client.ts";
import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { filesIn } from "../folder.ts";
import type { Suite } from "../harness.ts";
import { TRACED, testTraces } from "../traces.ts";
import { PATIENT } from "./patient.ts";
import { TCP_CLIENTS } from "./redis-clients.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

const LOG = ["--appendonly", "yes"];
/** Texts in an image stand as they are. */
const PLAIN = ["--rdbcompression", "no"];

/** Erasure in the files of servers that keep some, read byte by byte; and servers that do not let it be done. */
export const redisScrubTests: Suite = (test) => {
  const onServer = (name: string, options: string[], run: (place: Place) => Promise<void>): void =>
    test(name, async () => {
      const server = await startRedis(...PLAIN, ...options);
      try {
        await onClient(server, run);
      } finally {
        await server.close();
      }
    });

  for (const [how, more] of Object.entries({
    "with an image at its head": [],
    "of commands": ["--aof-use-rdb-preamble", "no"],
  })) {
    onServer(
      `after a scrub no byte is left of what went, in a log ${how} nor in an image`,
      [...LOG, ...more],
      async (place) => {
        const store = place.store();
        await store.open(TRACED);
        let images = 0;
        await testTraces({
          store,
          files: () => filesIn(place.server.folder),
          settle: async () => void (images++ === 0 && (await place.command(["SAVE"]))), // with what goes later
        });
        const files = (await readdir(place.server.folder, { recursive: true })).filter((name) => name.includes("."));
        equal(
          files.map((name) => name.replace(/^.*\.(?=(base|incr)\.)|\.\w+$/g, "").replace(/^.*\//, "")).sort(),
          ["appendonly.aof", "base", "dump", "incr"],
          "no other files",
        );
      },
    );
  }

  onServer("an image alone is saved anew", ["--save", "3600 1000000"], async (place) => {
    const store = await place.opened();
    const id = await putOne(store, { text: "unforgettable" });
    await putOne(store, { key: "other", text: "remembered" });
    await place.command(["SAVE"]);
    await store.commit([{ remove: [id] }]);
    equal(await place.holds("unforgettable"), true);
    await store.scrub!();
    equal([await place.holds("unforgettable"), await place.holds("remembered")], [false, true]);
  });

  test("an image that a server without persistence has read when it started is saved anew", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-redis-image-"));
    try {
      for (const life of ["first", "second"]) {
        const server = { ...(await startRedis(...PLAIN, "--dir", folder)), folder };
        try {
          await onClient(server, async (place) => {
            const store = await place.opened();
            if (life === "first") {
              await putOne(store, { text: "unforgettable" });
              await place.command(["SAVE"]);
            } else {
              equal([await store.count(), await place.holds("unforgettable")], [1, true]);
              await store.clear();
              await store.scrub!();
              equal([await place.holds("unforgettable"), await readdir(folder)], [false, ["dump.rdb"]]);
            }
          });
        } finally {
          await server.close();
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  onServer("of what the server took away by itself no name is left", LOG, async (place) => {
    const store = redisStore({ ...PATIENT, client: place.command, nativeTtl: { afterMs: 0 } });
    await store.open(IDENTITY);
    const id = await putOne(store, { namespace: "unforgettable", key: "unforgettable", expiresAt: 1001 });
    while ((await place.command(["EXISTS", `{mneme}:entry:${id}`])) === 1) await new Promise((go) => setTimeout(go, 5));
    equal(await place.holds("unforgettable"), true);
    await store.scrub!();
    equal(await place.holds("unforgettable"), false);
  });

  onServer("a server that keeps no files is not made to", [], async (place) => {
    const store = await place.opened();
    await putOne(store);
    await store.scrub!();
    equal(await readdir(place.server.folder), []);
  });

  onServer(
    "files that are being written when a scrub begins are written once more",
    [...LOG, "--rdb-key-save-delay", "2000"], // of each key, in millionths of a second
    async (place) => {
      const store = await place.opened();
      for (let i = 0; i < 100; i++) await putOne(store, { key: `k${i}` });
      for (const command of ["BGREWRITEAOF", "BGSAVE"]) {
        const id = await putOne(store, { text: "unforgettable", key: "last" });
        await place.command([command]);
        ok((await place.info()).includes("in_progress:1"), "it is under way");
        await store.commit([{ remove: [id] }]);
        await store.scrub!();
        equal(await place.holds("unforgettable"), false, command);
        ok(!(await place.info()).includes("in_progress:1"), "and a scrub ends with it");
      }
      await Promise.all([store.scrub!(), store.scrub!(), place.command(["BGSAVE", "SCHEDULE"]), store.scrub!()]);
      equal(await store.count(), 100);
    },
  );

  onServer(
    "an image that cannot be written is a clear error, as is a log",
    [...LOG, "--dbfilename", "taken"],
    async (place) => {
      const store = await place.opened();
      await mkdir(join(place.server.folder, "taken"));
      const image = await fails(() => store.scrub!(), "store");
      ok(/could not write its image/.test(image.message) && /disk may be full/.test(image.remedy), image.message);
      await rm(join(place.server.folder, "appendonlydir"), { recursive: true });
      await writeFile(join(place.server.folder, "appendonlydir"), "");
      const log = await fails(() => store.scrub!(), "store");
      ok(/could not write its files/.test(log.message), log.message);
    },
  );

  onServer("a user who may not do it is told what to grant", LOG, async (place) => {
    await place.opened();
    const grants = ["resetkeys", "~{mneme}*", "-bgrewriteaof", "-bgsave"];
    await place.command(["ACL", "SETUSER", "guest", "on", ">guest", "+@all", ...grants]);
    const url = place.server.url.replace(/\/\/.*@/, "//guest:guest@");
    await onClient({ ...place.server, url }, async (guest) => {
      const { message, remedy } = await fails(() => guest.opened().then((store) => store.scrub!()), "store");
      ok(message.includes("may not do that") && remedy.includes("docs/stores/redis.md"), message);
    });
  });

  onServer("a client that may reach another server than the one with the keys is refused", LOG, async (place) => {
    const other = await startRedis(...LOG);
    try {
      await onClient(other, async ({ command }) => {
        const elsewhere =
          (...names: string[]): RedisCommand =>
          async (sent) =>
            names.includes(sent[0]!) ? command(sent) : place.command(sent);
        const asked = place.store(elsewhere("INFO"));
        await asked.open(IDENTITY);
        ok((await fails(() => asked.scrub!(), "store")).message.includes("several servers"), "told of one that tells");
        const done = place.store(elsewhere("BGREWRITEAOF"));
        await done.open(IDENTITY);
        ok((await fails(() => done.scrub!(), "store")).message.includes("did not begin"), "and of one that does it");
      });
    } finally {
      await other.close();
    }
  });

  onServer("a server that tells too little, or has no such commands, is a clear error", LOG, async (place) => {
    const without =
      (field: string): RedisCommand =>
      async (sent) =>
        sent[0] === "INFO" ? String(await place.command(sent)).replace(field, "x") : place.command(sent);
    for (const field of ["aof_enabled", "aof_rewrites", "rdb_saves"]) {
      const store = place.store(without(field));
      await store.open(IDENTITY);
      ok((await fails(() => store.scrub!(), "unsupported")).message.includes(field), field);
    }
    const hosted = place.store(async (sent) => {
      if (!sent[0]!.startsWith("EVAL")) throw new Error(`ERR unknown command '${sent[0]}'`);
      return place.command(sent);
    });
    await hosted.open(IDENTITY);
    ok((await fails(() => hosted.scrub!(), "store")).message.includes("unknown command"), "told");
    const script = redisStore({ client: { eval: async () => 0, evalsha: async () => 0 } });
    equal(script.scrub, undefined, "a client that sends scripts alone");
  });
};

interface Place {
  readonly server: RedisServer;
  readonly command: RedisCommand;
  store(client?: RedisCommand): Store;
  opened(): Promise<Store>;
  info(): Promise<string>;
  holds(text: string): Promise<boolean>;
}

async function onClient(server: RedisServer, run: (place: Place) => Promise<void>): Promise<void> {
  const { client, end } = await TCP_CLIENTS.ioredis!(server.url);
  const command = commandOf(client);
  const store = (other: RedisCommand = command): Store => redisStore({ ...PATIENT, client: other });
  try {
    await run({
      server,
      command,
      store,
      async opened() {
        const made = store();
        await made.open(IDENTITY);
        return made;
      },
      info: async () => String(await command(["INFO", "persistence"])),
      holds: async (text) => [...(await filesIn(server.folder))].some(([, bytes]) => Buffer.from(bytes).includes(text)),
    });
  } finally {
    end();
  }
}
