import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Report, run } from "../harness.ts";
import { bundle, KERNELS, kernelBytes, wasmBesideScript } from "../runtimes/bundle.ts";
import { fetchFromWorker } from "../runtimes/workerd.ts";
import { RUNTIMES, type Stage } from "../stage.ts";
import { handlerTests } from "./handler.test.ts";
import { hostileTests } from "./hostile.test.ts";
import { httpRuntimeTests, httpTests } from "./http.test.ts";
import { installPackage, packageTests } from "./package.test.ts";
import { placeTests } from "./places.test.ts";
import { stdioRuntimeTests, stdioTests } from "./stdio.test.ts";
import { toolTests } from "./tools.test.ts";

/** A memory as an MCP server, by the official SDK's own client: each tool, then as processes, then as a package. */
export const mcpStage: Stage = {
  name: "mcp",
  async run(tell) {
    const suites = { tools: toolTests, places: placeTests, hostile: hostileTests, handler: handlerTests };
    tell("mcp, tools", await run(suites));
    tell("mcp, processes", await run({ stdio: stdioTests, http: httpTests }));
    for (const runtime of ["node 20", "node 22", "deno", "bun"]) {
      const suites = { stdio: stdioRuntimeTests(runtime), http: httpRuntimeTests(runtime) };
      tell(`mcp, ${runtime}`, await run(suites));
    }
    tell("mcp, workerd", await inWorker());
    await installPackage();
    tell("mcp, package", await run({ package: packageTests }));
  },
};

/** With the SDK bundled, which on an edge compiles no validators. */
async function inWorker(): Promise<Report> {
  const script = await bundle("../mcp/worker-entry.js", "mcp-workerd/worker.js", {
    conditions: ["workerd", "worker", "browser"],
    nodePaths: [join(RUNTIMES, "node_modules")],
    plugins: [wasmBesideScript],
  });
  for (const name of KERNELS) await writeFile(join(dirname(script), name), await kernelBytes(name));
  return (await (await fetchFromWorker(script, KERNELS, "2025-05-01")).json()) as Report;
}
