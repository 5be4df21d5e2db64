import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, type Stage } from "../stage.ts";

const ENGINES: [runtime: string, engine: string][] = [
  ["node 22", "node:sqlite"],
  ["node 26", "better-sqlite3"],
  ["deno", "node:sqlite"],
  ["bun", "bun:sqlite"],
];
/** Long enough for every runtime to be up and waiting. */
const START_MS = 2500;

/** Every engine on one file, each in a process of its own, from the first moment of the file on. */
export const shareStage: Stage = {
  name: "shared file",
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-share-"));
    const entry = join(ROOT, "dist/test/chaos/share-entry.js");
    try {
      const file = join(folder, "store.db");
      const moment = String(Date.now() + START_MS);
      const lives = ENGINES.map(([runtime, engine]) => runIn(runtime, [entry, engine, file, runtime, moment]));
      const ends = await Promise.allSettled(lives);
      const names = ENGINES.map(([runtime]) => runtime).join();
      ends.push(...(await Promise.allSettled([runIn("node 22", [entry, "node:sqlite", file, names])])));
      const failed = ends.flatMap((end, i) =>
        end.status === "fulfilled" ? [] : [{ name: ENGINES[i]?.join(" ") ?? "in the end", error: String(end.reason) }],
      );
      tell("shared file, four engines", { passed: ends.length - failed.length, failed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
