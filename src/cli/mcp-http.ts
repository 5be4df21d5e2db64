import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { MnemeError } from "mneme";
import { reason } from "./failure.ts";
import { complain } from "./output.ts";

type Handler = (request: Request) => Promise<Response>;

/** How long requests that are under way are waited for at the end. */
const GRACE_MS = 5000;
const PATH = "/mcp";
/** A name or an address, with or without a port: nothing that would be another part of a URL. */
const HOST = /^[\w.:[\]-]+$/;

/** Serves at /mcp until `signal` says that it is over, and then until the requests under way are answered. */
export async function serveHttp(
  handler: Handler,
  { host, port, onListening }: { host: string; port: number; onListening(url: string): void },
  signal: AbortSignal,
): Promise<void> {
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing));
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const problem = `Port ${port} of ${host} cannot be had: ${reason(cause)}.`;
    throw new MnemeError("argument", problem, "Name another one, or 0 for any that is free.", { cause });
  }
  const { port: own } = server.address() as AddressInfo;
  onListening(`http://${host.includes(":") ? `[${host}]` : host}:${own}${PATH}`);
  if (!signal.aborted) await once(signal, "abort");
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(late);
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const response = await respond(handler, incoming, gone.signal);
    const body = new Uint8Array(await response.arrayBuffer());
    if (!incoming.complete) outgoing.setHeader("connection", "close"); // of what was refused the rest is not read
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
  } catch (error) {
    complain(`mneme: a request failed: ${reason(error)}`);
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end();
  }
}

async function respond(handler: Handler, incoming: IncomingMessage, signal: AbortSignal): Promise<Response> {
  const { method = "GET", url: path = "", headers } = incoming;
  const { host = "" } = headers;
  const address = `http://${host}${path}`;
  if (!HOST.test(host) || !path.startsWith("/") || !URL.canParse(address)) return new Response(null, { status: 400 });
  if (new URL(address).pathname !== PATH) return new Response(null, { status: 404 });
  const hasBody = method === "POST";
  const request = new Request(address, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" }),
  } as RequestInit);
  return handler(request);
}
