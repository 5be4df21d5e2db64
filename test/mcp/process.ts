import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PROGRAMS } from "../runtimes/processes.ts";
import { ROOT, RUNTIMES } from "../stage.ts";

const MAIN = join(ROOT, "dist/src/cli/main.js");
export const MODULES: string = join(ROOT, "dist/test/mcp/modules.js");

/** A folder in which the SDK is installed, as far as a program can tell. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-mcp-"));
  try {
    await symlink(join(RUNTIMES, "node_modules"), join(folder, "node_modules"));
    await run(folder);
  } finally {
    for (const served of running) served.child.kill("SIGKILL"); // of a test that failed
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command line of `mneme mcp` in one of the runtimes. */
export function commandOf(runtime: string, args: readonly string[]): { command: string; args: string[] } {
  const [command, ...first] = PROGRAMS[runtime]!;
  return { command: command!, args: [...first, MAIN, "mcp", ...args] };
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const running = new Set<Served>();

/** A server as a process, spoken to line by line. */
export class Served {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #lines: AsyncIterator<string>;
  #stdout = "";
  #stderr = "";

  constructor(runtime: string, folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { command, args: all } = commandOf(runtime, args);
    const child = spawn(command, all, {
      cwd: folder,
      stdio: "pipe",
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", ...env },
    });
    child.stdout.on("data", (data) => {
      this.#stdout += data;
    });
    child.stderr.on("data", (data) => {
      this.#stderr += data;
    });
    child.stdin.on("error", () => {}); // it may have ended
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        running.delete(this);
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    running.add(this);
  }

  get stderr(): string {
    return this.#stderr;
  }

  say(message: object | string): void {
    this.child.stdin!.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
  }

  async next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`It ended.\n${this.#stderr}`);
    return value;
  }

  /** Answers with the first message of this id. */
  async ask(message: { id: number } & Record<string, unknown>): Promise<Answer> {
    this.say({ jsonrpc: "2.0", ...message });
    for (;;) {
      const answer = JSON.parse(await this.next()) as Answer;
      if (answer.id === message.id) return answer;
    }
  }
}

export interface Answer {
  jsonrpc: string;
  id: number;
  result?: { content: { text: string }[]; isError?: boolean };
  error?: { message: string };
}

export const INITIALIZE = {
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

export function calling(id: number, tool: string, args: object): { id: number; method: string; params: object } {
  return { id, method: "tools/call", params: { name: `memory_${tool}`, arguments: args } };
}

/** Whether a process is running: not gone, and not just waiting for somebody to take note of its end. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
