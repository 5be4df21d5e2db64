// The hunt: the suites that compare exact search with brute force, and a cache with a plain list, on rows and calls that
// no one has seen before, for as long as it is told. What fails is told with its seed, by which it fails again.
//   node dist/test/hunt/main.js [--minutes 10] [--seed 1]
import { parseArgs } from "node:util";
import { memoryStore } from "../../src/index.ts";
import { run } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { boundsTests } from "../unit/bounds.test.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { exactIndexModelTests } from "../unit/exact-index-model.test.ts";
import { pruningTests } from "../unit/pruning.test.ts";

const WIDTHS = [4, 2, 1] as const;
const MOST_SEED = 2 ** 30;
const RUNS = 20;
const SEQUENCES = 1000;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? undefined : Number(values.seed);
if (!(minutes > 0) || (seed !== undefined && !Number.isInteger(seed))) {
  console.error("usage: npm run hunt -- [--minutes 10] [--seed 1]");
  process.exit(2);
}

const platform = { kernel: EVERY_LEVEL, hnsw: false };
const end = Date.now() + minutes * 60_000;
let rounds = 0;
let passed = 0;
do {
  const chosen = seed ?? Math.floor(Math.random() * MOST_SEED);
  const report = await run({
    ...Object.fromEntries(WIDTHS.map((width) => [`pruning, ${width} bytes`, pruningTests(platform, chosen, width)])),
    bounds: boundsTests(platform, chosen),
    "exact index model": exactIndexModelTests(RUNS, chosen),
    "cache model": (test) => testCacheModel(test, memoryStore, { runs: SEQUENCES, seed: chosen }),
  });
  rounds++;
  passed += report.passed;
  for (const { name, error } of report.failed) console.log(`✗ ${name}\n${error.replace(/^/gm, "    ")}`);
  if (report.failed.length > 0) {
    console.log(`again: npm run hunt -- --seed ${chosen}`);
    process.exit(1);
  }
} while (Date.now() < end && seed === undefined);
console.log(`${passed} passed in ${rounds} rounds`);
process.exit(0);
