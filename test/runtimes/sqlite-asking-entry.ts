// A process with a connection of its own to a SQLite file: it runs the statements it is sent, and tells their rows.
import { createInterface } from "node:readline";

const database = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(process.argv[2]!);
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(database.prepare(JSON.parse(line) as string).all()));
}
