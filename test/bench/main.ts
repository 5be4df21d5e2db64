// npm run bench -- kernel search store threads [--json] [--entries 100000] [--data DIR]
import { parseArgs } from "node:util";
import { benchDot, benchKernel } from "./kernel.ts";
import { type Bench, machine } from "./measure.ts";
import { benchSearch } from "./search.ts";
import { benchStore } from "./store.ts";
import { benchThreads } from "./threads.ts";

const BENCHES: Record<string, Bench> = {
  kernel: () => ({ notes: [], lines: [...benchDot(), ...benchKernel()] }),
  search: benchSearch,
  store: benchStore,
  threads: benchThreads,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, entries: { type: "string" }, data: { type: "string" } },
});
const entries = values.entries === undefined ? undefined : Number(values.entries);
if (entries !== undefined && !(Number.isInteger(entries) && entries >= 1000)) {
  console.error(`--entries expected a whole number from 1000, not ${values.entries}.`);
  process.exit(2);
}
const unknown = positionals.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(", ")}. There are: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const results = Object.fromEntries(names.map((name) => [name, BENCHES[name]!({ entries, data: values.data })]));

if (values.json) {
  console.log(JSON.stringify({ machine: machine(), results }, undefined, 2));
} else {
  console.log(Object.values(machine()).join(" · "));
  for (const [name, { notes, lines }] of Object.entries(results)) {
    console.log(`\n${name}`);
    console.table(lines);
    for (const note of notes) console.log(note);
  }
}
