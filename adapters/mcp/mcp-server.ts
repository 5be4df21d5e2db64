import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { AgentMemory } from "../../src/memory/index.ts";
import { instructionsOf } from "./mcp-instructions.ts";
import { getTool, historyTool, listTool } from "./mcp-looking.ts";
import { Places } from "./mcp-places.ts";
import { answerTool, briefingTool, recallTool } from "./mcp-recalling.ts";
import { type Sdk, sdkOf } from "./mcp-sdk.ts";
import { checkSettings, type MemoryServerOptions } from "./mcp-settings.ts";
import { failed, type Serving, type Tool } from "./mcp-tool.ts";
import { forgetTool, rememberTool, updateTool } from "./mcp-writing.ts";

/** A test keeps it that of package.json. */
const VERSION = "0.1.0";

/** An McpServer of the official SDK with the tools of a memory, to be connected to a transport. It may be given more tools. */
export async function memoryServer(memory: AgentMemory, options: MemoryServerOptions = {}): Promise<McpServer> {
  return (await serverMaker(memory, options)).make();
}

/** What makes servers of one memory, each for a connection of its own. */
export async function serverMaker(
  memory: AgentMemory,
  options: MemoryServerOptions,
): Promise<{ sdk: Sdk; make: () => McpServer }> {
  const sdk = await sdkOf(options.sdk);
  const settings = await checkSettings(memory, options);
  const tools = toolsOf({ memory, settings, places: new Places(memory, settings), z: sdk.z });
  const make = (): McpServer => {
    const info = { name: "mneme", title: "mneme memory", version: VERSION };
    const server = new sdk.McpServer(info, { instructions: instructionsOf(settings) });
    for (const { name, run, ...config } of tools) {
      server.registerTool(name, config, async (args, { signal }) => {
        try {
          return await run(args, signal);
        } catch (error) {
          return failed(error, settings, signal);
        }
      });
    }
    return server;
  };
  return { sdk, make };
}

function toolsOf(serving: Serving): Tool[] {
  const { answers, readOnly } = serving.settings;
  const makers = [
    briefingTool,
    recallTool,
    ...(answers ? [answerTool] : []),
    listTool,
    getTool,
    historyTool,
    ...(readOnly ? [] : [rememberTool, updateTool, forgetTool]),
  ];
  return makers.map((make) => make(serving));
}
