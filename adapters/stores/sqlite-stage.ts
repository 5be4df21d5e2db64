import { type Awaitable, MnemeError, type Store } from "../../src/index.ts";
import type { SqliteDriver } from "./sqlite-driver.ts";
import { translated } from "./sqlite-error.ts";
import { imageLog } from "./sqlite-file.ts";
import { lockFile } from "./sqlite-image-lock.ts";

/** What engines keep beside a database, with commits in it that are not in the file yet. */
const SIDECARS = ["-wal", "-shm", "-journal", imageLog("")];

interface Engine {
  openStore(path: string): Store;
  openDriver(path: string): Awaitable<SqliteDriver>;
}

/**
 * A new database beside the one at a path, which takes its place by renaming when it is complete. Undefined where there is
 * a file that is not to be replaced.
 */
export function stageFile(path: string, replace: boolean, engine: Engine): FileStage | undefined {
  const { existsSync, realpathSync } = process.getBuiltinModule("node:fs");
  if (!existsSync(path)) return new FileStage(path, false, engine);
  return replace ? new FileStage(realpathSync(path), true, engine) : undefined; // a link stays one
}

class FileStage {
  readonly store: Store;
  readonly #path: string;
  readonly #replace: boolean;
  readonly #engine: Engine;
  #unlock: (() => void) | undefined;

  constructor(path: string, replace: boolean, engine: Engine) {
    this.#path = path;
    this.#replace = replace;
    this.#engine = engine;
    this.#unlock = lockedRestore(path);
    this.#clean(); // what a process that was killed left
    this.store = engine.openStore(this.#beside);
  }

  /** The store is closed: its file is a whole database by itself. */
  async keep(): Promise<Store> {
    const fs = process.getBuiltinModule("node:fs");
    const beside = this.#beside;
    try {
      syncFile(beside);
      if (this.#replace) {
        await this.#settle();
        // A log of the old database beside the new one would be taken for its own.
        removeSidecars(this.#path);
        fs.renameSync(beside, this.#path);
      } else {
        removeSidecars(this.#path);
        fs.linkSync(beside, this.#path); // unlike renaming, it fails where there is a file by now
      }
      syncFolder(this.#path);
    } catch (error) {
      throw translated("restore", error);
    }
    return this.#engine.openStore(this.#path);
  }

  drop(): void {
    if (this.#unlock === undefined) return;
    this.#clean();
    this.#unlock();
    this.#unlock = undefined;
  }

  get #beside(): string {
    return `${this.#path}.restoring`;
  }

  #clean(): void {
    removeSidecars(this.#beside);
    process.getBuiltinModule("node:fs").rmSync(this.#beside, { force: true });
  }

  /**
   * Folds the logs of the old database into its file, so that it is whole whenever we are killed, and finds out whether
   * someone else has it open: they would go on writing to a file that has no name any more. A damaged one has nothing to fold.
   */
  async #settle(): Promise<void> {
    let driver: SqliteDriver;
    try {
      driver = await this.#engine.openDriver(this.#path);
    } catch (error) {
      if (translated("restore", error).code === "corrupt") return;
      throw error;
    }
    try {
      await driver.batch([{ sql: "PRAGMA journal_mode = DELETE", parameters: [] }], "read");
    } catch (error) {
      if (translated("restore", error).code === "corrupt") return;
      if (!/locked|busy/i.test(String(error))) throw error;
      const problem = `${this.#path} is open elsewhere, in this process or another.`;
      throw new MnemeError("conflict", problem, "Close it there, then restore again.", { cause: error });
    } finally {
      await driver.close();
    }
  }
}

/** One restore at a time: two would write the same file beside it. */
function lockedRestore(path: string): () => void {
  try {
    return lockFile(`${path}.restore`);
  } catch (error) {
    if (!(error instanceof MnemeError)) throw translated("restore", error);
    const remedy = `Wait for it; if there is none any more, delete ${path}.restore-lock.`;
    throw new MnemeError("conflict", `Another restore into ${path} is under way.`, remedy, { cause: error });
  }
}

function removeSidecars(path: string): void {
  const { rmSync } = process.getBuiltinModule("node:fs");
  for (const sidecar of SIDECARS) rmSync(path + sidecar, { force: true });
}

function syncFile(path: string): void {
  const { closeSync, fsyncSync, openSync } = process.getBuiltinModule("node:fs");
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** So that the new name lasts. Where folders cannot be opened, as in Windows, they need not be. */
function syncFolder(path: string): void {
  const { closeSync, fsyncSync, openSync } = process.getBuiltinModule("node:fs");
  const { dirname } = process.getBuiltinModule("node:path");
  let folder: number;
  try {
    folder = openSync(dirname(path), "r");
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems do not sync folders.
  } finally {
    closeSync(folder);
  }
}
