import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { live } from "./life.ts";
import { rounds } from "./rounds.ts";

/** How often, and how long a round lives at most, once it writes: on a quiet machine, many commits. */
const ENGINES: [runtime: string, engine: string, times: number, lifeMs: number][] = [
  ["node 22", "node:sqlite", rounds(200), 25],
  ["node 26", "better-sqlite3", rounds(100), 25],
  ["deno", "node:sqlite", rounds(100), 25],
  ["bun", "bun:sqlite", rounds(100), 25],
  ["node 20", "sql.js", rounds(100), 80],
];

/** The longest that a round lives where the machine is too busy for shorter ones to acknowledge anything. */
const LONGEST_MS = 5000;
/** So many times the rounds are run at most, until enough keys were acknowledged. */
const MOST = 3;

/** Nothing acknowledged is lost: a writing process is killed without warning, over and over, on one file. */
export const killStages: Stage[] = ENGINES.map(([runtime, engine, times, lifeMs]) => ({
  name: `kill -9, ${engine} in ${runtime}`,
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-kill-"));
    const acknowledged = join(folder, "acknowledged");
    await writeFile(acknowledged, "");
    let keys = 0;
    const report: Report = { passed: 0, failed: [] };
    try {
      let life = lifeMs;
      const begin = async (name: string): Promise<void> => {
        const told = await keysOf(runtime, [engine, join(folder, "store.db"), acknowledged, name], life);
        keys += told.length;
        // Speed is not what is tested: who acknowledged nothing is followed by one that has longer.
        life = told.length > 0 ? lifeMs : Math.min(2 * life, LONGEST_MS);
        await appendFile(acknowledged, told.map((key) => `${key}\n`).join(""));
        report.passed++;
      };
      for (let round = 0; round < times || (keys < times && round < MOST * times); round++) await begin(String(round));
      await begin("last");
      if (keys < times)
        throw new Error(`only ${keys} keys were acknowledged: the rounds are too short to mean anything`);
    } catch (error) {
      report.failed.push({ name: `round ${report.passed}`, error: String((error as Error).stack) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    tell(`kill -9, ${engine} in ${runtime} (${keys} keys acknowledged)`, report);
  },
}));

/** One life of the writer; answers the keys it was told are stored. A line that was cut off does not count. */
async function keysOf(runtime: string, program: string[], lifeMs: number): Promise<string[]> {
  const { output, errors } = await live(runtime, "writer-entry.js", program, lifeMs);
  const [first, ...keys] = output.split("\n").slice(0, -1);
  if (first === "ready") return keys;
  throw new Error(`the writer found something wrong:\n${errors}`);
}
