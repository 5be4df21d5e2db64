import { type AgentMemory, MnemeError } from "../../src/memory/index.ts";
import { serverMaker } from "./mcp-server.ts";
import type { MemoryServerOptions } from "./mcp-settings.ts";

export interface MemoryHandlerOptions extends MemoryServerOptions {
  /** Without it nobody is asked who they are: then only callers on this machine are answered. With it, `Authorization: Bearer …`. */
  token?: string | undefined;
  /** The names by which it may be called, without port. Default: those of this machine; with a `token` any. */
  hosts?: readonly string[] | undefined;
  /** The pages that may call it, such as "https://app.example". Default: none; programs send no origin. */
  origins?: readonly string[] | undefined;
  /** The most bytes of a request. Default 1 MiB. */
  maxBytes?: number | undefined;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const ALLOWED = "authorization, content-type, mcp-protocol-version, mcp-session-id, last-event-id";

/**
 * Answers requests of MCP's streamable HTTP, one by one: there are no sessions, so any process that has the memory open may answer,
 * and nothing is lost with one. Who calls is checked before anything is read.
 */
export async function memoryHandler(
  memory: AgentMemory,
  options: MemoryHandlerOptions = {},
): Promise<(request: Request) => Promise<Response>> {
  const { token, hosts = token === undefined ? LOOPBACK : undefined, origins = [], maxBytes = 2 ** 20 } = options;
  if (token !== undefined && (typeof token !== "string" || token === "")) {
    throw new MnemeError("argument", '"token" expected a text with something in it.', "Leave it out for no token.");
  }
  const { sdk, make } = await serverMaker(memory, options);
  const { Transport } = sdk;
  if (typeof Transport !== "function") {
    const remedy = 'Import it from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js".';
    throw new MnemeError("argument", '"sdk" expected WebStandardStreamableHTTPServerTransport.', remedy);
  }

  const answer = async (request: Request): Promise<Response> => {
    const { hostname } = new URL(request.url);
    if (hosts !== undefined && !hosts.includes(hostname)) return refused(403, "This host is not served here.");
    const origin = request.headers.get("origin");
    if (origin !== null && !origins.includes(origin)) return refused(403, "Pages of this origin are not answered.");
    if (request.method === "OPTIONS" && origin !== null) return new Response(null, { status: 204 });
    if (token !== undefined && !(await isSame(request.headers.get("authorization") ?? "", `Bearer ${token}`))) {
      return refused(401, "This needs the right token.", { "www-authenticate": "Bearer" });
    }
    if (request.method !== "POST") {
      return refused(405, "Only POST is answered: there are no sessions and no streams.", { allow: "POST" });
    }
    const text = await textOf(request, maxBytes);
    if (text === undefined) return refused(413, `A request has at most ${maxBytes} bytes.`);
    let parsedBody: unknown;
    try {
      parsedBody = JSON.parse(text);
    } catch {
      return refused(400, "The request is no JSON.", {}, -32700);
    }
    const server = make();
    const transport = new Transport({ enableJsonResponse: true });
    const gone = new Promise<Response>((resolve) => {
      request.signal.addEventListener("abort", () => resolve(refused(499, "The caller has gone.")), { once: true });
    });
    try {
      await server.connect(transport);
      return await Promise.race([transport.handleRequest(request, { parsedBody }), gone]);
    } finally {
      await server.close();
    }
  };

  return async (request) => {
    const response = await answer(request);
    const origin = request.headers.get("origin");
    if (origin !== null && origins.includes(origin)) {
      response.headers.set("access-control-allow-origin", origin);
      response.headers.set("access-control-allow-headers", ALLOWED);
      response.headers.append("vary", "origin");
    }
    return response;
  };
}

function refused(status: number, message: string, headers: Record<string, string> = {}, code = -32000): Response {
  const body = JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null });
  return new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
}

/** Undefined: there is more than that. */
async function textOf(request: Request, most: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length")) > most) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > most) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** In a time that tells nothing of where they differ. */
async function isSame(a: string, b: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return left.reduce((difference, byte, i) => difference | (byte ^ right[i]!), 0) === 0;
}
