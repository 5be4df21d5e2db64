// npm run bench -- kernel search store threads cache network cold sizing calibrate quality guards llm memory [--json] [--entries 100000]
// and for search: [--data DIR] [--sets real,768] [--peers none|some|full] [--million] [--plot FILE.svg]; CONTRIBUTING.md says what they do
import { parseArgs } from "node:util";
import { benchCache } from "./cache.ts";
import { benchCalibrate } from "./calibrate.ts";
import { benchCold } from "./cold.ts";
import { benchGuards } from "./guards.ts";
import { benchDot, benchKernel } from "./kernel.ts";
import { benchLlm } from "./llm.ts";
import { type Bench, machine, type Result } from "./measure.ts";
import { benchMemory } from "./memory.ts";
import { benchNetwork } from "./network.ts";
import { benchQuality } from "./quality.ts";
import { benchSearch } from "./search.ts";
import { benchSizing } from "./sizing.ts";
import { benchStore } from "./store.ts";
import { benchThreads } from "./threads.ts";

const BENCHES: Record<string, Bench> = {
  kernel: () => ({ notes: [], lines: [...benchDot(), ...benchKernel()] }),
  search: benchSearch,
  store: benchStore,
  threads: benchThreads,
  cache: benchCache,
  network: benchNetwork,
  calibrate: benchCalibrate,
  guards: benchGuards,
  cold: benchCold,
  sizing: benchSizing,
  quality: benchQuality,
  llm: benchLlm,
  memory: benchMemory,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    entries: { type: "string" },
    data: { type: "string" },
    sets: { type: "string" },
    peers: { type: "string", default: "some" },
    million: { type: "boolean" },
    plot: { type: "string" },
  },
});
const entries = values.entries === undefined ? undefined : Number(values.entries);
if (entries !== undefined && !(Number.isInteger(entries) && entries >= 1000)) {
  console.error(`--entries expected a whole number from 1000, not ${values.entries}.`);
  process.exit(2);
}
if (!["none", "some", "full"].includes(values.peers)) {
  console.error(`--peers expected none, some or full, not ${values.peers}.`);
  process.exit(2);
}
const unknown = positionals.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(", ")}. There are: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const results: Record<string, Result> = {};
for (const name of names) {
  const { data, million, peers, plot } = values;
  const sets = values.sets?.split(",");
  results[name] = await BENCHES[name]!({ entries, data, million, peers, plot, sets });
}

if (values.json) {
  const flat = Object.entries(results).map(([name, { sections, ...rest }]) => [name, { ...rest, ...sections }]);
  console.log(JSON.stringify({ machine: machine(), results: Object.fromEntries(flat) }, undefined, 2));
} else {
  console.log(Object.values(machine()).join(" · "));
  for (const [name, { notes, lines, sections = {} }] of Object.entries(results)) {
    console.log(`\n${name}`);
    console.table(lines);
    for (const [section, more] of Object.entries(sections)) {
      if (more.length === 0) continue;
      console.log(`\n${name}: ${section}`);
      console.table(more);
    }
    for (const note of notes) console.log(note);
  }
}
