// A client that connects to the server its arguments name, tells the server's process, and then never ends.
import { CLIENT, STDIO } from "./sdk.ts";

const [cwd, command, ...args] = process.argv.slice(2);
const { StdioClientTransport } = await STDIO;
const transport = new StdioClientTransport({ command, args, cwd });
const client = new (await CLIENT).Client({ name: "killed", version: "1" });
await client.connect(transport);
await client.callTool({ name: "memory_remember", arguments: { content: "Said before the end.", tier: "semantic" } });
console.log(transport.pid);
setInterval(() => {}, 1000);
