import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { execute, ROOT, SCRATCH } from "../stage.ts";

/** Runs the documents' programs: each `console.log(…)` prints what the comment behind it says. */
export const readmeTests: Suite = (test) => {
  for (const document of ["README.md", "docs/calibration.md", "docs/guards.md"]) {
    test(`every program in ${document} does what it says`, async () => {
      const text = await readFile(join(ROOT, document), "utf8");
      const programs = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code!);
      ok(programs.length > 0, "there are none");
      await mkdir(SCRATCH, { recursive: true });
      for (const [i, code] of programs.entries()) {
        const file = join(SCRATCH, `${basename(document, ".md")}-${i}.mjs`); // inside the package, whose name it imports
        await writeFile(file, code);
        const { stdout } = await execute(process.execPath, [file]);
        const promised = [...code.matchAll(/^.*console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
        equal(stdout.trimEnd().split("\n"), promised as string[]);
      }
    });
  }

  test("every file and script the README names is there", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    for (const document of ["README.md", "CONTRIBUTING.md"]) {
      const text = await readFile(join(ROOT, document), "utf8");
      for (const [, script] of text.matchAll(/`npm run ([\w:]+)/g))
        ok(script! in scripts, `${document}: npm run ${script}`);
      for (const [, path] of text.matchAll(/`((?:assembly|src|adapters|examples|test)\/[\w./-]+\.\w+)`/g)) {
        await readFile(join(ROOT, path!));
      }
    }
  });
};
