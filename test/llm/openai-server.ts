import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { testEmbedder } from "../conformance/embedder.ts";
import { eventsOf, type Wire } from "./openai-wire.ts";

// Chat Completions, Responses, Embeddings and Anthropic's Messages, plain and streamed. It answers every question with the question, or
// does what the request tells it to in a field that no model sees.

/** What a request has the server do, in `metadata.play`, or as JSON in `user`. */
export interface Play {
  status?: number;
  /** In place of its own answer. */
  body?: object;
  /** The same as it is, whatever was asked for. */
  raw?: string;
  type?: string;
  /** After so many events the connection breaks. */
  drop?: number;
  /** After so many events the stream ends as if that were all. */
  end?: number;
  /** After so many events there is one that tells of an error. */
  error?: number;
  /** How long the pieces of texts are. */
  cut?: number;
  /** Milliseconds before each event, or before a plain answer. */
  pause?: number;
  /** After so many events, or before a plain answer, it waits until /release is asked for; /held tells how many do. */
  hold?: number;
  /** It does not know how to tell usage in streams, and refuses to be asked. */
  strict?: boolean;
}

export interface Asked {
  path: string;
  headers: Record<string, string>;
  body: Wire;
}

export interface ModelServer {
  readonly url: string;
  /** What it was asked, in order. Emptied by tests, or by a DELETE of /asked. */
  asked: Asked[];
  /** For requests that tell it nothing. */
  play: Play;
  close(): Promise<void>;
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "*",
  "access-control-allow-headers": "*, authorization",
  "access-control-expose-headers": "*",
};
const USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const NUMBERS = testEmbedder({ dimensions: 8 });

export async function startModelServer(): Promise<ModelServer> {
  const held: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    if (request.url === "/asked") {
      response.writeHead(200, { ...CORS, "content-type": "application/json" }).end(JSON.stringify(model.asked));
      if (request.method === "DELETE") model.asked = [];
      return undefined;
    }
    if (request.url === "/held") return response.writeHead(200, CORS).end(`${held.length}`);
    if (request.url === "/release") {
      for (const release of held.splice(0)) release();
      return response.writeHead(204, CORS).end();
    }
    const text = await textOf(request);
    const body = (request.method === "POST" && text.startsWith("{") ? JSON.parse(text) : { text }) as Wire;
    const path = request.url!;
    model.asked.push({ path: `${request.method} ${path}`, headers: request.headers as Record<string, string>, body });
    return answer(path, body, { ...(playOf(body) ?? model.play), wait: hold }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const model: ModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    play: {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return model;
}

function playOf({ metadata, user }: Wire): Play | undefined {
  return metadata?.play ?? (typeof user === "string" ? (JSON.parse(user) as Play) : undefined);
}

async function answer(
  path: string,
  asked: Wire,
  play: Play & { wait: () => Promise<void> },
  response: ServerResponse,
): Promise<void> {
  const { status = 200, raw, drop, pause = 0 } = play;
  const headers = { ...CORS, "x-request-id": "req_1" };
  if (play.strict && asked.stream_options !== undefined) {
    const error = { message: "Unrecognized request argument supplied: stream_options", type: "invalid_request_error" };
    response.writeHead(400, { ...headers, "content-type": "application/json" }).end(JSON.stringify({ error }));
    return;
  }
  const body =
    status === 200 ? (play.body ?? bodyOf(path, asked)) : { error: { message: "no", type: "rate_limit_error" } };
  const isStream = asked.stream === true && status === 200 && raw === undefined;
  if (!isStream) {
    if (pause > 0) await after(pause);
    if (play.hold !== undefined) await play.wait();
    response.writeHead(status, { ...headers, "content-type": play.type ?? "application/json" });
    if (drop === undefined) response.end(raw ?? JSON.stringify(body));
    else response.write('{"id": "', () => response.destroy());
    return;
  }
  response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
  response.flushHeaders(); // what breaks before them, some clients ask again by themselves
  const events = eventsOf(path, body, asked, play.cut);
  for (const [i, event] of [...events, ""].entries()) {
    if (response.destroyed) return;
    await (pause > 0 ? after(pause) : new Promise(setImmediate));
    if (i === play.hold) await play.wait();
    if (i === play.error) response.write(errorOf(path));
    if (i === drop) return void response.destroy();
    if (i === play.end) break;
    if (event !== "") response.write(event);
  }
  response.end();
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function errorOf(path: string): string {
  const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
  return `${path.endsWith("/chat/completions") ? "" : "event: error\n"}data: ${JSON.stringify(error)}\n\n`;
}

function questionOf(turns: string | Wire[] = ""): string {
  if (typeof turns === "string") return turns;
  const { content = "" } = turns.at(-1) ?? {};
  return typeof content === "string" ? content : content.map(({ text = "" }: Wire) => text).join("");
}

function bodyOf(path: string, asked: Wire): Wire {
  const { model } = asked;
  if (path.endsWith("/chat/completions")) {
    const message = { role: "assistant", content: `The answer to: ${questionOf(asked.messages)}`, refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }];
    return { id: "chatcmpl-1", object: "chat.completion", created: 1_700_000_000, model, choices, usage: USAGE };
  }
  if (path.endsWith("/responses")) {
    const part = {
      type: "output_text",
      text: `The answer to: ${questionOf(asked.input)}`,
      annotations: [],
      logprobs: [],
    };
    const { metadata = {}, user = null, safety_identifier = null, prompt_cache_key = null } = asked;
    const message = { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [part] };
    return responseOf(model, [message], { metadata, user, safety_identifier, prompt_cache_key });
  }
  if (path.endsWith("/messages")) {
    const content = [{ type: "text", text: `The answer to: ${questionOf(asked.messages)}` }];
    return messageOf(model, content);
  }
  if (!path.endsWith("/embeddings") || !asked.input?.length) return { object: "other" };
  const inputs = (
    typeof asked.input === "string" || typeof asked.input[0] === "number" ? [asked.input] : asked.input
  ) as (string | number[])[];
  const vectors = NUMBERS.embed(inputs.map(String));
  const data = vectors.map((vector, index) => {
    const base64 = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
    return { object: "embedding", index, embedding: asked.encoding_format === "base64" ? base64 : [...vector] };
  });
  const prompt_tokens = inputs.reduce((sum, { length }) => sum + length, 0);
  // As nobody promised an order.
  return { object: "list", data: data.reverse(), model, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

export function responseOf(model: string, output: object[], more: object = {}): Wire {
  const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 0 }, output_tokens: 12 };
  const counted = { ...usage, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 21 };
  const head = { id: "resp_1", object: "response", created_at: 1_700_000_000, status: "completed", error: null };
  const asked = { incomplete_details: null, instructions: null, metadata: {}, parallel_tool_calls: true, tools: [] };
  return { ...head, ...asked, model, output, tool_choice: "auto", temperature: 1, top_p: 1, usage: counted, ...more };
}

export function messageOf(model: string, content: object[], more: object = {}): Wire {
  const usage = { input_tokens: 9, output_tokens: 12, cache_read_input_tokens: 0 };
  const ends = { stop_reason: "end_turn", stop_sequence: null };
  return { id: "msg_1", type: "message", role: "assistant", model, content, ...ends, usage, ...more };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
