import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Direction } from "./fault-proxy.ts";

/** What a service answers, or what stands before it, instead of what was asked for. */
const ANSWERS = {
  throttled: { status: 429, type: "application/json", text: '{"error":"ERR max requests limit exceeded"}' },
  broken: { status: 500, type: "application/json", text: '{"error":"ERR internal"}' },
  "away behind a gateway": { status: 502, type: "text/html", text: "<html><h1>502 Bad Gateway</h1></html>" },
  "cut off": { status: 200, type: "application/json", text: '{"result":["' },
  "of another shape": { status: 200, type: "application/json", text: '[{"result":"c29tZXRoaW5nIGVsc2U="}]' },
} as const;
type HttpFault = keyof typeof ANSWERS;
export const HTTP_FAULTS = Object.keys(ANSWERS) as readonly HttpFault[];

/**
 * Stands between a client and an HTTP server of this machine, and answers in its place: without asking it ("to the server"), or
 * when it has done what was asked ("to the client").
 */
export class HttpFaultProxy {
  readonly #target: number;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { url = "/", headers } = request;
      this.#answer(url, headers, Buffer.concat(chunks), response).catch(() => response.destroy());
    });
  });
  #armed: { fault: HttpFault; direction: Direction; requests: number } | undefined;
  #struck = 0;
  #passed = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  static async before(target: number): Promise<HttpFaultProxy> {
    const proxy = new HttpFaultProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How often the fault has struck since it was armed. */
  get struck(): number {
    return this.#struck;
  }

  /** Requests that were answered as they should be. */
  passed(_direction: Direction): number {
    return this.#passed;
  }

  /** From the request after so many more on, until it is healed. */
  arm(fault: HttpFault, direction: Direction, requests: number): void {
    this.#armed = { fault, direction, requests };
    this.#struck = 0;
  }

  async heal(): Promise<void> {
    this.#armed = undefined;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(path: string, headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): Promise<void> {
    const strikes = this.#armed !== undefined && this.#armed.requests-- <= 0 ? this.#armed : undefined;
    if (strikes === undefined) this.#passed++;
    else this.#struck++;
    if (strikes?.direction === "to the server") return send(response, ANSWERS[strikes.fault]);
    const { host: _, connection: __, "content-length": ___, ...passed } = headers;
    const init = { method: "POST", headers: passed as Record<string, string>, body: new Uint8Array(body) };
    const answer = await fetch(`http://127.0.0.1:${this.#target}${path}`, init);
    const { status, headers: answered } = answer;
    const text = await answer.text();
    send(response, strikes ? ANSWERS[strikes.fault] : { status, type: answered.get("content-type") ?? "", text });
  }
}

function send(response: ServerResponse, { status, type, text }: { status: number; type: string; text: string }): void {
  response.writeHead(status, { "content-type": type }).end(text);
}
