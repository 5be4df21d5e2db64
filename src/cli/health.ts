import { MnemeError, type Store } from "mneme";
import { named } from "./address.ts";
import { type Command, parsed } from "./command.ts";
import { keptIn } from "./kept.ts";
import { printJson, printTable } from "./output.ts";
import { reading } from "./reading.ts";

/** Lengths of vectors are stored as float32. */
const SLACK = 1e-3;

export const health: Command = {
  what: "whether a store is intact; exit code 1 when it is not",
  usage: `ADDRESS

  --json   one JSON document`,

  async run(args, signal) {
    const { positionals, json } = parsed(args, ["ADDRESS"]);
    const { address, store } = await named(positionals[0]!);
    try {
      const checks = await examined(store, signal);
      const ok = checks.every(({ problem }) => problem === null);
      if (json) printJson({ address, ok, checks });
      else {
        printTable(checks.map(({ check, problem }) => [problem === null ? "ok" : "BAD", check, problem ?? ""]));
        process.stdout.write(ok ? "\nhealthy\n" : "\nnot healthy\n");
      }
      return ok ? 0 : 1;
    } finally {
      await store.close();
    }
  },
};

interface Checked {
  check: string;
  problem: string | null;
}

/** Each check and what it found; one that makes the following ones senseless is the last. */
async function examined(store: Store, signal: AbortSignal): Promise<Checked[]> {
  const checks: Checked[] = [];
  const note = (check: string, problem: string | null): void => void checks.push({ check, problem });
  let dimensions: number;
  try {
    const identity = await store.identify?.();
    if (identity === undefined) {
      note("there is a store", "there is none");
      return checks;
    }
    dimensions = identity.dimensions;
    await store.open(identity);
    note("it opens", null);
  } catch (error) {
    if (!(error instanceof MnemeError)) throw error;
    note("it opens", error.message);
    return checks;
  }
  const check = await store.check();
  note("its engine finds it intact", check.ok ? null : check.reason);
  const { unfinished } = await keptIn(store);
  note("it is whole", unfinished && `it is the destination of a ${unfinished} that has not ended`);
  try {
    const faulty: number[] = [];
    let entries = 0;
    for await (const { id, vector } of reading(store, signal, { fields: "vectors" })) {
      entries++;
      if (vector !== null && !isUnit(vector, dimensions)) faulty.push(id);
    }
    const some = `${faulty.slice(0, 5).join(", ")}${faulty.length > 5 ? ", …" : ""}`;
    note("its vectors can be compared", faulty.length === 0 ? null : `${faulty.length} cannot: ${some}`);
    const count = await store.count();
    // What others put or remove between the two counts is no fault.
    const differs = count !== entries && (await store.count()) === count;
    note("its entries are those it counts", differs ? `${entries} were read, ${count} counted` : null);
  } catch (error) {
    if (!(error instanceof MnemeError)) throw error;
    note("it can be read", error.message);
  }
  return checks;
}

function isUnit(vector: Float32Array, dimensions: number): boolean {
  if (vector.length !== dimensions) return false;
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.abs(squares - 1) < SLACK; // false for NaN
}
