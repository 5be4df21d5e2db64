import { spawn } from "node:child_process";
import { join } from "node:path";
import { PROGRAMS } from "../runtimes/processes.ts";
import { ROOT } from "../stage.ts";

export interface Life {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  /** The end of what it complained of. */
  errors: string;
}

/** A process that is killed at some moment within `lifeMs` of its first word; undefined: it may come to its end. */
export function live(runtime: string, entry: string, program: string[], lifeMs: number | undefined): Promise<Life> {
  const [command, ...args] = PROGRAMS[runtime]!;
  const child = spawn(command!, [...args, join(ROOT, "dist/test/chaos", entry), ...program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  let output = "";
  let errors = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.stdout.on("data", (data) => {
      if (output === "" && lifeMs !== undefined) setTimeout(() => child.kill("SIGKILL"), Math.random() * lifeMs);
      output += data;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, output, errors: errors.slice(-2000) }));
  });
}
