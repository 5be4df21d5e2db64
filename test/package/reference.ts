import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { equal } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";

/** A test's name that begins with the numbers of defects. */
const NAMED = /["`]((?:F\d+ )+)/g;

export const referenceTests: Suite = (test) => {
  test("every defect of the reference that docs/reference.md lists has a test", async () => {
    const text = await readFile(join(ROOT, "docs/reference.md"), "utf8");
    const listed = [...text.matchAll(/^\| (F\d+) /gm)].map(([, number]) => number!);
    equal(
      listed,
      Array.from({ length: 36 }, (_, i) => `F${i + 1}`),
    );
    const tested = new Set<string>();
    for (const folder of ["unit", "conformance", "threads", "chaos", "cli", "servers"]) {
      for (const name of await readdir(join(ROOT, "test", folder))) {
        if (!name.endsWith(".ts")) continue;
        const source = await readFile(join(ROOT, "test", folder, name), "utf8");
        for (const [, numbers] of source.matchAll(NAMED)) for (const one of numbers!.trim().split(" ")) tested.add(one);
      }
    }
    equal(
      listed.filter((number) => !tested.has(number)),
      [],
    );
  });
};
