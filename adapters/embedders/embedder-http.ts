import { MnemeError } from "../../src/index.ts";
import { expect } from "./embedder-identity.ts";
import { checkedRetries, retryAfter, retrying, type Verdict } from "./embedder-retry.ts";

export interface HttpOptions {
  /** Where the server is. A query stays; a name and password go as basic authentication, as no `fetch` takes them in an address. */
  baseURL?: string | URL | undefined;
  headers?: Record<string, string> | undefined;
  /** Instead of the runtime's own. */
  fetch?: typeof globalThis.fetch | undefined;
  /** How often a call is tried again: without an answer, or with one of 408, 409, 429 or 5xx. Default 2. */
  retries?: number | undefined;
  /** Milliseconds one attempt may take. Default 60,000. */
  timeout?: number | undefined;
}

/** Asks for something, and gives the answer's JSON. */
export type Post = (body: object, signal: AbortSignal) => Promise<unknown>;

/** Of a failure, with the status of its HTTP answer, if there was one. */
interface Failure extends Verdict {
  status: number | undefined;
}

const TIMEOUT_MS = 60_000;
/** A longer one of setTimeout is none at all. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const LONGEST_TEXT = 300;
/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST_SECRET = 4;

const REMEDIES: Record<number, string> = {
  401: "Check the key.",
  403: "Check what the key may do.",
  404: 'Check "model" and "baseURL".',
  413: 'Give a smaller "batch".',
  429: 'Ask less, or give more "retries".',
};

/** A client has all of this itself. */
export function checkNone(embedder: string, options: HttpOptions & { apiKey?: string | undefined }): void {
  for (const name of ["apiKey", "baseURL", "headers", "fetch", "retries", "timeout"] as const) {
    expect(options[name] === undefined, embedder, `no ${name} beside a client`, "A client has its own.");
  }
}

/** The way to a server that takes JSON and answers JSON. */
export function serverAt(embedder: string, address: string, path: string, options: HttpOptions, apiKey?: string): Post {
  const { headers = {}, fetch, timeout = TIMEOUT_MS } = options;
  const retries = checkedRetries(embedder, options.retries);
  const isKey = apiKey === undefined || (typeof apiKey === "string" && apiKey !== "");
  expect(isKey, embedder, "apiKey: a text", "Correct it.");
  expect(fetch === undefined || typeof fetch === "function", embedder, "fetch: a function", "Correct it.");
  const isTime = typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT_MS;
  expect(isTime, embedder, "timeout: milliseconds above 0", "Correct it.");
  const url = urlOf(embedder, options.baseURL ?? address);
  const { username, password, search } = url;
  const [name, word] = [decoded(username), decoded(password)];
  url.username = "";
  url.password = "";
  url.pathname = url.pathname.replace(/\/*$/, path);
  const all: Record<string, string> = { "content-type": "application/json" };
  if (name + word !== "") all.authorization = `Basic ${base64(`${name}:${word}`)}`;
  if (apiKey !== undefined) all.authorization = `Bearer ${apiKey}`;
  for (const [header, value] of Object.entries(headers)) {
    expect(typeof value === "string", embedder, `headers: a text as ${header}`, "Correct it.");
    all[header.toLowerCase()] = value;
  }

  // What must not be in the text of an error, the longest first.
  const values = Object.values(all).flatMap((value) => [value, String(value).replace(/^\S+ /, "")]);
  const secrets = [username, password, name, word, search.slice(1), ...url.searchParams.values(), ...values]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  const failure = (problem: string, remedy: string, facts: Failure): MnemeError & Failure => {
    let text = `${embedder}: ${url.host} ${problem}`;
    for (const secret of secrets) text = text.replaceAll(secret, "***");
    if (text.length > LONGEST_TEXT) text = `${text.slice(0, LONGEST_TEXT)}…`;
    return Object.assign(new MnemeError("embedder", `${text}.`, remedy), facts);
  };

  /** Once, and no longer than it may take. */
  const ask = async (body: string, signal: AbortSignal): Promise<unknown> => {
    const giveUp = new AbortController();
    const leave = (): void => giveUp.abort();
    signal.addEventListener("abort", leave, { once: true });
    const timer = setTimeout(leave, timeout);
    let answer: Response;
    let text: string;
    try {
      const init = { method: "POST", headers: all, body, signal: giveUp.signal };
      answer = await (fetch ?? globalThis.fetch)(url.href, init);
      text = await answer.text();
    } catch (error) {
      const late = giveUp.signal.aborted;
      const problem = late ? `did not answer within ${timeout} ms` : `cannot be reached: ${told(error)}`;
      throw failure(problem, 'Look after it, or check "baseURL".', { status: undefined, again: true });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
    const { status } = answer;
    const json = parsed(text);
    if (answer.ok) {
      if (typeof json === "object" && json !== null) return json;
      throw failure("answered something that is no JSON", 'Check "baseURL".', { status, again: false });
    }
    const again = /408|409|429|5../.test(`${status}`);
    const after = retryAfter((name) => answer.headers.get(name));
    // Who refuses a key may show parts of it.
    const why = /401|403/.test(`${status}`) ? "" : ` (${reasonIn(json, text)})`;
    const wait = after === undefined ? "" : `, to be asked again in ${Math.ceil(after / 1000)} s`;
    const remedy = REMEDIES[status] ?? (again ? "Try again later." : "Correct what it says.");
    throw failure(`answered ${status}${why}${wait}`, remedy, { status, again, after });
  };

  return (body, signal) => {
    const text = JSON.stringify(body);
    return retrying(
      retries,
      signal,
      () => ask(text, signal),
      (error) => Object(error) as Failure,
    );
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The address itself is not shown: there may be a password in it. */
function urlOf(embedder: string, address: string | URL): URL {
  const isUrl = /^https?:/i.test(String(address)) && URL.canParse(address);
  expect(isUrl, embedder, "baseURL: an address that begins with http:// or https://", "Correct it.");
  return new URL(address);
}

/** The reason as OpenAI and those like it give it, or Ollama, or whoever stands before them. */
function reasonIn(answer: unknown, text: string): string {
  const { error, message } = (answer ?? {}) as { error?: { message?: unknown }; message?: unknown };
  const reason = [error?.message, error, message].find((one) => typeof one === "string") ?? text;
  return String(reason).replace(/\s+/g, " ").trim();
}

/** Node tells only in the cause what happened. */
function told(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string } };
  return `${message ?? error} ${cause?.code ?? ""}`.trim();
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decoded(part: string): string {
  return part.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run; // no UTF-8
    }
  });
}
