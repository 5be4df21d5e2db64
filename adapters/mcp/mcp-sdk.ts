import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { MnemeError } from "../../src/memory/index.ts";

/** The user's own install of `@modelcontextprotocol/sdk` and of `zod`, 4 or "zod/v4" of 3.25. */
export interface McpSdk {
  /** Of "@modelcontextprotocol/sdk/server/mcp.js". */
  readonly McpServer: object;
  /** Of "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"; only `memoryHandler` needs it. */
  readonly WebStandardStreamableHTTPServerTransport?: object | undefined;
  readonly z: object;
}

/** What is used of it. */
export interface Sdk {
  readonly McpServer: typeof McpServer;
  readonly Transport: typeof WebStandardStreamableHTTPServerTransport | undefined;
  readonly z: Zod;
}

export interface Zod {
  string(): Schema;
  number(): Schema;
  int(): Schema;
  boolean(): Schema;
  unknown(): Schema;
  enum(values: readonly string[]): Schema;
  array(of: Schema): Schema;
  record(name: Schema, value: Schema): Schema;
  strictObject(shape: Shape): Schema;
  looseObject(shape: Shape): Schema;
}

export interface Schema {
  min(least: number): Schema;
  max(most: number): Schema;
  optional(): Schema;
  describe(text: string): Schema;
}

export type Shape = Record<string, Schema>;

export async function sdkOf(given: McpSdk | undefined): Promise<Sdk> {
  const { McpServer, WebStandardStreamableHTTPServerTransport: Transport, z } = given ?? (await imported());
  const zod = z as Partial<Zod> | undefined;
  if (typeof McpServer !== "function" || typeof zod?.looseObject !== "function") {
    const problem = '"sdk" expected { McpServer, z }, with a z of zod 4.';
    throw new MnemeError(
      "argument",
      problem,
      'Import them from "@modelcontextprotocol/sdk/server/mcp.js" and "zod/v4".',
    );
  }
  return { McpServer, Transport, z: zod } as Sdk;
}

async function imported(): Promise<McpSdk> {
  try {
    const [{ McpServer }, { WebStandardStreamableHTTPServerTransport }, z] = await Promise.all([
      import("@modelcontextprotocol/sdk/server/mcp.js"),
      import("@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"),
      import("zod/v4"),
    ]);
    return { McpServer, WebStandardStreamableHTTPServerTransport, z };
  } catch (cause) {
    const problem = '"@modelcontextprotocol/sdk" and "zod" cannot be loaded.';
    const remedy = "npm install @modelcontextprotocol/sdk zod, or give them as { sdk: { McpServer, z } }.";
    throw new MnemeError("unsupported", problem, remedy, { cause });
  }
}
