import type { JsonObject } from "../../src/index.ts";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What is asked, by the end of the path. */
export type Endpoint = "chat/completions" | "responses" | "embeddings" | "messages";

/** A request that the cache may answer. */
export interface ModelRequest {
  endpoint: Endpoint;
  url: URL;
  headers: Headers;
  body: JsonObject;
}

export interface Call extends ModelRequest {
  signal: AbortSignal | undefined;
  /** Asks upstream; with another body than the caller's, where one is given. */
  ask(signal: AbortSignal, body?: JsonObject): Promise<Response>;
}

const ENDPOINT = /\/(chat\/completions|responses|embeddings|messages)\/?$/;
const BYPASS = "x-mneme-bypass";

/** What a fetch was called with: the calls of models among it, and how all others pass. */
export async function readCall(
  fetch: Fetch,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<{ call?: Call; pass: () => Promise<Response> }> {
  const request = typeof input === "object" && "url" in input ? input : undefined;
  const headers = new Headers(init.headers ?? request?.headers);
  const bypass = headers.get(BYPASS);
  headers.delete(BYPASS); // it is nobody else's
  const pass = (): Promise<Response> => fetch(input, bypass === null ? init : { ...init, headers });
  const isBypassed = bypass !== null && bypass !== "0";
  if (isBypassed || /\bno-store\b/i.test(headers.get("cache-control") ?? "")) return { pass };
  if ((init.method ?? request?.method ?? "GET").toUpperCase() !== "POST") return { pass };
  try {
    const url = new URL(request?.url ?? String(input), globalThis.location?.href);
    const endpoint = ENDPOINT.exec(url.pathname)?.[1] as Endpoint | undefined;
    const text = endpoint && (await textOf(init.body ?? request?.clone()));
    const body: unknown = JSON.parse(text ?? "null");
    if (endpoint === undefined || typeof body !== "object" || body === null || Array.isArray(body)) return { pass };
    headers.delete("content-length"); // the body may become another
    const signal = init.signal ?? request?.signal;
    const ask: Call["ask"] = (signal, changed) =>
      fetch(input, { ...init, headers, signal, body: changed === undefined ? text! : JSON.stringify(changed) });
    return { pass, call: { endpoint, url, headers, body: body as JsonObject, signal, ask } };
  } catch {
    return { pass }; // what is wrong with it, upstream tells
  }
}

/** Of what can be read without taking it away. */
async function textOf(body: unknown): Promise<string | undefined> {
  if (typeof body === "string") return body;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new TextDecoder().decode(body as ArrayBuffer);
  return typeof body === "object" && body !== null && "clone" in body ? (body as Request).text() : undefined;
}
