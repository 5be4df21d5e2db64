// A Worker that serves a memory and asks itself, bundled with the SDK as a user's would be.
import { memoryHandler } from "../../adapters/mcp/mcp.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { run } from "../harness.ts";

export default {
  async fetch(): Promise<Response> {
    const report = await run({
      worker: (test) =>
        test("it remembers, recalls, and answers no other hosts", async () => {
          const memory = await AgentMemory.open({ embedder: testEmbedder() });
          const handler = await memoryHandler(memory, { namespace: "acme" });
          const ask = async (name: string, args: object, url = "http://localhost/"): Promise<string> => {
            const params = { name: `memory_${name}`, arguments: args };
            const response = await handler(
              new Request(url, {
                method: "POST",
                headers: { accept: "application/json, text/event-stream", "content-type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
              }),
            );
            return `${response.status} ${await response.text()}`;
          };
          const stored = await ask("remember", { content: "The user likes tea.", tier: "semantic" });
          ok(stored.startsWith("200 ") && stored.includes("It is stored."), stored);
          const found = await ask("recall", { query: "what does the user like?" });
          ok(found.includes("1 memory found"), found);
          ok((await ask("recall", {})).includes('"isError":true'), "arguments that are none");
          equal((await ask("list", {}, "http://evil.example/")).slice(0, 3), "403");
        }),
    });
    return Response.json(report);
  },
};
