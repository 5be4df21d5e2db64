import { MnemeError } from "mneme";
import { imported } from "./module.ts";

// What is used of the SDK, by the package that is installed where the command runs, or beside mneme.

/** Of what passes through it, what is looked at here. */
export interface Message {
  id?: string | number;
  method?: string;
  params?: { requestId?: string | number };
}

export interface Transport {
  onmessage?: (message: Message, extra?: unknown) => void;
  onclose?: () => void;
  send(message: Message, options?: unknown): Promise<void>;
}

interface Output {
  write(text: string): boolean;
  once(event: string, listener: () => void): unknown;
}

export interface McpModules {
  McpServer: object;
  WebStandardStreamableHTTPServerTransport: object;
  StdioServerTransport: new (input: NodeJS.ReadStream, output: Output) => Transport;
  z: object;
}

const SDK = "@modelcontextprotocol/sdk/server";

export async function mcpModules(): Promise<McpModules> {
  try {
    const [mcp, http, stdio, z] = await Promise.all(
      [`${SDK}/mcp.js`, `${SDK}/webStandardStreamableHttp.js`, `${SDK}/stdio.js`, "zod/v4"].map(imported),
    );
    return { ...mcp, ...http, ...stdio, z } as unknown as McpModules;
  } catch (cause) {
    const problem = "This command needs the SDK of the Model Context Protocol, which is not installed here.";
    const remedy = "npm install @modelcontextprotocol/sdk zod, in the folder the command runs in, or beside mneme.";
    throw new MnemeError("unsupported", problem, remedy, { cause });
  }
}
