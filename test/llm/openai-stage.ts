import { join } from "node:path";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";
import { type ModelServer, startModelServer } from "./openai-server.ts";

/** The caching fetch: under the SDKs, and by itself in every runtime. */
export const openaiStage: Stage = {
  name: "llm, openai",
  async run(tell) {
    const servers: ModelServer[] = [];
    /** What asks at the same time counts on a server of its own. */
    const withServer = async (work: (server: ModelServer) => Promise<void>): Promise<void> => {
      const server = await startModelServer();
      servers.push(server);
      await work(server);
    };
    try {
      await Promise.all([
        runIn("node 22", [join(ROOT, "dist/test/llm/openai-sdk-entry.js")]).then(({ stdout }) => {
          tell("llm, openai, with the SDKs", reportIn(stdout));
        }),
        ...["node 22", "deno", "bun"].map((runtime) =>
          withServer(async ({ url }) => {
            const file = join(ROOT, "dist/test/llm/openai-process-entry.js");
            tell(`llm, openai, ${runtime}`, reportIn((await runIn(runtime, [file, url])).stdout));
          }),
        ),
      ]);
      await withServer(async ({ url }) => {
        const platform = { bindings: { URL: url } };
        await inWorker("../llm/openai-worker-entry.js", "openai-worker", { platform }, async (report) => {
          tell("llm, openai, workerd", await report("/"));
        });
      });
      await withServer(async ({ url }) => {
        const folder = await pageOf("../llm/openai-page-entry.js", "openai-page", "index");
        await visitPages(launchChromium, folder, async (visit) => {
          tell("llm, openai, chromium", await visit(`/?${new URLSearchParams({ url })}`));
        });
      });
    } finally {
      for (const server of servers) await server.close();
    }
  },
};
