// npm run bench -- kernel store [--json]
import { benchDot, benchKernel } from "./kernel.ts";
import { machine } from "./measure.ts";
import { benchStore } from "./store.ts";

const BENCHES: Record<string, () => Record<string, string | number>[]> = {
  kernel: () => [...benchDot(), ...benchKernel()],
  store: benchStore,
};

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(", ")}. There are: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const results = Object.fromEntries(
  (names.length > 0 ? names : Object.keys(BENCHES)).map((name) => [name, BENCHES[name]!()]),
);

if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ machine: machine(), results }, undefined, 2));
} else {
  console.log(Object.values(machine()).join(" · "));
  for (const [name, rows] of Object.entries(results)) {
    console.log(`\n${name}`);
    console.table(rows);
  }
}
