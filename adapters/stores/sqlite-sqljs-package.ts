import { MnemeError } from "../../src/index.ts";
import type { SqlJs } from "./sqlite-sqljs.ts";

/** The package, for runtimes that have no SQLite of their own. */
export async function loadSqlJs(): Promise<SqlJs> {
  // Named by a variable: bundlers must not look for a package that newer runtimes do not need.
  const name = "sql.js";
  let init: () => Promise<SqlJs>;
  try {
    init = ((await import(name)) as { default: typeof init }).default;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'This runtime has no SQLite of its own, and the package "sql.js" is not installed.',
      "npm install sql.js, or use Node 22.13 or newer, Deno or Bun.",
      { cause },
    );
  }
  return init();
}
