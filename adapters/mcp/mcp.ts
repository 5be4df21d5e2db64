export { type MemoryHandlerOptions, memoryHandler } from "./mcp-handler.ts";
export type { McpSdk } from "./mcp-sdk.ts";
export { memoryServer } from "./mcp-server.ts";
export type { MemoryServerOptions } from "./mcp-settings.ts";
