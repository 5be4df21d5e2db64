import { join } from "node:path";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";
import { type ModelServer, startModelServer } from "./openai-server.ts";

/** The caching fetch: under the SDKs, and by itself in every runtime. They mostly wait, so they run beside each other. */
export const openaiStage: Stage = {
  name: "llm, openai",
  async run(tell) {
    const servers: ModelServer[] = [];
    /** Its own, as tests count what it was asked. */
    const newServer = async (): Promise<string> => {
      const server = await startModelServer();
      servers.push(server);
      return server.url;
    };
    const inProcess = async (runtime: string, entry: string, place = runtime): Promise<void> => {
      const file = join(ROOT, `dist/test/llm/${entry}.js`);
      tell(`llm, openai, ${place}`, reportIn((await runIn(runtime, [file, await newServer()])).stdout));
    };
    const inWorkerd = async (): Promise<void> => {
      const platform = { bindings: { URL: await newServer() } };
      await inWorker("../llm/openai-worker-entry.js", "openai-worker", { platform }, async (report) => {
        tell("llm, openai, workerd", await report("/"));
      });
    };
    const inChromium = async (): Promise<void> => {
      const folder = await pageOf("../llm/openai-page-entry.js", "openai-page", "index");
      await visitPages(launchChromium, folder, async (visit) => {
        tell("llm, openai, chromium", await visit(`/?${new URLSearchParams({ url: await newServer() })}`));
      });
    };
    try {
      await Promise.all([
        inProcess("node 22", "openai-sdk-entry", "with the SDKs"),
        ...["node 22", "deno", "bun"].map((runtime) => inProcess(runtime, "openai-process-entry")),
        inWorkerd(),
        inChromium(),
      ]);
    } finally {
      for (const server of servers) await server.close();
    }
  },
};
