import { MnemeError } from "../../src/index.ts";

/** SQLite would create the file readable for all; its -wal and -shm copy the mode of the file. */
export function createPrivately(path: string): void {
  if (path === ":memory:") return;
  const { closeSync, openSync } = process.getBuiltinModule("node:fs");
  closeSync(openSync(path, "a", 0o600));
}

/** An empty file of the owner's, where nothing was. Returns what removes it. */
export function createNew(path: string): () => void {
  const { closeSync, openSync, rmSync } = process.getBuiltinModule("node:fs");
  closeSync(openSync(path, "wx", 0o600));
  return () => rmSync(path, { force: true });
}

/** What sql.js keeps beside a file while it is open: the commits that the file does not hold yet. */
export function imageLog(path: string): string {
  return `${path}-log`;
}

/** After a crash the log stays: an engine that cannot read it would go on without those commits. */
export function refuseImageLog(path: string): void {
  const log = imageLog(path);
  const { statSync } = process.getBuiltinModule("node:fs");
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new MnemeError(
    "store",
    `${log} holds commits of sql.js that are not in the file yet.`,
    "Open and close it once with sqliteStore(sqlJs(await initSqlJs(), fileImage(path))).",
  );
}
