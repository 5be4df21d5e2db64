// What is used of the SDK, so that building this needs no package of it. Who imports mneme/mcp has its own types.
declare module "@modelcontextprotocol/sdk/server/mcp.js" {
  export class McpServer {
    readonly server: { onerror?: (error: Error) => void };
    constructor(info: { name: string; title: string; version: string }, options: { instructions: string });
    registerTool(
      name: string,
      config: object,
      run: (args: never, extra: { signal: AbortSignal }) => Promise<object>,
    ): unknown;
    connect(transport: object): Promise<void>;
    close(): Promise<void>;
  }
}

declare module "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js" {
  export class WebStandardStreamableHTTPServerTransport {
    constructor(options: { enableJsonResponse: boolean });
    handleRequest(request: Request, options: { parsedBody: unknown }): Promise<Response>;
  }
}

declare module "zod/v4";
