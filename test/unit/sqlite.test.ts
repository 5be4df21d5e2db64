import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPath } from "../../adapters/stores/sqlite-path.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

/** The file behind `path`, in runtimes with a SQLite of their own; in others, that they say so. */
export const sqliteTests =
  (expected: boolean): Suite =>
  (test) => {
    if (!expected) {
      test("without an engine, a path is refused by name", async () => {
        const { remedy } = await fails(() => SemanticCache.open({ embedder: WORDS, path: "never.db" }), "unsupported");
        ok(remedy.includes("Node"), remedy);
      });
      return;
    }

    testStore(test, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-sqlite-"));
      const path = join(folder, "store.db");
      return {
        store: openPath(path),
        another: () => openPath(path),
        dispose: () => rm(folder, { recursive: true, force: true }),
      };
    });

    const inFolder = (name: string, run: (path: string) => Promise<void>): void =>
      test(name, async () => {
        const folder = await mkdtemp(join(tmpdir(), "mneme-sqlite-"));
        try {
          await run(join(folder, "cache.db"));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });

    inFolder("a cache with a path finds its entries again, in both layers", async (path) => {
      const first = await SemanticCache.open({ embedder: WORDS, path });
      const id = await first.put(QUESTION, "answer", { metadata: { model: "m" } });
      await first.get(PARAPHRASE);
      await first.close();
      const second = await SemanticCache.open({ embedder: WORDS, path });
      const hit = await second.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit?.id, hit?.metadata], ["answer", "semantic", id, { model: "m" }]);
      equal((await second.get(QUESTION))?.layer, "exact");
      await second.close();
    });

    inFolder("F32 a new file, its log and its shared memory are the owner's alone", async (path) => {
      const store = openPath(path);
      await store.open(IDENTITY);
      await putOne(store);
      for (const suffix of ["", "-wal", "-shm"]) equal((await stat(path + suffix)).mode & 0o777, 0o600, suffix);
      await store.close();
    });

    inFolder("the mode of a file that was there is left alone", async (path) => {
      await writeFile(path, "");
      await chmod(path, 0o640);
      const store = openPath(path);
      await store.open(IDENTITY);
      equal((await stat(path)).mode & 0o777, 0o640);
      await store.close();
    });

    inFolder("F17 a file that is no database is a clear error", async (path) => {
      await writeFile(path, "this is not a database, and long enough to be taken for one ".repeat(50));
      await fails(() => openPath(path).open(IDENTITY), "corrupt");
    });

    inFolder("two caches on one file see each other's exact entries", async (path) => {
      const a = await SemanticCache.open({ embedder: WORDS, path });
      const b = await SemanticCache.open({ embedder: WORDS, path });
      await a.put(QUESTION, "from a");
      equal((await b.get(QUESTION))?.response, "from a");
      await b.put(QUESTION, "from b");
      equal((await a.get(QUESTION))?.response, "from b");
      await a.close();
      await b.close();
    });
  };
