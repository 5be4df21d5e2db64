import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { stop } from "../stage.ts";

export interface RedisServer {
  /** With the password. */
  readonly url: string;
  /** Where its files are. */
  readonly folder: string;
  close(): Promise<void>;
}

export const REDIS_PASSWORD = "pass-0123456789";

/** A Redis of its own on a free port of the loopback, empty, that asks for a password. Options are its own: `--maxmemory`, … */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-redis-"));
  const port = await freePort();
  const child = spawn(
    "redis-server",
    [
      ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"],
      ...["--daemonize", "no", "--requirepass", REDIS_PASSWORD, ...options],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`redis-server ended with ${code}\n${output}`)));
  });
  failed.catch(() => {}); // it ends in the end
  const close = async () => {
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([answering(port), failed]);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}`, folder, close };
}

/** Until it answers a command, be it that a password is missing. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
      socket.once("data", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => resolve(false)).once("data", () => socket.destroy());
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
