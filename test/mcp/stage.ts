import { run } from "../harness.ts";
import type { Stage } from "../stage.ts";
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
    await installPackage();
    tell("mcp, package", await run({ package: packageTests }));
  },
};
