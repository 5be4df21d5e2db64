import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { installed } from "../stage.ts";
import { pgPool } from "./postgres-clients.ts";

// What stands before a Neon database: queries by HTTP, one a request, and a tunnel for its Pool by WebSocket. Enough of it for
// Neon's own driver.

export interface NeonFront {
  /** "127.0.0.1:PORT" */
  address: string;
  close(): Promise<void>;
}

interface ServerWebSocket {
  on(event: string, listener: (data: Uint8Array) => void): void;
  send(data: Uint8Array): void;
  close(): void;
}
interface WsPackage {
  default: { WebSocketServer: new (options: { server: object }) => WebSocketServer };
}
interface WebSocketServer {
  on(event: "connection", listener: (socket: ServerWebSocket, request: IncomingMessage) => void): void;
}
interface PgResult {
  command: string;
  rowCount: number | null;
  rows: unknown[];
  fields: object[];
}
type Pool = Awaited<ReturnType<typeof pgPool>>;

/** Every value stays the server's text. */
const AS_TEXT = { rowMode: "array", types: { getTypeParser: () => (value: unknown) => value } };
const ERROR_FIELDS = ["message", "severity", "code", "detail", "hint", "position", "schema", "table", "column"];

export async function startNeonFront(): Promise<NeonFront> {
  const pools = new Map<string, Promise<Pool>>();
  const poolOf = (address: string): Promise<Pool> => {
    const known = pools.get(address) ?? pgPool(address);
    pools.set(address, known);
    return known;
  };
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "*");
    response.setHeader("Access-Control-Max-Age", "600"); // else a page asks before every request
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    if (request.method === "OPTIONS") response.end();
    else answer(request, response, poolOf).catch((error) => send(response, 500, { message: String(error) }));
  });
  const { default: ws } = await installed<WsPackage>("ws");
  new ws.WebSocketServer({ server }).on("connection", tunnel);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const pool of pools.values()) await (await pool).end();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  poolOf: (address: string) => Promise<Pool>,
): Promise<void> {
  let body = "";
  request.setEncoding("utf8");
  for await (const chunk of request) body += chunk;
  const { query, params } = JSON.parse(body) as { query: string; params: string[] };
  const pool = await poolOf(String(request.headers["neon-connection-string"]));
  try {
    const { command, rowCount, rows, fields } = await asText(pool, query, params);
    send(response, 200, { command, rowCount, rowAsArray: true, rows, fields });
  } catch (error) {
    const told = ERROR_FIELDS.map((name) => [name, (error as Record<string, unknown>)[name]]);
    send(response, 400, Object.fromEntries(told));
  }
}

function asText(pool: Pool, text: string, values: string[]): Promise<PgResult> {
  const query = pool.query as unknown as (query: object) => Promise<PgResult>;
  return query.call(pool, { text, values, ...AS_TEXT });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** Bytes to and from the server that the address names. */
function tunnel(socket: ServerWebSocket, request: IncomingMessage): void {
  const { searchParams } = new URL(request.url ?? "/", "http://front.test");
  const [host, port] = searchParams.get("address")!.split(":");
  const tcp = connect({ port: Number(port), host: host!, noDelay: true });
  socket.on("message", (data) => tcp.write(data));
  socket.on("close", () => tcp.destroy());
  tcp.on("data", (data) => socket.send(data));
  tcp.on("close", () => socket.close());
  tcp.on("error", () => socket.close());
}
