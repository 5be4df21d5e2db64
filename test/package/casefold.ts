import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equal } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { execute, ROOT } from "../stage.ts";
import { UNICODE } from "../unit/casefold-expected.ts";

/** The version of Unicode that this machine's Python knows; undefined: it has none. */
export async function pythonUnicode(): Promise<string | undefined> {
  try {
    return (await python("-c", "import unicodedata; print(unicodedata.unidata_version)")).trim();
  } catch {
    return undefined;
  }
}

/** What is committed is what Python says. Pythons of another version of Unicode, which say something else, are not asked. */
export const casefoldTests =
  (unicode: string | undefined): Suite =>
  (test) => {
    if (unicode !== UNICODE) return;
    test("the fixture is what Python says", async () => {
      equal(read("test/unit/casefold-expected.ts"), await made());
    });
    test("the table is what Python says", async () => {
      const [, table] = /const TABLE = `([^`]+)`/.exec(read("src/text/casefold.ts"))!;
      equal(table!.trim().replaceAll("\n", " "), await made("table"));
    });
  };

function made(...args: string[]): Promise<string> {
  return python(join(ROOT, "test/unit/casefold-table.py"), ...args);
}

async function python(...args: string[]): Promise<string> {
  return (await execute("python3", args, { env: { PYTHONIOENCODING: "utf8" } })).stdout;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
