import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import {
  type Answer,
  answerBedrock,
  answerOllama,
  answerOpenAI,
  answerWorkersAi,
  type Change,
  type Row,
} from "./protocols.ts";

/** What the front was asked, told at /seen/ID. */
export interface Seen {
  path: string;
  headers: Record<string, string>;
  body: { input?: string[]; texts?: string[]; text?: string[]; [key: string]: unknown };
  /** Milliseconds. */
  at: number;
  /** Whether the caller was gone before it was answered. */
  left: boolean;
  /** Requests of the same caller on their way with it, itself included. */
  together: number;
}

export interface Front {
  origin: string;
  /** The same by HTTP/2, as Bedrock is spoken to. */
  http2: string;
  close(): Promise<void>;
}

/** Of vectors that are right. */
const CHANGES: Record<string, Change> = {
  few: (rows) => rows.slice(1),
  many: (rows) => [...rows, ...rows.slice(0, 1)],
  short: (rows) => rows.map((row) => row.slice(1)),
  null: (rows) => changed(rows, null),
  text: (rows) => changed(rows, "0.5"),
  huge: (rows) => changed(rows, 1e39), // finite, but no float32
  objects: (rows) => rows.map(() => ({ length: 0 }) as unknown as Row),
};

/** Of their places, where the protocol has any. */
const ORDERS: Record<string, (data: { index?: number }[]) => object[]> = {
  shuffled: (data) => data.toReversed(),
  twice: (data) => data.map((item) => ({ ...item, index: 0 })),
  unnumbered: (data) => data.map(({ index, ...item }) => item),
};

/** Answers of their own. `echo` shows whatever it was sent. */
const INSTEAD: Record<string, (request: IncomingMessage) => Answer> = {
  busy: () => ({ status: 429, body: { error: { message: "Rate limit reached" } } }),
  "busy for 1 s": () => ({
    status: 429,
    body: { error: { message: "Rate limit reached" } },
    headers: { "retry-after": "1" },
  }),
  "busy until": () => {
    const until = new Date(Date.now() + 2000).toUTCString(); // in whole seconds: one at the least
    return { status: 503, body: "", headers: { "retry-after": until } };
  },
  "busy for 1 h": () => ({ status: 429, body: {}, headers: { "retry-after": "3600" } }),
  broken: () => ({ status: 500, body: { error: { message: "The server had an error" } } }),
  away: () => ({ status: 502, body: "<html><h1>502 Bad Gateway</h1></html>" }),
  garbage: () => ({ status: 200, body: '{"data": [{"embed' }),
  page: () => ({ status: 200, body: "<html>Sign in</html>" }),
  queued: () => ({ status: 200, body: { request_id: "1" } }),
  response: () => ({ status: 200, body: { response: [Array(16).fill(1)] } }), // as bge-m3 may have it
  "pooled by cls": () => ({ status: 200, body: { data: [Array(16).fill(1)], pooling: "cls" } }),
  nothing: () => ({ status: 200, body: {} }),
  "no key": ({ headers }) => ({
    status: 401,
    body: { error: { message: `Incorrect API key provided: ${String(headers.authorization).slice(7, 15)}***.` } },
  }),
  echo: ({ headers, url }) => ({ status: 400, body: { error: { message: JSON.stringify({ url, headers }) } } }),
};

/**
 * Speaks all the protocols, to anybody. A request's address says what it gets:
 * /ID/STEPS/…, where steps, parted by commas, come one a request and, when they are used up, what is right;
 * one that ends with "*" comes for ever. ID is the caller's own.
 */
export async function startFront(): Promise<Front> {
  const seen = new Map<string, Seen[]>();
  const busy = new Map<string, number>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const origin = request.headers.origin ?? "*";
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Headers", request.headers["access-control-request-headers"] ?? "*");
    response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    if (request.method === "OPTIONS") return void response.end();
    const { pathname } = new URL(addressOf(request), "http://front.test");
    const [, id = "", steps = "", ...rest] = decodeURIComponent(pathname).split("/");
    if (id === "seen") return void response.end(JSON.stringify(seen.get(steps) ?? []));
    const sent = JSON.parse(await textOf(request)) as Seen["body"] & { inputs?: Seen["body"] };
    const body = sent.inputs ?? sent;
    const before = seen.get(id) ?? [];
    seen.set(id, before);
    const { headers, url: path = "" } = request;
    const together = (busy.get(id) ?? 0) + 1;
    busy.set(id, together);
    const one: Seen = { path, headers: headers as Seen["headers"], body, at: performance.now(), left: false, together };
    before.push(one);
    response.on("close", () => {
      busy.set(id, busy.get(id)! - 1);
      one.left = !response.writableEnded;
    });
    const list = steps.split(",");
    const step = list[before.length - 1] ?? (list.at(-1)!.endsWith("*") ? list.at(-1)! : "");
    await send(response, step.replace("*", ""), request, rest.join("/"), body);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => request.socket.destroy());
  };
  const http = createServer(listener);
  const http2: Http2Server = createHttp2Server(listener as never);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => sessions.add(session));
  return {
    origin: await listening(http),
    http2: await listening(http2),
    async close() {
      http.closeAllConnections();
      for (const session of sessions) session.destroy();
      for (const server of [http, http2]) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function send(
  response: ServerResponse,
  step: string,
  request: IncomingMessage,
  path: string,
  body: Seen["body"],
): Promise<void> {
  if (step === "silence") return;
  if (step === "dropped") return void request.socket.destroy();
  if (step.startsWith("slow")) await new Promise((resolve) => setTimeout(resolve, 100));
  const { status, body: told, headers } = INSTEAD[step]?.(request) ?? rightAnswer(step, path, body);
  const text = typeof told === "string" ? told : JSON.stringify(told);
  const isCut = step === "cut"; // more is promised than comes
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers });
  if (isCut) response.write(text.slice(0, length / 2), () => request.socket.destroy());
  else response.end(text);
}

function rightAnswer(step: string, path: string, body: Seen["body"]): Answer {
  const change = CHANGES[step] ?? ((rows) => rows);
  if (path.endsWith("v1/embeddings")) return answerOpenAI(body as never, change, ORDERS[step] ?? ((data) => data));
  if (path.endsWith("api/embed")) return answerOllama(body as never, change);
  if (path.startsWith("ai/")) return answerWorkersAi(path.slice("ai/".length), body as never, change);
  const model = /model\/(.+)\/invoke$/.exec(path)?.[1];
  if (model !== undefined) return answerBedrock(model, body as never, change);
  return { status: 404, body: "404 page not found" };
}

function changed(rows: Row[], value: Row[number]): Row[] {
  return rows.map((row, i) => (i === rows.length - 1 ? [...row.slice(0, -1), value] : row));
}

/** Of a Worker's binding the model says where; Miniflare hands on what it sends. */
function addressOf({ url = "/", headers }: IncomingMessage): string {
  return headers["mf-binding"] === "AI" ? String(headers["mf-header-cf-consn-model-id"]).replace(/^@cf/, "") : url;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
