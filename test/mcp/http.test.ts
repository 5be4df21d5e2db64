import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type RequestOptions, request } from "node:http";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { callsOf, contentsOf, type Shown, type Told } from "./bed.ts";
import { calling, inFolder, MODULES, Served, until } from "./process.ts";
import { type Client, HTTP, newClient } from "./sdk.ts";

interface Connected {
  client: Client;
  call(name: string, args?: object): Promise<Told>;
}

async function connect(url: string, headers: Record<string, string> = {}): Promise<Connected> {
  const { StreamableHTTPClientTransport } = await HTTP;
  const client = await newClient();
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return { client, ...callsOf(client) };
}

/** As no client of the SDK would ask. */
function raw(url: string, options: RequestOptions, body = ""): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: "/mcp", method: "POST", agent: false, ...options }, (answer) => {
      let text = "";
      answer.on("data", (data) => {
        text += data;
      });
      answer.once("end", () => resolve({ status: answer.statusCode!, text }));
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

const HEADERS = { accept: "application/json, text/event-stream", "content-type": "application/json" };
const LIST = JSON.stringify({ jsonrpc: "2.0", ...calling(1, "list", {}) });

async function serving(
  runtime: string,
  folder: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ served: Served; url: string }> {
  const served = new Served(runtime, folder, ["m.db", "--http", "0", "--namespace", "acme", ...args], env);
  return { served, url: await served.next() };
}

/** In every runtime that has a command line. */
export const httpRuntimeTests =
  (runtime: string): Suite =>
  (test) => {
    test(`${runtime}: many clients of one server, and after it has ended another serves what they remembered`, () =>
      inFolder(async (folder) => {
        const first = await serving(runtime, folder, ["--embedder", MODULES]);
        ok(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/.test(first.url), first.url);
        const clients = await Promise.all(Array.from({ length: 4 }, () => connect(first.url)));
        await Promise.all(
          clients.flatMap(({ call }, i) =>
            Array.from({ length: 5 }, (_, j) =>
              call("remember", { content: `Fact ${j} of client ${i}.`, tier: "semantic" }),
            ),
          ),
        );
        const { memories } = await clients[0]!.call("list", { limit: 50 });
        equal((memories as Shown[]).length, 20);
        ok(/A memory that outlasts/.test(clients[1]!.client.getInstructions()), "the policy");
        for (const { client } of clients) await client.close();
        const tooMuch = await raw(first.url, { headers: HEADERS }, JSON.stringify("x".repeat(2 ** 20))).then(
          ({ status }) => status,
          () => 413, // the connection may be closed before all of it is sent
        );
        equal(tooMuch, 413);
        first.served.child.kill("SIGTERM");
        equal((await first.served.ended).code, 0);
        const second = await serving(runtime, folder, ["--embedder", MODULES, "--read-only"]);
        const { call, client } = await connect(second.url);
        equal(((await call("list", { limit: 50 })).memories as Shown[]).length, 20);
        await client.close();
        second.served.child.kill("SIGINT");
        equal((await second.served.ended).code, 0);
      }));
  };

export const httpTests: Suite = (test) => {
  test("a server for this machine answers no other names, no pages, no other paths", () =>
    inFolder(async (folder) => {
      const { served, url } = await serving("node 22", folder, [
        "--no-embedder",
        "--allow-origin",
        "https://app.example",
      ]);
      const { port } = new URL(url);
      const ask = async (headers: Record<string, string>, more: RequestOptions = {}): Promise<number> =>
        (await raw(url, { headers: { ...HEADERS, ...headers }, ...more }, LIST)).status;
      equal(await ask({}), 200);
      equal(await ask({ host: `localhost:${port}` }), 200);
      equal(await ask({ origin: "https://app.example" }), 200);
      for (const host of ["evil.example", `evil.example:${port}`, `127.0.0.1.evil.example:${port}`]) {
        equal(await ask({ host }), 403, host);
      }
      for (const host of ["[", "a b", `127.0.0.1:${port}@evil.example`, "localhost/x"])
        equal(await ask({ host }), 400, host);
      for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${port}`]) {
        equal(await ask({ origin }), 403, origin);
      }
      for (const path of ["/", "/mcp/", "/mcp2", "//mcp", "/MCP", "/%6dcp"]) equal(await ask({}, { path }), 404, path);
      equal(await ask({}, { path: `http://127.0.0.1:${port}/mcp` }), 400, "as to a proxy");
      equal((await raw(url, { method: "GET", headers: HEADERS })).status, 405);
      served.child.kill("SIGTERM");
      const { code, stderr } = await served.ended;
      equal([code, stderr], [0, ""]);
    }));

  test("elsewhere, or with a token, it is told by a token who may", () =>
    inFolder(async (folder) => {
      const env = { MNEME_MCP_TOKEN: "s3cret" };
      const { served, url } = await serving("node 22", folder, ["--no-embedder", "--host", "0.0.0.0", "--json"], env);
      const rest: string[] = [url];
      while (!rest.at(-1)!.startsWith("}")) rest.push(await served.next());
      const { url: address } = JSON.parse(rest.join("")) as { url: string };
      const own = address.replace("0.0.0.0", "127.0.0.1");
      equal((await raw(own, { headers: HEADERS }, LIST)).status, 401);
      ok(
        await connect(own, { authorization: "Bearer wrong" }).then(
          () => false,
          () => true,
        ),
        "another token",
      );
      const { call, client } = await connect(own, { authorization: "Bearer s3cret" });
      equal((await call("list")).memories, []);
      await client.close();
      const taken = new Served("node 22", folder, ["memory:", "--no-embedder", "--http", new URL(own).port]);
      const { code, stderr, stdout } = await taken.ended;
      ok(code === 1 && /Port \d+ of 127.0.0.1 cannot be had/.test(stderr) && stdout === "", stderr);
      served.child.kill("SIGTERM");
      equal((await served.ended).code, 0);
    }));

  test("what a client asked for that has gone is not done", () =>
    inFolder(async (folder) => {
      const begun = join(folder, "begun");
      const { served, url } = await serving("node 22", folder, ["--embedder", `${MODULES}:slow`], { BEGUN: begun });
      const asked = JSON.stringify({ jsonrpc: "2.0", ...calling(1, "remember", { content: "never mind" }) });
      const gone = new AbortController();
      const answer = raw(url, { headers: HEADERS, signal: gone.signal }, asked).catch(() => undefined);
      await until(() => existsSync(begun));
      gone.abort();
      equal(await answer, undefined);
      const { call, client } = await connect(url);
      await call("remember", { content: "The user likes tea." }); // which takes as long
      equal(contentsOf((await call("list")).memories), ["The user likes tea."]);
      await client.close();
      served.child.kill("SIGTERM");
      equal((await served.ended).code, 0);
    }));

  test("a request under way when it is told to end is answered, and what it stored is kept", () =>
    inFolder(async (folder) => {
      const begun = join(folder, "begun");
      const { served, url } = await serving("node 22", folder, ["--embedder", `${MODULES}:slow`], { BEGUN: begun });
      const { call, client } = await connect(url);
      const answer = call("remember", { content: "The user likes tea.", tier: "semantic" });
      await until(() => existsSync(begun));
      served.child.kill("SIGTERM");
      equal((await answer).outcome, "stored");
      await client.close();
      equal((await served.ended).code, 0);
      equal(
        (await readdir(folder)).filter((name) => /-wal|-shm/.test(name)),
        [],
      );
    }));
};
