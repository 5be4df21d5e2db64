import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";

const bin = (path: string): string => join(RUNTIMES, "node_modules", path);

export const PROGRAMS: Record<string, string[]> = {
  "node 20": [bin("node20/bin/node")],
  "node 22": [bin("node22/bin/node")],
  "node 24": [bin("node24/bin/node")],
  "node 26": [bin("node26/bin/node")],
  deno: [bin("@deno/linux-x64-glibc/deno"), "run", "--allow-all"],
  bun: [bin("@oven/bun-linux-x64/bin/bun")],
};
/** The engines each is expected to have. */
const ENGINES: Record<string, string[]> = {
  "node 20": ["sql.js"],
  "node 22": ["sql.js", "node:sqlite", "better-sqlite3"],
  "node 24": ["sql.js", "node:sqlite", "better-sqlite3"],
  "node 26": ["sql.js", "node:sqlite", "better-sqlite3"],
  deno: ["sql.js", "node:sqlite"],
  bun: ["sql.js", "node:sqlite", "bun:sqlite"],
};

/** Their engine runs everything in an earlier version, Node 20's, and in a later one, Chromium's. */
const BETWEEN = ["node 22", "node 26", "deno"];

/** Both its engine and all else are between two others: it runs what touches the runtime. */
const BRIEF = "node 24";

/** Where properties are tried with all their cases. */
const DEEP = "node 20";

/** Node, Deno and Bun: each a program that runs the compiled suite. */
export const processStages: Stage[] = Object.keys(PROGRAMS).map((name) => ({
  name,
  async run(tell) {
    const file = join(ROOT, "dist/test/runtimes/process-entry.js");
    const depth = name === DEEP ? ["deep"] : name === BRIEF ? ["brief"] : BETWEEN.includes(name) ? ["again"] : [];
    tell(name, reportIn((await runIn(name, [file, ...depth, ...ENGINES[name]!])).stdout));
  },
}));

/** Runs a file with its arguments in one of these runtimes, in a home of its own. */
export async function runIn(
  name: string,
  program: string[],
  cwd: string = ROOT,
): Promise<{ stdout: string; stderr: string }> {
  const [command, ...args] = PROGRAMS[name]!;
  const home = await mkdtemp(join(tmpdir(), "mneme-"));
  try {
    const env = { HOME: home, DENO_DIR: home, DENO_NO_UPDATE_CHECK: "1" };
    return await execute(command!, [...args, ...program], { cwd, env });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
