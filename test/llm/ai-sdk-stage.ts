import { join } from "node:path";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";

/** The middleware in the real SDK: versions 5, 6 and 7, the latest of which wants Node 22. */
export const aiSdkStage: Stage = {
  name: "llm, ai-sdk",
  async run(tell) {
    for (const runtime of ["node 22", "bun", "deno"]) {
      const depth = runtime === "node 22" ? ["deep"] : [];
      const { stdout } = await runIn(runtime, [join(ROOT, "dist/test/llm/ai-sdk-entry.js"), ...depth]);
      tell(`llm, ai-sdk in ${runtime}`, reportIn(stdout));
    }
  },
};
