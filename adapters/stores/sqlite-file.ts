/** SQLite would create the file readable for all; its -wal and -shm copy the mode of the file. */
export function createPrivately(path: string): void {
  if (path === ":memory:") return;
  const { closeSync, openSync } = process.getBuiltinModule("node:fs");
  closeSync(openSync(path, "a", 0o600));
}
