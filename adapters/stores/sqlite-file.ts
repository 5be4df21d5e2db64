import { MnemeError } from "../../src/index.ts";
import { refuseHeld } from "./sqlite-image-lock.ts";

/**
 * SQLite would create the file readable for all; its -wal and -shm copy the mode of the file. One that is there is not
 * even opened: closing it again would drop every lock that this process has on it.
 */
export function createPrivately(path: string): void {
  if (path === ":memory:") return;
  try {
    createNew(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** An empty file of the owner's, where nothing was. Returns what removes it. */
export function createNew(path: string): () => void {
  const { closeSync, openSync, rmSync } = process.getBuiltinModule("node:fs");
  closeSync(openSync(path, "wx", 0o600));
  return () => rmSync(path, { force: true });
}

/** Whether there is anything at all in this file, or in the logs that engines keep beside one. */
export function holdsDatabase(path: string): boolean {
  const { statSync } = process.getBuiltinModule("node:fs");
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return [path, `${path}-wal`, imageLog(path)].some((file) => sizeOf(file) > 0);
}

/** What sql.js keeps beside a file while it is open: the commits that the file does not hold yet. */
export function imageLog(path: string): string {
  return `${path}-log`;
}

/** sql.js has the file open, or had when it ended: an engine that cannot read its log would go on without those commits. */
export function refuseImageLog(path: string): void {
  const { existsSync, realpathSync, statSync } = process.getBuiltinModule("node:fs");
  if (!existsSync(path)) return;
  const file = realpathSync(path);
  refuseHeld(file);
  const log = imageLog(file);
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new MnemeError(
    "store",
    `${log} holds commits of sql.js that are not in the file yet.`,
    "Open and close it once with sqliteStore(sqlJs(await initSqlJs(), fileImage(path))).",
  );
}
