import { spawnSync } from "node:child_process";
import { copyFile, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import initSqlJs from "sql.js";
import { pythonImporter } from "../../adapters/stores/sqlite-index.ts";
import { type CheckpointImporter, memoryStore, type RestoreOptions, SemanticCache } from "../../src/index.ts";
import { keyOf } from "../../src/text/key.ts";
import { normalise } from "../../src/text/normalise.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { archiveOf, bytesOf, contents, dumpOf, entry, filled, SMALL, streamOf } from "./checkpoint-fixtures.ts";

const SCRIPT = join(process.cwd(), "test/unit/checkpoint-python.py");

/** Checkpoints and files: databases at a path, archives of other programs. */
export const checkpointFileTests: Suite = (test) => {
  const inFolder = (name: string, run: (path: string) => Promise<void>): void =>
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-checkpoint-"));
      try {
        await run(join(folder, "cache.db"));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  const names = async (path: string): Promise<string[]> => (await readdir(dirname(path))).sort();
  const restore = (bytes: Uint8Array, options: Partial<RestoreOptions>): Promise<SemanticCache> =>
    SemanticCache.restore(streamOf(bytes), { embedder: SMALL, ...options });
  const archive = async (count = 600): Promise<Uint8Array> =>
    dumpOf(
      await filled(Array.from({ length: count }, (_, i) => entry({ key: `k${i}`, accessedAt: 5000 - i, hits: 1 }))),
    );
  const countAt = async (path: string): Promise<number> => {
    await using cache = await SemanticCache.open({ embedder: SMALL, path });
    return (await cache.stats()).entries;
  };

  inFolder("from a file into another and back into memory, everything is the same", async (path) => {
    const bytes = await archive();
    await (await restore(bytes, { path })).close();
    const cache = await SemanticCache.open({ embedder: SMALL, path });
    const again = await bytesOf(cache.dump());
    await cache.close();
    const [one, other] = [memoryStore(), memoryStore()];
    await restore(bytes, { store: one });
    await restore(again, { store: other });
    equal(await contents(other), await contents(one));
    equal(
      other.getMany(other.oldest(2)).map((found) => found?.key),
      ["k599", "k598"],
    );
  });

  inFolder("F32 the new file is its owner's alone from the start, and stands alone at the end", async (path) => {
    const seen = new Map<string, number>();
    const before = process.umask(0);
    try {
      const cache = await restore(await archive(), {
        path,
        onProgress: () => {
          const { readdirSync, statSync } = process.getBuiltinModule("node:fs");
          for (const name of readdirSync(dirname(path)))
            seen.set(name, statSync(join(dirname(path), name)).mode & 0o777);
        },
      });
      ok(seen.has("cache.db.restoring") && !seen.has("cache.db"), `there were ${[...seen.keys()]}`);
      for (const [name, mode] of seen) equal(mode, 0o600, name);
      await cache.close();
    } finally {
      process.umask(before);
    }
    equal(await names(path), ["cache.db"]);
    equal((await stat(path)).mode & 0o777, 0o600);
  });

  inFolder("F27 an archive that is cut short, or of another embedder, leaves the file as it was", async (path) => {
    const cache = await SemanticCache.open({ embedder: SMALL, path });
    await cache.put("old", "old");
    await cache.close();
    const before = await readFile(path);
    const bytes = await archive();
    for (const replace of [true, false]) {
      await fails(
        () => restore(bytes.subarray(0, bytes.length - 9), { path, replace }),
        replace ? "corrupt" : "conflict",
      );
      await fails(() => restore(bytes, { path, replace, embedder: { ...SMALL, fingerprint: "x" } }), "fingerprint");
      equal(await names(path), ["cache.db"]);
    }
    equal((await readFile(path)).equals(before), true);
    const fresh = join(dirname(path), "fresh.db");
    await fails(() => restore(bytes.subarray(0, bytes.length - 9), { path: fresh }), "corrupt");
    equal(await names(path), ["cache.db"], "nothing where nothing was");
  });

  inFolder("F27 the logs of a database that was not closed do not outlive it", async (path) => {
    const live = join(dirname(path), "live.db");
    const cache = await SemanticCache.open({ embedder: SMALL, path: live });
    for (let i = 0; i < 5; i++) await cache.put(`old ${i}`, "old");
    for (const name of await names(path)) {
      if (/-(wal|shm|log)$/.test(name) || name === "live.db")
        await copyFile(join(dirname(path), name), path + name.slice(7));
    }
    await cache.close();
    ok(
      (await names(path)).some((name) => /^cache.db-(wal|log)$/.test(name)),
      "a killed process left its log",
    );
    await (await restore(await archive(3), { path, replace: true })).close();
    equal(await names(path), ["cache.db", "live.db"]);
    equal(await countAt(path), 3);
  });

  inFolder("a damaged database is replaced; without being told so, it is left alone", async (path) => {
    await writeFile(path, "no database ".repeat(1000));
    await writeFile(`${path}-journal`, "nor this");
    const bytes = await archive(3);
    await fails(() => restore(bytes, { path }), "corrupt");
    await (await restore(bytes, { path, replace: true })).close();
    equal([await names(path), await countAt(path)], [["cache.db"], 3] as unknown[]);
  });

  inFolder("a database that is open elsewhere is not taken away from there", async (path) => {
    const bytes = await archive(3);
    const cache = await SemanticCache.open({ embedder: SMALL, path });
    await cache.put("old", "old");
    const error = await rejection(() => restore(bytes, { path, replace: true }));
    ok(["conflict", "store"].includes((error as { code: string }).code), String(error)); // sql.js has one user at a time
    await cache.put("more", "more");
    await cache.close();
    equal(await countAt(path), 2);
    await (await restore(bytes, { path, replace: true })).close();
    equal(await countAt(path), 3);
  });

  inFolder("an empty database is filled; one with entries only where that is said", async (path) => {
    await (await SemanticCache.open({ embedder: SMALL, path })).close();
    await (await restore(await archive(3), { path })).close();
    equal(await countAt(path), 3);
    await fails(async () => restore(await archive(4), { path }), "conflict");
    equal(await countAt(path), 3);
  });

  inFolder("of two restores at once one is refused; what a killed one left is cleared away", async (path) => {
    const bytes = await archive(3);
    for (const suffix of ["", "-wal", "-shm", "-log"]) await writeFile(`${path}.restoring${suffix}`, "left");
    const both = await Promise.allSettled([restore(bytes, { path }), restore(bytes, { path })]);
    const cache = both.find(({ status }) => status === "fulfilled") as
      | PromiseFulfilledResult<SemanticCache>
      | undefined;
    const refused = both.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    equal(refused?.reason.code, "conflict", String(refused?.reason));
    await cache?.value.close();
    equal([await names(path), await countAt(path)], [["cache.db"], 3] as unknown[]);
  });

  inFolder("a link to a file stays one, and a database in memory is one", async (path) => {
    const bytes = await archive(3);
    const link = join(dirname(path), "link.db");
    await (await SemanticCache.open({ embedder: SMALL, path })).close();
    await symlink(path, link);
    await (await restore(bytes, { path: link, replace: true })).close();
    ok((await lstat(link)).isSymbolicLink(), "the link");
    equal(await countAt(path), 3);
    await using memory = await restore(bytes, { path: ":memory:" });
    equal((await memory.stats()).entries, 3);
  });

  inFolder("tar and Python read it, and come to the same checksum", async (path) => {
    const texts = ["one", "zw\u00f6lf \u{1f511}", "line\nbreak \u0000"];
    const entries = texts.map((text, i) => entry({ key: `k${i}`, text, value: JSON.stringify("x".repeat(300_000)) }));
    await writeFile(path, await dumpOf(await filled(entries)));
    const members = ["manifest.json", "meta.json", "entries/000001.jsonl", "entries/000002.jsonl", "end.json"];
    equal(run("tar", "tzf", path).trim().split("\n"), members);
    equal(JSON.parse(run("python3", SCRIPT, "read", path)), { names: members, sealed: true, count: true, texts });
  });

  for (const engine of ["the runtime's own", "sql.js"]) {
    inFolder(`a checkpoint of the Python reference is restored, engine: ${engine}`, async (path) => {
      const importer = engine === "sql.js" ? pythonImporter(await initSqlJs()) : pythonImporter();
      const checkpoint = join(dirname(path), "python.tgz");
      const keys = JSON.parse(run("python3", SCRIPT, checkpoint)) as [string, string][];
      const bytes = await readFile(checkpoint);
      const store = memoryStore();
      const clock = (): number => 1_700_000_100_000;
      await using cache = await restore(bytes, { store, importer, clock });
      const found = [...store.scan()];
      equal(
        found.map(({ namespace, key }) => [namespace, key]),
        keys,
      );
      equal(
        found.map(({ text }) => keyOf(normalise(text))),
        keys.map(([, key]) => key),
        "ours is the same as Python's",
      );
      const { id: _id, revision: _revision, ...first } = found[0]!;
      equal(first, {
        ...entry({ namespace: "default", key: keys[0]![1], text: "  How do\tI   RESET it? ", hits: 3 }),
        value: JSON.stringify("like ßo 🔑"),
        metadata: { by: "x", n: [1, null] },
        createdAt: 1_700_000_000_000,
        accessedAt: 1_700_000_100_000,
      });
      equal(
        found.map(({ expiresAt }) => expiresAt),
        [null, 1_700_003_601_000, null, null],
      );
      equal(
        found.map(({ vector }) => vector && [...vector].map((x) => x.toFixed(1))),
        [["0.6", "0.8"], ["0.8", "0.6"], ["1.0", "0.0"], null],
      );
      equal((await cache.get("how do i reset it?"))?.response, "like ßo 🔑");
      equal((await cache.get("STRASSE i̇σ"))?.layer, "exact");
      equal((await cache.get("no direction", { namespace: "a:b" }))?.response, "zeros");

      await (await restore(bytes, { path, importer })).close();
      equal(await countAt(path), 4);
      await fails(() => restore(bytes, {}), "unsupported");
      await fails(() => restore(bytes, { importer, embedder: { ...SMALL, dimensions: 3 } }), "dimension");
      for (const length of [bytes.length - 5, Math.floor(bytes.length / 2), 100]) {
        await fails(() => restore(bytes.subarray(0, length), { importer }), "corrupt");
      }
    });

    inFolder(`F27 a damaged database inside is found before anything is served, engine: ${engine}`, async (path) => {
      const importer = engine === "sql.js" ? pythonImporter(await initSqlJs()) : pythonImporter();
      // Its own place for temporary files: other processes have theirs where all do.
      const { TMPDIR } = process.env;
      const temporary = join(dirname(path), "temporary");
      await mkdir(temporary);
      process.env.TMPDIR = temporary;
      try {
        await isFound(importer);
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      }
      equal(await readdir(temporary), [], "temporary files are gone");
    });

    const isFound = async (importer: CheckpointImporter): Promise<void> => {
      const head = {
        format_version: 1,
        schema_version: 1,
        store_backend: "sqlite",
        embedder_fingerprint: "test",
        embedder_dim: 2,
      };
      const inside = async (image: Uint8Array): Promise<Uint8Array> =>
        archiveOf([
          ["manifest.json", JSON.stringify(head)],
          ["store", image],
        ]);
      const SQL = await initSqlJs();
      const database = (script: string): Uint8Array => {
        const made = new SQL.Database();
        made.exec(script);
        return (made as unknown as { export(): Uint8Array }).export();
      };
      const table =
        "CREATE TABLE entries (namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl, access_count);";
      const row = (changed: object): string => {
        const good = {
          namespace: "'n'",
          query_hash: "'k'",
          query: "'q'",
          response: "'r'",
          embedding: "x'0000803f00000000'",
          metadata: "'{}'",
          created_at: "1",
          last_accessed_at: "1",
          ttl: "NULL",
          access_count: "0",
        };
        return `${table} INSERT INTO entries VALUES (${Object.values({ ...good, ...changed }).join()});`;
      };
      equal((await (await restore(await inside(database(row({}))), { importer })).stats()).entries, 1, "sound before");
      const many = database(`${table} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO entries SELECT 'n', 'k' || i, 'q', 'r', x'0000803f00000000', '{}', 1, 1, NULL, 0 FROM n;`);
      const torn = many.slice();
      torn.fill(0x55, Math.floor(torn.length / 2), Math.floor(torn.length / 2) + 4096);
      // No row is read from the last page, an index's: only the check of the whole finds that it is another's.
      const wrong = database(`${row({})} CREATE INDEX by_query ON entries (query);`);
      wrong[wrong.length - 1]! ^= 1; // the indexed text
      const images = [
        wrong,
        new TextEncoder().encode("no database"),
        torn,
        many.subarray(0, many.length / 2),
        database("CREATE TABLE other (x)"),
        database("CREATE TABLE t (x); CREATE VIEW entries AS SELECT * FROM t"),
        database("CREATE TABLE entries (id INTEGER PRIMARY KEY, x); INSERT INTO entries VALUES (1, 2)"),
        ...[
          { namespace: "NULL" },
          { query: "x'ff'" },
          { response: "5" },
          { embedding: "'text'" },
          { embedding: "x'0000'" },
          { embedding: "x'0000c07f00000000'" },
          { metadata: "'{'" },
          { metadata: "'[]'" },
          { created_at: "'now'" },
          { created_at: "-1" },
          { ttl: "'x'" },
          { access_count: "-1" },
          { access_count: "'many'" },
        ].map((changed) => database(row(changed))),
      ];
      for (const [i, image] of images.entries()) {
        const store = await filled([entry({ key: "old" })]);
        const error = await fails(
          async () => restore(await inside(image), { importer, store, replace: true }),
          "corrupt",
        );
        equal(await store.count(), 1, `image ${i}: ${error.message}`);
      }
    };
  }
};

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, PYTHONIOENCODING: "utf8" },
  });
  ok(status === 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
