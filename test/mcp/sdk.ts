import type { McpSdk } from "../../adapters/mcp/mcp.ts";
import { installed } from "../stage.ts";

// What is used of the official SDK and of zod, which are installed beside the runtimes.

export interface ToolResult {
  content: { type: string; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

interface Schema {
  type: string;
  properties: Record<string, { description?: string; enum?: string[] }>;
  required?: string[];
  additionalProperties: unknown;
}

interface ListedTool {
  name: string;
  title: string;
  description: string;
  inputSchema: Schema;
  outputSchema: Schema;
  annotations: Record<string, boolean>;
}

export interface Client {
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
  getInstructions(): string;
  getServerVersion(): { name: string; version: string };
  listTools(): Promise<{ tools: ListedTool[] }>;
  callTool(call: { name: string; arguments?: object }, schema?: undefined, options?: object): Promise<ToolResult>;
}

export interface StdioTransport {
  readonly pid: number | null;
  readonly stderr: NodeJS.ReadableStream | null;
  onclose?: () => void;
}

export const CLIENT: Promise<{ Client: new (info: object) => Client }> = installed(
  "@modelcontextprotocol/sdk/client/index.js",
);
export const STDIO: Promise<{ StdioClientTransport: new (options: object) => StdioTransport }> = installed(
  "@modelcontextprotocol/sdk/client/stdio.js",
);
export const HTTP: Promise<{ StreamableHTTPClientTransport: new (url: URL, options?: object) => object }> = installed(
  "@modelcontextprotocol/sdk/client/streamableHttp.js",
);
const MEMORY: Promise<{ InMemoryTransport: { createLinkedPair(): [object, object] } }> = installed(
  "@modelcontextprotocol/sdk/inMemory.js",
);

/** What servers are made of. */
export async function loadSdk(): Promise<McpSdk> {
  const [{ McpServer }, { WebStandardStreamableHTTPServerTransport }, z] = await Promise.all([
    installed<{ McpServer: object }>("@modelcontextprotocol/sdk/server/mcp.js"),
    installed<{ WebStandardStreamableHTTPServerTransport: object }>(
      "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js",
    ),
    installed<object>("zod/v4"),
  ]);
  return { McpServer, WebStandardStreamableHTTPServerTransport, z };
}

export async function linkedPair(): Promise<[object, object]> {
  return (await MEMORY).InMemoryTransport.createLinkedPair();
}

export async function newClient(): Promise<Client> {
  return new (await CLIENT).Client({ name: "test", version: "1" });
}
