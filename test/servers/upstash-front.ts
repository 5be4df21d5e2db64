import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { installed } from "../stage.ts";

// Upstash's REST protocol before a Redis, as far as @upstash/redis uses it for commands: single ones, pipelines and
// transactions, texts in base64 when asked for, the token on every path, the sync token, and headers for pages of other origins.

export interface UpstashFront {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

interface Answer {
  result?: unknown;
  error?: string;
}
interface IoRedis {
  callBuffer(command: string, args: string[]): Promise<unknown>;
  disconnect(): void;
}

const TOKEN = "token-0123456789";
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "*, authorization",
  "access-control-expose-headers": "upstash-sync-token",
  "access-control-max-age": "600",
};

export async function startUpstashFront(redisUrl: string): Promise<UpstashFront> {
  const { Redis } = await installed<{ Redis: new (url: string) => IoRedis }>("ioredis");
  const redis = new Redis(redisUrl);
  let writes = 0;
  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") {
      response.writeHead(204, CORS).end();
      return;
    }
    const [status, body] = await answered(redis, request);
    send(response, status, body, `${++writes}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      redis.disconnect();
    },
  };
}

async function answered(redis: IoRedis, request: IncomingMessage): Promise<[status: number, body: unknown]> {
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return [401, { error: "Unauthorized" }];
  const encode = request.headers["upstash-encoding"] === "base64" ? base64 : plain;
  const body = JSON.parse(await text(request)) as unknown[];
  if (request.url === "/pipeline") {
    return [200, await Promise.all((body as unknown[][]).map((command) => perform(redis, command, encode)))];
  }
  if (request.url !== "/") return [404, { error: `no such path: ${request.url}` }];
  const answer = await perform(redis, body, encode);
  return [answer.error === undefined ? 200 : 400, answer];
}

async function perform(redis: IoRedis, command: unknown[], encode: (bytes: Buffer) => string): Promise<Answer> {
  const [name, ...args] = command.map(String);
  try {
    return { result: encoded(await redis.callBuffer(name!, args), encode) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** At the top, OK is left as it is: there the client takes it for a status. */
function encoded(answer: unknown, encode: (bytes: Buffer) => string): unknown {
  if (Buffer.isBuffer(answer) && answer.equals(Buffer.from("OK"))) return "OK";
  return inside(answer, encode);
}

function inside(answer: unknown, encode: (bytes: Buffer) => string): unknown {
  if (Array.isArray(answer)) return answer.map((item) => inside(item, encode));
  return Buffer.isBuffer(answer) ? encode(answer) : answer;
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}

function plain(bytes: Buffer): string {
  return bytes.toString();
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: unknown, syncToken: string): void {
  const headers = { ...CORS, "content-type": "application/json", "upstash-sync-token": syncToken };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
