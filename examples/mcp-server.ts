// A memory for agents as an MCP server, with a tool of your own beside. Install @modelcontextprotocol/sdk and zod beside mneme, and
// name this file to a client: { "command": "node", "args": ["mcp-server.js", "memory.db"] }.
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { energeticEmbedder } from "mneme/embedders";
import { memoryServer } from "mneme/mcp";
import { AgentMemory } from "mneme/memory";

const memory = await AgentMemory.open({
  path: process.argv[2] ?? "memory.db",
  embedder: energeticEmbedder(),
  onEvent: (event) => event.type === "error" && console.error(event.operation, event.error), // stdout is the protocol's
});
const server = await memoryServer(memory, { namespace: "acme/support" });

server.registerTool(
  "memory_count",
  { description: "How many memories there are.", annotations: { readOnlyHint: true } },
  async () => {
    const { memories } = await memory.stats("acme/support");
    return { content: [{ type: "text", text: `${memories} memories` }] };
  },
);

await server.connect(new StdioServerTransport());
process.stdin.once("end", async () => {
  await server.close();
  await memory.close();
});
