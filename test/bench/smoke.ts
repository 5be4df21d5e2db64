import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { PROGRAMS } from "../runtimes/processes.ts";
import { execute, ROOT, type Stage } from "../stage.ts";
import type { Line } from "./measure.ts";

const NODE = PROGRAMS["node 22"]![0]!;

/** The benches of the cache and of calibrating, small: they check what they time, and their tables are filled. */
export const benchStage: Stage = {
  name: "benches",
  async run(tell) {
    const report = await run({
      bench: (test) => {
        test("cache", async () => {
          const [lines, { throughput }] = await bench<{ throughput: Line[] }>("cache", "--entries", "1000");
          const workloads = (store: string): unknown[] =>
            lines.filter((line) => line.store === store).map(({ workload }) => workload);
          const measured = [
            "exact get",
            "semantic get, 768 float32",
            "semantic miss, 768 float32",
            "semantic get, 1536 float32",
            "semantic get, 1536 int8",
            "put",
          ];
          for (const store of ["memory", "node:sqlite"]) {
            const missing = measured.filter((workload) => !workloads(store).includes(workload));
            equal(missing, [], `${store} lacks workloads`);
          }
          ok(workloads("node:sqlite").includes("open, 768 int8"), "a store that lasts is opened again");
          for (const { workload, p50, p99 } of lines) ok(0 < Number(p50) && Number(p50) <= Number(p99), `${workload}`);
          equal(throughput.length, 4);
          for (const line of throughput) ok(Number(line["calls/s"]) > 0, `${line.workload}`);
        });
        test("network", async () => {
          const [lines, sections] = await bench<Record<string, Line[]>>(
            ...["network", "--entries", "1000", "--sets", "redis"],
          );
          for (const store of new Set(lines.map(({ store }) => store))) {
            const roundTrips = lines.filter((line) => line.store === store).map((line) => line["round trips"]);
            // get: exact, semantic, a miss; getMany; put, putMany, delete; following; open, in pages
            equal(roundTrips.slice(0, 3), [1, 2, 1]);
            equal(roundTrips.slice(5, 10), [1, 1, 2, 2, 3]);
            equal(roundTrips.length, 11);
          }
          equal(lines.length, 22, "over TCP and HTTP");
          equal(
            sections["@upstash/semantic-cache"]!.map((line) => line["round trips"]),
            [1, 20, 1, 1, 20, 1],
          );
        });
        test("calibrate", async () => {
          const folder = await mkdtemp(join(tmpdir(), "mneme-bench-"));
          try {
            await writeData(folder);
            const [lines, { curve, effort }] = await bench<Record<"curve" | "effort", Line[]>>(
              ...["calibrate", "--data", folder],
            );
            const [guards] = lines;
            equal([guards?.set, guards?.target, guards?.precision, guards?.recall], ["guard pairs", "f1", 1, 1]);
            equal([curve.length, lines.length], [10, 9]);
            // Quoted fields hold commas, quotes and line breaks; the halves have five questions of either intent.
            equal(
              effort.map((line) => [line.paraphrases, line.distractors, line.embedded, line["one by one"]]),
              [
                [1, 1, 3, 4],
                [1, 1, 4, 4],
                [20, 25, 10, 90],
              ],
            );
          } finally {
            await rm(folder, { recursive: true, force: true });
          }
        });
      },
    });
    tell("benches", report);
  },
};

async function bench<Sections>(...args: string[]): Promise<[Line[], Sections]> {
  const { stdout } = await execute(NODE, [join(ROOT, "dist/test/bench/main.js"), ...args, "--json"]);
  const { results } = JSON.parse(stdout) as { results: Record<string, { lines: Line[] } & Sections> };
  const { lines, ...sections } = results[args[0]!]!;
  return [lines, sections as Sections];
}

/** Files as `pairSets` reads them. */
async function writeData(folder: string): Promise<void> {
  const pairs = [
    { a: "where is my order", b: "where is my order now", same_answer: true },
    { a: "where is my order", b: "what does a tram ticket cost", same_answer: false },
  ];
  const twice = pairs.flatMap((pair) => [pair, pair]);
  await writeFile(join(folder, "guard-pairs.jsonl"), `${twice.map((pair) => JSON.stringify(pair)).join("\n")}\n`);
  const sts = `"A man, who sings","He sings a ""song""",4.5\r\nTwo dogs run,A dog sleeps,1\n`;
  await writeFile(join(folder, "stsb-en-dev.csv"), sts + sts);
  const questions = Array.from({ length: 12 }, (_, i) => [
    `"I wait for card ${i},\nwhere is it?",card_arrival`,
    `What is the rate of currency ${i}?,exchange_rate`,
  ]);
  await writeFile(join(folder, "banking77-train.csv"), `text,category\n${questions.flat().join("\n")}\n`);
}
