import { type MemoryHandlerOptions, memoryHandler } from "../../adapters/mcp/mcp.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { loadSdk } from "./sdk.ts";

const ACCEPT = { accept: "application/json, text/event-stream", "content-type": "application/json" };
const CALL = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "memory_list", arguments: {} },
};

interface Asking {
  url?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

type Answer = {
  status: number;
  headers: Headers;
  json: { result?: { isError?: boolean }; error?: { code: number; message: string } };
};

async function handled(
  options: MemoryHandlerOptions = {},
): Promise<{ memory: AgentMemory; ask(asking?: Asking): Promise<Answer> }> {
  const memory = await AgentMemory.open({ embedder: testEmbedder() });
  const handler = await memoryHandler(memory, { sdk: await loadSdk(), ...options });
  const ask = async ({
    url = "http://127.0.0.1:8000/mcp",
    method = "POST",
    headers,
    body = CALL,
    signal,
  }: Asking = {}) => {
    const request = new Request(url, {
      method,
      headers: { ...ACCEPT, ...headers },
      ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const response = await handler(request);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: text === "" ? {} : (JSON.parse(text) as Answer["json"]),
    };
  };
  return { memory, ask };
}

/** Who is answered over HTTP, and what with; requests as any runtime's server hands them over. */
export const handlerTests: Suite = (test) => {
  test("only who calls this machine by its own name is answered, against names that others made point here", async () => {
    const { ask } = await handled();
    for (const host of ["localhost", "127.0.0.1:1", "[::1]:8000", "LOCALHOST:8000"]) {
      equal((await ask({ url: `http://${host}/mcp` })).status, 200, host);
    }
    for (const host of [
      "evil.example:8000",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "192.168.0.1",
      "[::2]",
      "0.0.0.0",
      "a@evil.example",
      "127.0.0.1:8000@evil.example",
    ]) {
      const refused = await ask({ url: `http://${host}/mcp` }).catch(() => ({ status: 403 })); // some make no request
      equal(refused.status, 403, host);
    }
    const elsewhere = await handled({ hosts: ["memory.example"] });
    equal((await elsewhere.ask({ url: "https://memory.example/x" })).status, 200);
    equal((await elsewhere.ask()).status, 403);
  });

  test("pages are answered only from origins that are named, and those may read the answer", async () => {
    const { ask } = await handled({ origins: ["https://app.example"] });
    for (const origin of [
      "https://evil.example",
      "null",
      "http://app.example",
      "https://app.example.evil.example",
      "http://127.0.0.1:8000",
    ]) {
      const { status, headers } = await ask({ headers: { origin } });
      equal([status, headers.get("access-control-allow-origin")], [403, null], origin);
      equal((await ask({ method: "OPTIONS", headers: { origin } })).status, 403);
    }
    const origin = "https://app.example";
    const preflight = await ask({ method: "OPTIONS", headers: { origin } });
    equal([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, origin]);
    ok(/content-type/.test(preflight.headers.get("access-control-allow-headers") ?? ""), "headers");
    const answered = await ask({ headers: { origin } });
    equal(
      [answered.status, answered.headers.get("access-control-allow-origin"), answered.headers.get("vary")],
      [200, origin, "origin"],
    );
  });

  test("with a token only who has it is answered, by whatever name", async () => {
    const { ask } = await handled({ token: "s3cret", origins: ["https://app.example"] });
    for (const authorization of [
      undefined,
      "s3cret",
      "Bearer",
      "Bearer ",
      "Bearer s3cre",
      "Bearer s3cret2",
      "bearer s3cret",
      "Basic s3cret",
    ]) {
      const { status, headers, json } = await ask({ headers: authorization === undefined ? {} : { authorization } });
      equal([status, headers.get("www-authenticate")], [401, "Bearer"], authorization);
      ok(!JSON.stringify(json).includes("s3cret"), "it is not told");
    }
    const headers = { authorization: "Bearer s3cret" };
    equal((await ask({ headers, url: "https://memory.example/mcp" })).status, 200);
    equal((await ask({ headers: { ...headers, origin: "https://evil.example" } })).status, 403);
    equal((await ask({ method: "OPTIONS", headers: { origin: "https://app.example" } })).status, 204, "asks without");
    const memory = await AgentMemory.open({ embedder: null });
    const sdk = await loadSdk();
    await fails(() => memoryHandler(memory, { sdk, token: "" }), "argument");
    const { WebStandardStreamableHTTPServerTransport: _, ...less } = sdk;
    await fails(() => memoryHandler(memory, { sdk: less }), "argument");
  });

  test("what is no request of the protocol is refused, and large ones before they are read", async () => {
    const { ask } = await handled({ maxBytes: 2000 });
    for (const method of ["GET", "DELETE", "PUT", "PATCH"]) {
      const { status, headers } = await ask({ method });
      equal([status, headers.get("allow")], [405, "POST"], method);
    }
    const cases: [Asking, number][] = [
      [{ body: "{" }, 400],
      [{ body: "" }, 400],
      [{ body: "[".repeat(1999) }, 400],
      [{ body: "null" }, 400],
      [{ body: { jsonrpc: "1.0" } }, 400],
      [{ body: "\u0000\ufffd" }, 400],
      [{ headers: { "content-type": "text/plain" } }, 415],
      [{ headers: { accept: "text/html" } }, 406],
      [{ headers: { "mcp-protocol-version": "1999-01-01" } }, 400],
      [{ body: `"${"x".repeat(2000)}"` }, 413],
      [{ body: "x", headers: { "content-length": "999999999" } }, 413],
      [{ body: [CALL, CALL] }, 200],
    ];
    for (const [asking, expected] of cases) {
      const { status } = await ask(asking);
      equal(status, expected, JSON.stringify(asking).slice(0, 100));
    }
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 500;
        controller.enqueue(new Uint8Array(500));
      },
    });
    const handler = await memoryHandler(await AgentMemory.open({ embedder: null }), {
      sdk: await loadSdk(),
      maxBytes: 2000,
    });
    const init = { method: "POST", headers: ACCEPT, body: endless, duplex: "half" } as RequestInit;
    const { status } = await handler(new Request("http://localhost/mcp", init));
    ok(status === 413 && sent < 10_000, `${status} after ${sent}`);
  });

  test("every request is answered by itself: no sessions, any order, many at once", async () => {
    const { memory, ask } = await handled({ namespace: "acme" });
    const remember = (i: number): object => ({
      ...CALL,
      id: `call ${i}`,
      params: { name: "memory_remember", arguments: { content: `Fact number ${i} of the many.`, tier: "semantic" } },
    });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => ask({ body: remember(i), headers: { "mcp-session-id": `${i % 3}` } })),
    );
    for (const [i, { status, headers, json }] of answers.entries()) {
      equal([status, headers.get("mcp-session-id"), (json as { id?: string }).id], [200, null, `call ${i}`]);
    }
    equal((await memory.list({ namespace: "acme" })).length, 30);
    equal((await ask({ body: { jsonrpc: "2.0", method: "notifications/initialized" } })).status, 202);
  });

  test("who goes away ends what was done for it", async () => {
    const words = testEmbedder();
    let aborted = 0;
    const embed = async (texts: readonly string[], { signal }: { signal?: AbortSignal } = {}) => {
      await new Promise<void>((resolve) =>
        signal!.addEventListener("abort", () => resolve(void aborted++), { once: true }),
      );
      return words.embed(texts);
    };
    const memory = await AgentMemory.open({ embedder: { ...words, embed } });
    const handler = await memoryHandler(memory, { sdk: await loadSdk() });
    const gone = new AbortController();
    const body = JSON.stringify({ ...CALL, params: { name: "memory_remember", arguments: { content: "too late" } } });
    const answer = handler(
      new Request("http://localhost/mcp", { method: "POST", headers: ACCEPT, body, signal: gone.signal }),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone.abort();
    equal((await answer).status, 499);
    while (aborted === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    equal(await memory.list(), []);
  });
};
