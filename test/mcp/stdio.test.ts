import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";
import { callsOf, type Shown } from "./bed.ts";
import { calling, commandOf, INITIALIZE, inFolder, isRunning, MODULES, Served, until } from "./process.ts";
import { newClient, STDIO } from "./sdk.ts";

/** In every runtime that has a command line: the SDK's own client and a server on a file. */
export const stdioRuntimeTests =
  (runtime: string): Suite =>
  (test) => {
    test(`${runtime}: what one client had remembered another recalls; each server ends with its client`, () =>
      inFolder(async (folder) => {
        const { StdioClientTransport } = await STDIO;
        const connect = async (...more: string[]) => {
          const line = commandOf(runtime, ["m.db", "--embedder", MODULES, "--namespace", "acme/app", ...more]);
          const transport = new StdioClientTransport({ ...line, cwd: folder, stderr: "pipe", env: { HOME: folder } });
          const client = await newClient();
          await client.connect(transport);
          return { client, pid: transport.pid!, ...callsOf(client) };
        };
        const content = "The deploy of the billing service needs a frozen schema.";
        const first = await connect();
        const stored = await first.call("remember", { content, tier: "semantic" });
        equal(stored.outcome, "stored");
        await first.client.close();
        await until(async () => !(await isRunning(first.pid)));
        const second = await connect("--read-only", "--models", `${MODULES}:models`);
        const found = await second.call("recall", { query: "What does the deploy of billing need?" });
        equal(
          (found.memories as Shown[]).map(({ id }) => id),
          [(stored.memory as Shown).id],
        );
        equal(
          (await second.call("answer", { question: "deploy of billing?" })).answer,
          `deploy of billing? ${content}`,
        );
        await second.client.close();
        await until(async () => !(await isRunning(second.pid)));
      }));

    test(`${runtime}: nothing but the protocol is on stdout, whatever a module writes there and keeps open`, () =>
      inFolder(async (folder) => {
        const served = new Served(runtime, folder, ["memory:", "--embedder", `${MODULES}:noisy`]);
        await served.ask(INITIALIZE);
        await served.ask(calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }));
        const { result } = await served.ask(calling(2, "recall", { query: "tea?" }));
        ok(result!.content[0]!.text.includes("likes tea"), JSON.stringify(result));
        served.child.stdin!.end();
        const { code, stdout, stderr } = await served.ended;
        equal(
          [
            code,
            stdout
              .trim()
              .split("\n")
              .map((line) => (JSON.parse(line) as { id: number }).id),
          ],
          [0, [0, 1, 2]],
        );
        for (const said of ["loading the model…", "still loading", "1 of 2 files", "embedding 1", "alive"]) {
          ok(stderr.includes(said), `${said}: ${stderr}`);
        }
      }));
  };

