import { type ChildProcess, spawn } from "node:child_process";

/** A browser as a user has it, which no driver watches. */
export class BrowserProcess {
  readonly #child: ChildProcess;
  readonly gone: Promise<void>;
  #errors = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // a process group of its own, which all that it starts is in
      env: { ...process.env, ...env },
    });
    this.#child.stderr!.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-2000);
    });
    // "close" comes when the last of its processes has let go of stderr.
    this.gone = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", () => resolve());
    });
    this.gone.catch(() => {});
  }

  /** Also of its group. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** What it wrote to stderr of late. */
  get errors(): string {
    return this.#errors;
  }

  /** Without warning, and all of its processes at once. */
  async kill(): Promise<void> {
    endProcess(-this.pid, "SIGKILL");
    await this.gone;
  }
}

export function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it ended by itself
  }
}
