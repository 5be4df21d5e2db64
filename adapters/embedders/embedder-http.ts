import { MnemeError } from "../../src/index.ts";
import { expect } from "./embedder-identity.ts";
import { checkedRetries, ProviderError, retryAfter, retrying } from "./embedder-retry.ts";

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

interface Attempt {
  status: number;
  text: string;
  after: number | undefined;
}

const TIMEOUT_MS = 60_000;
/** A longer one of setTimeout is none at all. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const LONGEST_TEXT = 300;
/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST_SECRET = 4;

const REMEDIES: Record<number, string> = {
  401: "Check the key.",
  403: "Check the key, and what it is allowed to.",
  404: 'Check "model" and "baseURL".',
  413: 'Shorten the texts, or give a smaller "batch".',
  429: 'Ask less, or give more "retries" or a smaller "parallel".',
};

/** A server that takes JSON and answers JSON. */
export class HttpServer {
  readonly #embedder: string;
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof globalThis.fetch | undefined;
  readonly #retries: number;
  readonly #timeout: number;
  /** What must not be in the text of an error, the longest first. */
  readonly #secrets: string[];

  constructor(embedder: string, baseURL: string, path: string, options: HttpOptions, apiKey?: string) {
    const { headers = {}, fetch, retries, timeout = TIMEOUT_MS } = options;
    this.#embedder = embedder;
    const url = urlOf(embedder, options.baseURL ?? baseURL);
    const { username, password } = url;
    const query = url.search.slice(1);
    const [name, word] = [decoded(username), decoded(password)];
    const basic = username + password === "" ? undefined : base64(`${name}:${word}`);
    url.username = "";
    url.password = "";
    url.pathname = url.pathname.replace(/\/*$/, path);
    this.#url = url;
    expect(
      apiKey === undefined || (typeof apiKey === "string" && apiKey !== ""),
      embedder,
      "apiKey: a text",
      "Leave it out for a server without keys.",
    );
    this.#headers = {
      "content-type": "application/json",
      ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    };
    expect(fetch === undefined || typeof fetch === "function", embedder, "fetch: a function", "Leave it out.");
    this.#fetch = fetch;
    this.#retries = checkedRetries(embedder, retries);
    const isTime = typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT_MS;
    expect(isTime, embedder, "timeout: milliseconds above 0", 'Correct "timeout".');
    this.#timeout = timeout;
    const values = Object.values(headers).flatMap((value) => [value, ...String(value).split(" ").slice(1)]);
    this.#secrets = [apiKey, basic, username, password, name, word, query, ...url.searchParams.values(), ...values]
      .filter((secret) => typeof secret === "string" && secret.length >= SHORTEST_SECRET)
      .sort((a, b) => b!.length - a!.length) as string[];
  }

  /** Whether it is the one at this address, whatever the path. */
  isAt(address: string): boolean {
    return this.#url.host === new URL(address).host;
  }

  /** The answer's JSON. */
  post(body: object, signal: AbortSignal): Promise<unknown> {
    const text = JSON.stringify(body);
    return retrying(
      this.#retries,
      signal,
      async () => this.#understood(await this.#asked(text, signal)),
      (error) => (error instanceof ProviderError ? error : { again: false }),
    );
  }

  /** Once, and no longer than it may take. */
  async #asked(body: string, signal: AbortSignal): Promise<Attempt> {
    const giveUp = new AbortController();
    const leave = (): void => giveUp.abort();
    signal.addEventListener("abort", leave, { once: true });
    const timer = setTimeout(leave, this.#timeout);
    const ask = this.#fetch ?? globalThis.fetch;
    try {
      const answer = await ask(this.#url.href, { method: "POST", headers: this.#headers, body, signal: giveUp.signal });
      const after = retryAfter((name) => answer.headers.get(name));
      return { status: answer.status, text: await answer.text(), after };
    } catch (error) {
      signal.throwIfAborted();
      const problem = giveUp.signal.aborted
        ? `did not answer within ${this.#timeout} ms`
        : `cannot be reached: ${told(error)}`;
      throw this.#failure(problem, `Look after the server, or correct "baseURL".`, undefined, { again: true });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  }

  #understood({ status, text, after }: Attempt): unknown {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      answer = undefined;
    }
    if (status >= 200 && status < 300) {
      if (typeof answer === "object" && answer !== null) return answer;
      throw this.#failure("answered something that is no JSON", 'Check "baseURL".', status, { again: false });
    }
    const again = status === 408 || status === 409 || status === 429 || status >= 500;
    // Who refuses a key may show parts of it.
    const why = status === 401 || status === 403 ? "" : reasonIn(answer, text);
    const wait = after === undefined ? "" : `, and wants to be left alone for ${Math.ceil(after / 1000)} s`;
    const remedy = REMEDIES[status] ?? (again ? "Try again later." : "Correct what it says.");
    throw this.#failure(`answered ${status}${why === "" ? "" : ` (${why})`}${wait}`, remedy, status, { again, after });
  }

  #failure(
    problem: string,
    remedy: string,
    status: number | undefined,
    verdict: { again: boolean; after?: number | undefined },
  ): ProviderError {
    let text = `${this.#embedder}: ${this.#url.host} ${problem}`;
    for (const secret of this.#secrets) text = text.replaceAll(secret, "***");
    if (text.length > LONGEST_TEXT) text = `${text.slice(0, LONGEST_TEXT)}…`;
    return new ProviderError(`${text}.`, remedy, status, verdict);
  }
}

/** The address itself is not shown: there may be a password in it. */
function urlOf(embedder: string, address: string | URL): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  const problem = `${embedder} expected baseURL: an address that begins with http:// or https://.`;
  throw new MnemeError("argument", problem, 'Correct "baseURL".');
}

/** The reason as OpenAI and those like it give it, or Ollama, or as what else it may be. */
function reasonIn(answer: unknown, text: string): string {
  const { error, message, detail } = (answer ?? {}) as Record<string, unknown>;
  const reasons = [(error as { message?: unknown } | undefined)?.message, error, message, detail];
  const reason = reasons.find((one) => typeof one === "string") ?? (answer === undefined ? "no JSON" : text);
  return String(reason).replace(/\s+/g, " ").trim();
}

/** Node tells only in the cause what happened. */
function told(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: string; cause?: { code?: string; message?: string } };
  const why = cause?.code ?? cause?.message;
  return `${message ?? String(error)}${why === undefined ? "" : ` (${why})`}`;
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
