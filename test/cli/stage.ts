import { run } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { cliTests, runtimeTests } from "./cli.test.ts";

/** The command line as processes on real files: all of it in one Node, the essence elsewhere. */
export const cliStage: Stage = {
  name: "cli",
  async run(tell) {
    tell("cli, node 22", await run({ cli: cliTests }));
    for (const runtime of ["node 20", "node 26", "deno", "bun"]) {
      tell(`cli, ${runtime}`, await run({ cli: runtimeTests(runtime) }));
    }
  },
};
