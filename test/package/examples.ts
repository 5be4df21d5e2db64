import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "../../examples/custom-store.ts";
import { equal, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { startModelServer } from "../llm/openai-server.ts";
import { testOwnStore } from "../own-store.ts";
import { runIn } from "../runtimes/processes.ts";
import { execute, ROOT } from "../stage.ts";

/** Every example is run, against local servers where it wants one. */
export const exampleTests: Suite = (test) => {
  const run = async (name: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
    (await execute(process.execPath, [join(ROOT, `dist/examples/${name}.js`)], { env })).stdout;

  test("wrap-a-model", async () => {
    const lines = (await run("wrap-a-model")).trim().split("\n");
    const layers = lines.filter((line) => line.includes("→")).map((line) => /\((\w+)\)$/.exec(line)?.[1]);
    equal(layers, ["asked", "semantic", "asked"]);
  });

  test("openai-fetch", async () => {
    const server = await startModelServer();
    try {
      const env = { OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: "key" };
      const lines = (await run("openai-fetch", env)).trim().split("\n");
      const answers = lines.slice(0, 3).map((line) => /\? (\S+), \d+ lines \(([^)]*)\)$/.exec(line)?.slice(1));
      equal([answers[0], answers[2]], Array(2).fill(["application/json", "miss"]));
      ok(/^text\/event-stream hit; layer=semantic; similarity=0\.\d+; age=\d+$/.test(answers[1]!.join(" ")), lines[1]!);
      equal([lines[3], server.asked.length], ["saved: 1 call, 9 + 12 tokens", 2]);
    } finally {
      await server.close();
    }
  });

  test("stream-an-answer", async () => {
    const [same, replayed] = (await run("stream-an-answer")).trim().split("\n");
    equal([same, replayed], ["true 1", "The model's answer to “Where is my order?” (semantic) 1"]);
  });

  test("agent-memory", async () => {
    equal((await run("agent-memory")).trim().split("\n"), [
      "now: The staging database runs on port 6432",
      "as of January 10: The staging database runs on port 5432",
      "from acme/app: Anna prefers short answers without code",
      "forgotten of anna: 1",
    ]);
  });

  test("never-wrong", async () => {
    const lines = (await run("never-wrong")).trim().split("\n");
    ok(/^0\.9\d \{ reason: 'guard', guard: 'names'/.test(lines[1]!), lines[1]!);
    const others = lines.filter((line) => !/^0\.9|^ |^\}/.test(line));
    const [no, german, english] = ["undefined", "Ja, in drei Tagen.", "Yes, in three days."];
    equal(others, [no, german, no, english, no, no]);
  });

  testOwnStore(
    (check, run) => test(`custom-store: ${check}`, run),
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-example-"));
      const path = join(folder, "store.bin");
      return {
        store: fileStore(path),
        another: () => fileStore(path),
        alone: true, // it reads the file once
        spoil: { corrupt: () => writeFile(path, "{") },
        dispose: () => rm(folder, { recursive: true, force: true }),
      };
    },
  );

  test("custom-index stands in docs/indexes.md as it is; its suite runs in every runtime", async () => {
    const example = await readFile(join(ROOT, "examples/custom-index.ts"), "utf8");
    const docs = await readFile(join(ROOT, "docs/indexes.md"), "utf8");
    ok(docs.includes(example.slice(example.indexOf("\n") + 1)), "the two differ");
  });

  test("shared-cache, which stands in docs/threads.md as it is", async () => {
    const example = await readFile(join(ROOT, "examples/shared-cache.ts"), "utf8");
    const docs = await readFile(join(ROOT, "docs/threads.md"), "utf8");
    ok(docs.includes(example.split("\n").slice(2).join("\n")), "the two differ");
    const { stdout } = await runIn("node 22", [join(ROOT, "dist/examples/shared-cache.js")]);
    equal(stdout.trim(), "Follow the link below the form. (semantic)");
  });

  test("memoize", async () => {
    const lines = (await run("memoize")).trim().split("\n");
    const question = "How do I reset my password?";
    equal(lines, [`asked small: ${question}`, `asked large: ${question}`, "small 1"]);
  });

  test("record-and-replay", async () => {
    const lines = (await run("record-and-replay")).trim().split("\n");
    equal(lines, ["How does one say hello in Basque?", "Kaixo!", "unrecorded"]);
  });

  test("own-embedder", async () => {
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { input, dimensions } = JSON.parse(body) as { input: string[]; dimensions: number };
      ok(request.url === "/v1/embeddings" && request.headers.authorization === "Bearer key", "the request");
      const data = testEmbedder({ dimensions })
        .embed(input)
        .map((vector) => ({ embedding: [...vector] }));
      response.end(JSON.stringify({ data }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: "key" };
      equal((await run("own-embedder", env)).trim(), "exact");
    } finally {
      server.close();
    }
  });
};
