import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";
import { UNICODE } from "../unit/casefold-expected.ts";

/** The version of Unicode that this machine's Python knows; undefined: it has none. */
export function pythonUnicode(): string | undefined {
  const { status, stdout } = python("-c", "import unicodedata; print(unicodedata.unidata_version)");
  return status === 0 ? stdout.trim() : undefined;
}

/** What is committed is what Python says. Pythons of another version of Unicode, which say something else, are not asked. */
export const casefoldTests: Suite = (test) => {
  if (pythonUnicode() !== UNICODE) return;
  test("the fixture is what Python says", () => {
    equal(read("test/unit/casefold-expected.ts"), made());
  });
  test("the table is what Python says", () => {
    const [, table] = /const TABLE = `([^`]+)`/.exec(read("src/text/casefold.ts"))!;
    equal(table!.trim().replaceAll("\n", " "), made("table"));
  });
};

function made(...args: string[]): string {
  const { status, stdout, stderr } = python(join(ROOT, "test/unit/casefold-table.py"), ...args);
  ok(status === 0, stderr);
  return stdout;
}

function python(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("python3", args, { encoding: "utf8", env: { ...process.env, PYTHONIOENCODING: "utf8" } });
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
