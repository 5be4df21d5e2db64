import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { execute, stop } from "../stage.ts";

export interface PostgresServer {
  port: number;
  /** With the password. */
  url: string;
  /** Where its files are. */
  data: string;
  close(): Promise<void>;
}

export const POSTGRES_PASSWORD = "pass-0123456789";
const BIN = "/usr/lib/postgresql/15/bin";

/** A PostgreSQL of its own on a free port of the loopback, new and empty, which asks for a password. Options are its own. */
export async function startPostgres(options: Record<string, string> = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-postgres-"));
  const user = unprivileged();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const passwords = join(folder, "password");
    await writeFile(passwords, POSTGRES_PASSWORD);
    const data = join(folder, "data");
    // Not SCRAM: to derive its key takes Neon's Pool, in JavaScript, a third of a second for each connection.
    const how = ["-U", "postgres", "-A", "md5", "--pwfile", passwords, "-E", "UTF8", "--no-locale", "--no-sync"];
    await execute(join(BIN, "initdb"), ["-D", data, ...how], { ...user, cwd: folder });
    const port = await freePort();
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
      fsync: "off",
      full_page_writes: "off",
      synchronous_commit: "off",
      ...options,
    };
    const child = spawn(
      join(BIN, "postgres"),
      ["-D", data, "-p", `${port}`, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    const ended = (): void => void child.kill("SIGINT"); // when the test command itself is ended
    process.once("exit", ended);
    const close = async (): Promise<void> => {
      child.kill("SIGINT"); // without waiting for clients
      await stop(child);
      process.off("exit", ended);
      await remove();
    };
    try {
      await ready(child, port);
    } catch (error) {
      await close();
      throw error;
    }
    return { port, url: `postgres://postgres:${POSTGRES_PASSWORD}@127.0.0.1:${port}/postgres`, data, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The server refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Until it says so itself. */
function ready(child: ChildProcess, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`postgres ended with ${code}\n${log}`)));
    child.stderr!.on("data", (data) => {
      if (log.length < 10_000) log += data;
      if (log.includes("ready to accept connections")) answers(port).then(resolve, reject);
    });
  });
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
