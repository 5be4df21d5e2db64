import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { live } from "./life.ts";

const ENGINES: [runtime: string, engine: string, lifeMs: number][] = [
  ["node 22", "node:sqlite", 60],
  ["node 20", "sql.js", 90],
];
/** So many lives are enough on any machine: then one may go to its end. */
const MOST_KILLS = 10;
/** With fewer kills a stage says nothing: where this machine was too busy to kill in time, it begins once more. */
const LEAST_KILLS = 4;
const MOST_BEGINNINGS = 10;

/** A migration is killed without warning, over and over, until it gets to its end: then all is there, as if it never was. */
export const killReembedStages: Stage[] = ENGINES.map(([runtime, engine, lifeMs]) => ({
  name: `kill -9, reembed, ${engine} in ${runtime}`,
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-kill-reembed-"));
    const report: Report = { passed: 0, failed: [] };
    let kills = 0;
    try {
      for (let beginning = 1; beginning <= MOST_BEGINNINGS && kills < LEAST_KILLS; beginning++) {
        const program = [engine, join(folder, "from.db"), join(folder, `to-${beginning}.db`)];
        while (!(await ended(runtime, program, kills < MOST_KILLS ? lifeMs : undefined))) {
          kills++;
          report.passed++;
        }
        report.passed++;
      }
      if (kills < LEAST_KILLS) throw new Error(`it was killed ${kills} times only: too rarely to mean anything`);
    } catch (error) {
      report.failed.push({ name: `life ${kills}`, error: String((error as Error).stack) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    tell(`kill -9, reembed, ${engine} in ${runtime} (${kills} times)`, report);
  },
}));

/** One life; whether it came to its end. */
async function ended(runtime: string, program: string[], lifeMs: number | undefined): Promise<boolean> {
  const { code, signal, output, errors } = await live(runtime, "reembed-entry.js", program, lifeMs);
  if (code === 0 && output.endsWith("whole\n")) return true;
  if (signal === "SIGKILL" && output.startsWith("ready")) return false;
  throw new Error(`it found something wrong:\n${errors}`);
}
