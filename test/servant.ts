import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PROGRAMS } from "./runtimes/processes.ts";
import { ROOT, stop } from "./stage.ts";

/** A process that tells a line at a time, and may be told as many. */
export class Servant {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #problems = "";

  constructor(runtime: string, entry: string, args: readonly string[]) {
    this.name = `${runtime} ${args[0]}`;
    const [command, ...options] = PROGRAMS[runtime]!;
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1" };
    this.#child = spawn(command!, [...options, join(ROOT, "dist/test", entry), ...args], {
      cwd: ROOT,
      env,
      stdio: "pipe",
    });
    this.#child.stderr!.on("data", (data) => {
      this.#problems += data;
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask(order: unknown): Promise<unknown> {
    this.tell(JSON.stringify(order));
    return JSON.parse(await this.next());
  }

  tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  async next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The process ended.\n${this.#problems}`);
    return value;
  }

  /** It ends by itself when nothing more can come, or soon is made to. */
  async end(): Promise<void> {
    this.#child.stdin!.end();
    await stop(this.#child);
  }
}
