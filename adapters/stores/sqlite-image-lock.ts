import { MnemeError } from "../../src/index.ts";

/**
 * Keeps other writers from a file: a file beside it names the process that holds it. One whose process has gone is taken
 * over. Returns what lets go.
 */
export function lockFile(path: string): () => void {
  const fs = process.getBuiltinModule("node:fs");
  const lock = `${path}-lock`;
  const own = `${lock}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  fs.writeFileSync(own, holderName(process.pid), { mode: 0o600 });
  try {
    for (;;) {
      try {
        fs.linkSync(own, lock); // at once whole, and only if there is none
        return () => {
          if (read(lock) === holderName(process.pid)) fs.rmSync(lock, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = read(lock);
      if (holder === undefined) continue; // let go of in between
      if (isAlive(holder)) throw heldError(path, lock, holder);
      moveAside(lock, holder, `${own}.stale`);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** Refuses a file that a living process holds. */
export function refuseHeld(path: string): void {
  const lock = `${path}-lock`;
  const holder = read(lock);
  if (holder !== undefined && isAlive(holder)) throw heldError(path, lock, holder);
}

/** Takes a dead holder's lock away, unless another process has done so and holds it now. */
function moveAside(lock: string, holder: string, aside: string): void {
  const fs = process.getBuiltinModule("node:fs");
  try {
    fs.renameSync(lock, aside);
    if (read(aside) !== holder) fs.linkSync(aside, lock);
  } catch {
    // Someone else was faster; the next attempt sees what they did.
  }
  fs.rmSync(aside, { force: true });
}

/** Undefined when there is none. One that cannot be read is an error: whose it is cannot be told. */
function read(path: string): string | undefined {
  try {
    return process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/** A process's number, when it began, as numbers are used again, and where that number means something. */
function holderName(pid: number): string {
  return `${pid} ${beganAt(pid)} ${place()}`;
}

/** The machine, and in a container its own numbers. */
function place(): string {
  let numbers = "";
  try {
    numbers = process.getBuiltinModule("node:fs").readlinkSync("/proc/self/ns/pid");
  } catch {
    // Only Linux has them.
  }
  return `${process.getBuiltinModule("node:os").hostname()} ${numbers}`;
}

/** One on another machine cannot be asked: it counts as alive. */
function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  if (Number.isNaN(pid)) return false; // not a lock of ours
  if (!holder.endsWith(place())) return true;
  try {
    process.kill(pid, 0); // asks only
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return beganAt(pid) === "" || holderName(pid) === holder;
}

/** In ticks since the machine started, where /proc tells; elsewhere the number must do. */
function beganAt(pid: number): string {
  const STARTED = 19; // of the fields after the name, which is in brackets and may hold anything
  try {
    const stat = process.getBuiltinModule("node:fs").readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[STARTED] ?? "";
  } catch {
    return ""; // another system, or one that hides other users' processes
  }
}

function heldError(path: string, lock: string, holder: string): MnemeError {
  return new MnemeError(
    "store",
    `${path} is held by process ${Number.parseInt(holder, 10)}: the sql.js store has one writer at a time.`,
    `Close it there, or use an engine that shares files (Node 22.13 or newer has one). If that process, there or in a container, is gone or not mneme's, delete ${lock}.`,
  );
}
