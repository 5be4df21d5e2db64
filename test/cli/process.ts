import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROGRAMS } from "../runtimes/processes.ts";
import { ROOT } from "../stage.ts";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What to do to the process at its first word on stdout, or once `when` holds. */
export interface Meddling {
  closeStdout?: boolean;
  interrupt?: () => boolean;
  env?: NodeJS.ProcessEnv;
}

const MAIN = join(ROOT, "dist/src/cli/main.js");
/** The embedders of this folder, by name. */
export const EMBEDDERS: string = join(ROOT, "dist/test/cli/embedder.js");

/** `mneme` as a process in one of the runtimes, in this folder. */
export function mneme(runtime: string, cwd: string, args: readonly string[], meddling: Meddling = {}): Promise<Ended> {
  const [command, ...first] = PROGRAMS[runtime]!;
  const child = spawn(command!, [...first, MAIN, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(tmpdir(), "mneme-cli-deno"), ...meddling.env },
  });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    ended.stdout += data;
    if (meddling.closeStdout) child.stdout.destroy();
  });
  child.stderr.on("data", (data) => {
    ended.stderr += data;
  });
  const watching = setInterval(() => {
    if (!meddling.interrupt?.()) return;
    clearInterval(watching);
    child.kill("SIGINT");
  }, 10);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(watching);
      resolve({ ...ended, code });
    });
  });
}

export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-cli-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
