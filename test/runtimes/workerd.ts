import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { Report } from "../harness.ts";
import { LIMIT_MS, RUNTIMES, SCRATCH, type Stage, stop } from "../stage.ts";
import { bundle, KERNELS, kernelBytes, wasmBesideScript } from "./bundle.ts";

/** Before mid-2025 no bytes compile anywhere; since then they do while a script starts, which hides mistakes. */
const DATES = ["2025-05-01", "2026-11-01"];

/** Cloudflare Workers: the runtime itself, at two compatibility dates. */
export const workerdStages: Stage[] = DATES.map((date) => ({
  name: `workerd ${date}`,
  async run(tell) {
    const conditions = ["workerd", "worker", "browser"];
    const script = await bundle("workerd-entry.js", `workerd-${date}/worker.js`, {
      conditions,
      plugins: [wasmBesideScript],
    });
    for (const name of KERNELS) await writeFile(join(dirname(script), name), await kernelBytes(name));
    const answer = await fetchFromWorker(script, KERNELS, date);
    tell(`workerd ${date}`, (await answer.json()) as Report);
  },
}));

/** Starts workerd on a script and the modules beside it, sends one request, and stops it. */
export async function fetchFromWorker(script: string, modules: readonly string[], date: string): Promise<Response> {
  const folder = dirname(script);
  await mkdir(SCRATCH, { recursive: true });
  const config = join(folder, "config.capnp");
  const wasm = modules.map((name) => `(name="${name}", wasm=embed "${name}")`);
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [${[`(name="${basename(script)}", esModule=embed "${basename(script)}")`, ...wasm].join(", ")}],
  compatibilityDate = "${date}"
);
`,
  );
  const program = join(RUNTIMES, "node_modules/@cloudflare/workerd-linux-64/bin/workerd");
  const child = spawn(program, ["serve", config, "--control-fd=3"], { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr!.on("data", (data) => {
    stderr += data;
  });
  try {
    const port = await listening(child.stdio[3] as Readable, () => stderr);
    const { status, body } = await answered(`http://127.0.0.1:${port}/`);
    if (status !== 200) throw new Error(`workerd answered ${status}: ${body}\n${stderr}`);
    return new Response(body);
  } finally {
    await stop(child);
  }
}

/** Not by `fetch`, which in Node waits for the head of an answer for five minutes at the most. */
async function answered(url: string): Promise<{ status: number | undefined; body: string }> {
  const [answer] = (await once(get(url, { signal: AbortSignal.timeout(LIMIT_MS) }), "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of answer.setEncoding("utf8")) body += chunk;
  return { status: answer.statusCode, body };
}

/** workerd picks the port and tells it on its control channel. */
async function listening(control: Readable, stderr: () => string): Promise<number> {
  for await (const line of control) {
    const event = JSON.parse(String(line)) as { event: string; port?: number };
    if (event.event === "listen" && event.port !== undefined) return event.port;
  }
  throw new Error(`workerd did not start\n${stderr()}`);
}
