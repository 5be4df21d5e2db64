import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Report } from "./harness.ts";

/** One thing the test command does: a runtime, a bundler, a check. It tells a report for each place it ran in. */
export interface Stage {
  name: string;
  run(tell: (place: string, report: Report) => void): Promise<void>;
}

export const ROOT: string = process.cwd();
export const RUNTIMES: string = join(ROOT, "test/runtimes");
/** For what stages make: bundles, packed packages, profiles. */
export const SCRATCH: string = join(ROOT, ".build");

/** For what hangs; what is merely slow, on a machine with other work, is to get to its end. */
export const LIMIT_MS: number = 20 * 60_000;

/** A package of test/runtimes, which is apart from the root so that the demo does not install it. */
export async function installed<T>(name: string): Promise<T> {
  const require = createRequire(join(RUNTIMES, "package.json"));
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

export interface Output {
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export async function execute(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Promise<Output> {
  const child = spawn(command, args, {
    ...options,
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    output.stdout += data;
  });
  child.stderr.on("data", (data) => {
    output.stderr += data;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  const code = await ended(child);
  clearTimeout(timer);
  if (code === 0) return output;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${code}\n${output.stdout.slice(-4000)}${output.stderr.slice(-4000)}`,
  );
}

/** Ends a program that was started to serve, and waits until it has gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = ended(child);
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(timer);
}

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "an unknown end"));
  });
}

/** The report a runtime printed as its last line. */
export function reportIn(stdout: string): Report {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  return JSON.parse(line) as Report;
}
