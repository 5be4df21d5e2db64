/** What the example imports of the SDK, which is installed beside the runtimes. */
declare module "@modelcontextprotocol/sdk/server/stdio.js" {
  export class StdioServerTransport {}
}