export const stdioTests: Suite = (test) => {
  const cli = (
    name: string,
    run: (folder: string, start: (args: string[], env?: NodeJS.ProcessEnv) => Served) => Promise<void>,
  ) => test(name, () => inFolder((folder) => run(folder, (args, env) => new Served("node 22", folder, args, env))));

  cli("a script may be piped in: what was asked is answered before the end", async (folder, start) => {
    const served = start(["m.db", "--embedder", `${MODULES}:slow`], { BEGUN: join(folder, "begun") });
    served.say({ jsonrpc: "2.0", ...INITIALIZE });
    served.say({ jsonrpc: "2.0", ...calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }) });
    served.say({ jsonrpc: "2.0", ...calling(2, "list", {}) });
    served.child.stdin!.end();
    const { code, stdout } = await served.ended;
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: number; result: { isError?: boolean } });
    equal(
      [code, answers.map(({ id }) => id).sort(), answers.some(({ result }) => result.isError)],
      [0, [0, 1, 2], false],
    );
    equal(await readdir(folder).then((names) => names.filter((name) => /-wal|-shm/.test(name))), [], "it was closed");
    const again = start(["m.db", "--embedder", MODULES]);
    ok((await again.ask(calling(1, "list", {}))).result!.content[0]!.text.includes("likes tea"), "it was kept");
    again.child.stdin!.end();
    equal((await again.ended).code, 0);
  });

  cli("what goes on after an answer is done before the end", async (_, start) => {
    const args = ["m.db", "--embedder", MODULES];
    const served = start([...args, "--models", `${MODULES}:thoughtful`]);
    await served.ask(calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }));
    served.child.stdin!.end();
    equal((await served.ended).code, 0);
    const again = start(args);
    const { result } = await again.ask(calling(1, "list", {}));
    const [{ id }] = (result as { structuredContent?: { memories: [{ id: string }] } }).structuredContent!.memories;
    const { result: got } = await again.ask(calling(2, "get", { id }));
    ok(got!.content[0]!.text.includes('"assessedImportance":0.8'), got!.content[0]!.text);
    again.child.stdin!.end();
    await again.ended;
  });

  cli("what is expired is removed when a server begins, but not by one that only reads", async (folder, start) => {
    const embedder = testEmbedder({ dimensions: 16 });
    const memory = await AgentMemory.open({ path: join(folder, "m.db"), embedder, clock: () => 0 });
    await memory.remember({ content: "Only for now.", ttl: "1h" });
    await memory.close();
    const args = ["m.db", "--embedder", MODULES];
    const left = async (served: Served): Promise<boolean> =>
      (await served.ask(calling(1, "list", { includeExpired: true }))).result!.content[0]!.text.includes(
        "Only for now",
      );
    const reading = start([...args, "--read-only"]);
    equal(await left(reading), true);
    reading.child.stdin!.end();
    await reading.ended;
    const served = start(args);
    await until(async () => !(await left(served)));
    served.child.stdin!.end();
    equal((await served.ended).code, 0);
  });

  cli("a client that is killed takes its server along, and what it had remembered stays", async (folder, start) => {
    const entry = join(ROOT, "dist/test/mcp/client-entry.js");
    const { command, args } = commandOf("node 22", ["m.db", "--embedder", MODULES]);
    const client = spawn(process.execPath, [entry, folder, command, ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { value } = await createInterface({ input: client.stdout! })[Symbol.asyncIterator]().next();
    const pid = Number(value);
    equal(await isRunning(pid), true);
    client.kill("SIGKILL");
    await until(async () => !(await isRunning(pid)));
    const served = start(["m.db", "--embedder", MODULES]);
    ok(
      (await served.ask(calling(1, "list", {}))).result!.content[0]!.text.includes("Said before the end."),
      "it stays",
    );
    served.child.stdin!.end();
    equal((await served.ended).code, 0);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    cli(`${signal} ends it in order, after the call under way`, async (folder, start) => {
      const begun = join(folder, "begun");
      const served = start(["m.db", "--embedder", `${MODULES}:slow`], { BEGUN: begun });
      await served.ask(INITIALIZE);
      served.say({ jsonrpc: "2.0", ...calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }) });
      await until(() => existsSync(begun));
      served.child.kill(signal);
      const { code, stdout } = await served.ended;
      ok(code === 0 && /"id":1/.test(stdout) && /It is stored/.test(stdout), `${code} ${stdout}`);
      equal(
        (await readdir(folder)).filter((name) => /-wal|-shm/.test(name)),
        [],
      );
    });
  }

  cli("lines that are no messages are complained of, and the next one is answered", async (_, start) => {
    const served = start(["memory:", "--no-embedder"]);
    const garbage = [
      "no JSON",
      "{",
      "[]",
      "null",
      "\u0000\u0001\ufffd",
      '{"jsonrpc":"2.0"}',
      '{"jsonrpc":"1.0","id":7,"method":"ping"}',
      `"${"x".repeat(1e6)}"`,
      "[".repeat(1e5),
      "",
    ];
    for (const line of garbage) served.say(line);
    served.say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 99 } });
    served.say({ jsonrpc: "2.0", id: 98, result: {} });
    await served.ask(INITIALIZE);
    equal((await served.ask({ id: 5, method: "nothing/such" })).error?.message.includes("Method not found"), true);
    equal((await served.ask(calling(6, "list", {}))).result!.isError, undefined);
    served.child.stdin!.end();
    const { code, stdout, stderr } = await served.ended;
    for (const line of stdout.trim().split("\n")) equal((JSON.parse(line) as { jsonrpc: string }).jsonrpc, "2.0");
    equal(code, 0);
    ok(/mneme: /.test(stderr) && !stderr.includes("\u0000") && stderr.length < 20_000, stderr.slice(0, 2000));
  });

  cli("a reader that closes stdout is an end in order", async (folder, start) => {
    const served = start(["m.db", "--embedder", MODULES]);
    await served.ask(INITIALIZE);
    served.child.stdout!.destroy();
    served.say({ jsonrpc: "2.0", ...calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }) });
    equal((await served.ended).code, 0);
    equal(
      (await readdir(folder)).filter((name) => /-wal|-shm/.test(name)),
      [],
    );
    const again = start(["m.db", "--embedder", MODULES, "--read-only"]);
    ok((await again.ask(calling(1, "list", {}))).result!.content[0]!.text.includes("likes tea"), "it was kept");
    again.child.stdin!.end();
    await again.ended;
  });

  cli("two servers on one file see what the other remembers", async (_, start) => {
    const [one, two] = [start(["m.db", "--embedder", MODULES]), start(["m.db", "--embedder", MODULES])];
    await Promise.all([one.ask(INITIALIZE), two.ask(INITIALIZE)]);
    await one.ask(calling(1, "remember", { content: "The user likes tea.", tier: "semantic" }));
    const { result } = await two.ask(calling(1, "recall", { query: "what does the user like?" }));
    ok(result!.content[0]!.text.includes("likes tea"), result!.content[0]!.text);
    for (const served of [one, two]) served.child.stdin!.end();
    equal([(await one.ended).code, (await two.ended).code], [0, 0]);
  });

  cli("what cannot be served is told on stderr, with an exit code, and stdout stays empty", async (folder, start) => {
    const good = ["--embedder", MODULES];
    const first = start(["m.db", ...good]);
    first.child.stdin!.end();
    equal((await first.ended).code, 0);
    const cases: [string[], number, RegExp][] = [
      [[], 2, /ADDRESS is missing/],
      [["m.db"], 2, /One of --embedder and --no-embedder is needed/],
      [["m.db", ...good, "--no-embedder"], 2, /One of/],
      [["m.db", ...good, "--namespaces", "all"], 2, /--namespaces expected fixed, below, any/],
      [["m.db", ...good, "--max-tokens", "10"], 2, /--max-tokens expected a whole number from 500/],
      [["m.db", ...good, "--http", "0", "--host", "0.0.0.0"], 2, /MNEME_MCP_TOKEN/],
      [["m.db", ...good, "--http", "http"], 2, /--http expected/],
      [["m.db", ...good, "--namespace", ""], 1, /"namespace" expected/],
      [["m.db", "--embedder", "./none.js"], 1, /cannot be loaded/],
      [["m.db", ...good, "--models", MODULES], 1, /has no model in it/],
      [["m.db", "--embedder", `${MODULES}:other`], 1, /fingerprint|was filled/],
      [["m.db", "--no-embedder", "--json"], 1, /fingerprint|was filled/],
      [["absent.db", ...good, "--read-only"], 1, /There is no store at absent.db/],
      [["none/m.db", ...good], 1, /mneme: /],
    ];
    for (const [args, code, expected] of cases) {
      const ended = await start(args, { MNEME_MCP_TOKEN: "" }).ended;
      equal([ended.code, ended.stdout], [code, ""], `${args}: ${ended.stderr}`);
      ok(expected.test(ended.stderr), `${args}: ${ended.stderr}`);
    }
    equal(existsSync(join(folder, "absent.db")), false);
  });

  test("without the SDK it says what to install", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-mcp-"));
    try {
      const { code, stdout, stderr } = await new Served("node 22", folder, ["m.db", "--no-embedder"]).ended;
      equal([code, stdout, await readdir(folder)], [1, "", []]);
      ok(stderr.includes("npm install @modelcontextprotocol/sdk"), stderr);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
};
