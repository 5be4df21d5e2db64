import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { execute, ROOT, RUNTIMES, SCRATCH } from "../stage.ts";
import { callsOf, contentsOf } from "./bed.ts";
import { newClient, STDIO } from "./sdk.ts";

const FOLDER = join(SCRATCH, "mcp");
const APP = join(FOLDER, "app");

/** The package with the SDK and zod beside it, as npm would install them. */
export async function installPackage(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  const inside = join(APP, "node_modules/mneme");
  await mkdir(join(inside, "dist"), { recursive: true });
  for (const part of ["package.json", "dist/src", "dist/adapters", "dist/kernel.rows.wasm", "dist/kernel.simd.wasm"]) {
    await cp(join(ROOT, part), join(inside, part), { recursive: true });
  }
  await symlink(join(RUNTIMES, "node_modules"), join(FOLDER, "node_modules"));
  await symlink(join(ROOT, "node_modules/@energetic-ai"), join(APP, "node_modules/@energetic-ai"));
  await writeFile(join(APP, "package.json"), '{ "type": "module" }\n'); // or this repository's name would be meant
}

export const packageTests: Suite = (test) => {
  test("the example: a memory and a tool of its own, by a client", async () => {
    await cp(join(ROOT, "dist/examples/mcp-server.js"), join(APP, "mcp-server.js"));
    const { StdioClientTransport } = await STDIO;
    const args = ["mcp-server.js", join(FOLDER, "memory.db")];
    await rm(args[1]!, { force: true });
    const transport = new StdioClientTransport({ command: process.execPath, args, cwd: APP });
    const client = await newClient();
    await client.connect(transport);
    const { call } = callsOf(client);
    await call("remember", { content: "Refunds take three days.", tier: "semantic" });
    const { memories } = await call("recall", { query: "How long until I get my money back?" });
    equal(contentsOf(memories), ["Refunds take three days."]);
    const { content } = await client.callTool({ name: "memory_count" });
    equal(content[0]!.text, "1 memories");
    await client.close();
  });

  test("mneme mcp finds the SDK beside itself, wherever it is run", async () => {
    const { StdioClientTransport } = await STDIO;
    const main = join(APP, "node_modules/mneme/dist/src/cli/main.js");
    const args = [main, "mcp", "memory:", "--embedder", join(ROOT, "dist/test/mcp/modules.js")];
    const client = await newClient();
    await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: "/" }));
    equal((await client.listTools()).tools.length, 8);
    await client.close();
  });

  test("the published types are those of the SDK: its transports, tools and schemas fit", async () => {
    await writeFile(join(APP, "program.ts"), PROGRAM);
    const options = {
      strict: true,
      target: "ES2022",
      module: "NodeNext",
      noEmit: true,
      skipLibCheck: true, // of the SDK's own
      exactOptionalPropertyTypes: true,
      lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
    };
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const check = async (): Promise<string> => {
      await writeFile(join(APP, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["program.ts"] }));
      return execute(process.execPath, [tsc, "-p", APP]).then(
        () => "",
        (error: Error) => error.message,
      );
    };
    equal(await check(), "");
    await writeFile(join(APP, "program.ts"), `${PROGRAM}\nserver.connect(5);`);
    ok(/program\.ts\(\d+,\d+\): error TS2345/.test(await check()), "it is not any");
  });
};

const PROGRAM = `
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { z } from "zod";
import { memoryHandler, memoryServer, type MemoryServerOptions } from "mneme/mcp";
import { AgentMemory } from "mneme/memory";

const memory = await AgentMemory.open({ embedder: null });
const options: MemoryServerOptions = { namespace: "a", namespaces: "any", sdk: { McpServer, z } };
const server = await memoryServer(memory, options);
const same: McpServer = server;
server.registerTool("own", { inputSchema: { text: z.string() } }, async ({ text }) => ({
  content: [{ type: "text", text: text.toUpperCase() }],
}));
await server.connect(new StdioServerTransport());
const handler = await memoryHandler(memory, { sdk: { McpServer, WebStandardStreamableHTTPServerTransport, z } });
const response: Response = await handler(new Request("http://localhost/mcp"));
console.log(response.status, same);
`;
