// The hunt: the suites that compare exact search with brute force, and a cache with a plain list, on rows and calls that
// no one has seen before, for as long as it is told. What fails is told with its seed, by which it fails again.
//   node dist/test/hunt/main.js [--minutes 10] [--seed 1]
//   node dist/test/hunt/main.js --sequences 10000 [--engines node:sqlite,sql.js] [--seed 1]   caches alone, on each of these stores
import { parseArgs } from "node:util";
import { memoryStore } from "../../src/index.ts";
import type { OpenStore } from "../conformance/store.ts";
import { run, type Suite } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { boundsTests } from "../unit/bounds.test.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { exactIndexModelTests } from "../unit/exact-index-model.test.ts";
import { pruningTests } from "../unit/pruning.test.ts";
import { ENGINES, newEngineFile } from "../unit/sqlite-engines.test.ts";

const WIDTHS = [4, 2, 1] as const;
const MOST_SEED = 2 ** 30;
const RUNS = 20;
const SEQUENCES = 1000;
/** A test has its time: many sequences are several. */
const AT_ONCE = 250;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    sequences: { type: "string" },
    engines: { type: "string", default: "sql.js" },
    seed: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const sequences = values.sequences === undefined ? undefined : Number(values.sequences);
const engines = values.engines.split(",").filter((name) => name !== "");
const seed = values.seed === undefined ? undefined : Number(values.seed);
const wrong = (count: number | undefined): boolean => count !== undefined && !Number.isInteger(count);
if (!(minutes > 0) || wrong(seed) || wrong(sequences) || engines.some((name) => !(name in ENGINES))) {
  console.error("usage: npm run hunt -- [--minutes 10] [--sequences 10000 [--engines node:sqlite,sql.js]] [--seed 1]");
  process.exit(2);
}

const platform = { kernel: EVERY_LEVEL, hnsw: false };
const end = Date.now() + minutes * 60_000;
let rounds = 0;
let passed = 0;
do {
  const chosen = seed ?? Math.floor(Math.random() * MOST_SEED);
  const report = await run(sequences === undefined ? everything(chosen) : caches(sequences, chosen));
  rounds++;
  passed += report.passed;
  for (const { name, error } of report.failed) console.log(`✗ ${name}\n${error.replace(/^/gm, "    ")}`);
  if (report.failed.length > 0) {
    console.log(`again: npm run hunt -- ${process.argv.slice(2).join(" ")} --seed ${chosen}`);
    process.exit(1);
  }
} while (Date.now() < end && seed === undefined && sequences === undefined);
console.log(`${passed} passed in ${rounds} rounds`);
process.exit(0);

function everything(chosen: number): Record<string, Suite> {
  return {
    ...Object.fromEntries(WIDTHS.map((width) => [`pruning, ${width} bytes`, pruningTests(platform, chosen, width)])),
    bounds: boundsTests(platform, chosen),
    "exact index model": exactIndexModelTests(RUNS, chosen),
    "cache model": (test) => testCacheModel(test, memoryStore, { runs: SEQUENCES, seed: chosen }),
  };
}

function caches(runs: number, chosen: number): Record<string, Suite> {
  const stores: [string, OpenStore][] = [
    ["memory", memoryStore],
    ...engines.map((name): [string, OpenStore] => [name, () => newEngineFile(name)]),
  ];
  const parts = Array.from({ length: Math.ceil(runs / AT_ONCE) }, (_, part) => part);
  return Object.fromEntries(
    stores.flatMap(([name, open]) =>
      parts.map((part): [string, Suite] => {
        const some = { runs: Math.min(AT_ONCE, runs - part * AT_ONCE), seed: chosen + part };
        return [`caches on ${name}, part ${part + 1}`, (test) => testCacheModel(test, open, some)];
      }),
    ),
  );
}
