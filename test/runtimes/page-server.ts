import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Report } from "../harness.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const PAGE_LIMIT_MS = 600_000;

export interface PageServer {
  url: string;
  /** What the next page posts to /report. */
  report(): Promise<Report>;
  close(): Promise<void>;
}

/** Answers what is posted to, or asked of, a path. */
type Answers = Record<string, (body: string) => string>;

/**
 * Serves a folder on a free port of the loopback, isolated as SharedArrayBuffer demands, but for "isolated=no" in the query.
 * With "wasm=off" there, pages get a content security policy that forbids WebAssembly.
 */
export async function servePages(folder: string, others: Answers = {}): Promise<PageServer> {
  let deliver: (report: Report) => void = () => {};
  const answers: Answers = {
    ...others,
    "/report": (body) => {
      deliver(JSON.parse(body) as Report);
      return "";
    },
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://page.test");
    if (url.searchParams.get("isolated") !== "no") {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    // For a sandboxed frame, whose origin is none.
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    if (url.searchParams.get("wasm") === "off") response.setHeader("Content-Security-Policy", "script-src 'self'");
    const answer = answers[url.pathname];
    if (answer === undefined) await sendFile(response, folder, url.pathname);
    else
      await bodyOf(request).then(
        (body) => response.end(answer(body)),
        () => {},
      ); // a browser that was killed asks no more
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    report: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("the page did not report in time")), PAGE_LIMIT_MS);
        deliver = (report) => {
          clearTimeout(timer);
          resolve(report);
        };
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

async function sendFile(response: ServerResponse, folder: string, pathname: string): Promise<void> {
  const path = normalize(pathname === "/" ? "/index.html" : pathname); // an absolute path: ".." stops at the folder
  try {
    const content = await readFile(join(folder, path));
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    response.end(content);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}
