import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { runIn } from "../runtimes/processes.ts";
import { execute, ROOT, RUNTIMES, reportIn, SCRATCH, type Stage } from "../stage.ts";

const ENTRY = join(ROOT, "dist/test/llm/langchain-entry.js");

/** The adapters beside the LangChain they are for, in every kind of process; and recordings that go from one to another. */
export const langchainStage: Stage = {
  name: "llm, langchain",
  async run(tell) {
    for (const runtime of ["node 22", "deno", "bun"]) {
      const suites = runtime === "node 22" ? "deep" : "suites";
      tell(`llm, langchain, ${runtime}`, reportIn((await runIn(runtime, [ENTRY, suites])).stdout));
    }
    tell("llm, langchain, processes", await run({ recording: recordingTests, package: packageTests }));
  },
};

function recordingTests(test: (name: string, run: () => unknown) => void): void {
  test("one process records, others replay it without a model, and fail clearly for what it lacks", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-recording-"));
    try {
      const file = join(folder, "answers/langchain.json");
      const speak = async (runtime: string, mode: string): Promise<string[]> =>
        JSON.parse((await runIn(runtime, [ENTRY, mode, file])).stdout.trim()) as string[];
      const answers = await speak("node 22", "record");
      equal(answers, ["the answer to How are you?", "the answer to Is it \u0000 or 😀?"]);
      const text = await readFile(file, "utf8");
      const replays = await Promise.all(["node 20", "deno", "bun"].map((runtime) => speak(runtime, "replay")));
      for (const [first, second, third] of replays) {
        equal([first, second], answers as [string, string]);
        ok(third!.startsWith("unrecorded: ") && third!.includes(file) && third!.includes('"And you?"'), third!);
      }
      await speak("bun", "record");
      equal(await readFile(file, "utf8"), text, "the same answers are the same bytes, whoever records them");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function packageTests(test: (name: string, run: () => unknown) => void): void {
  test("installed beside LangChain, the package finds its classes itself, and only for a hit", async () => {
    const folder = join(SCRATCH, "langchain");
    await rm(folder, { recursive: true, force: true });
    const inside = join(folder, "app/node_modules/mneme");
    await mkdir(join(inside, "dist"), { recursive: true });
    for (const part of ["package.json", "dist/src", "dist/adapters"]) {
      await cp(join(ROOT, part), join(inside, part), { recursive: true });
    }
    await symlink(join(RUNTIMES, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "app/package.json"), "{}\n"); // or this repository's name would be meant
    const program = join(folder, "app/main.mjs");
    await writeFile(program, PROGRAM);
    equal((await execute(process.execPath, [program])).stdout.trim(), "false true hello 1 value");
  });

  test("LangGraph's own types take the store and the cache for theirs", async () => {
    const program = join(SCRATCH, "langchain/app/types.mts");
    await writeFile(program, TYPES);
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const flags = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2022",
    ];
    await execute(process.execPath, [tsc, ...flags, program]);
  });

  for (const [name, lines] of Object.entries(EXAMPLES)) {
    test(`the example ${name}`, async () => {
      const copy = join(SCRATCH, "langchain/app", `${name}.mjs`);
      await cp(join(ROOT, `dist/examples/${name}.js`), copy);
      const { stdout } = await execute(process.execPath, [copy]);
      equal(stdout.trim().split("\n"), lines);
    });
  }
}

const RAIN = (city: string): string => `Expect rain in ${city}: take an umbrella.`;
const EXAMPLES = {
  langchain: ["Follow the link.", "Follow the link.", "{ callsSaved: 1 }"],
  langgraph: [RAIN("Basel"), RAIN("Basel"), RAIN("Bern"), "{ asked: 2 }"],
  "langgraph-memory": [
    "Tell me more.",
    "You said: I am allergic to peanuts.",
    "You said: I am allergic to peanuts.",
    "Tell me more.",
    "I am allergic to peanuts.",
  ],
};

const PROGRAM = `
import { openRecording } from "mneme/recording";
import { langchainCache } from "mneme/langchain";
import { langgraphCache } from "mneme/langgraph";
import { AIMessage } from "@langchain/core/messages";
const file = { read() {}, write() {} };
const entries = await openRecording({ mode: "auto", file });
const cache = langchainCache(entries);
const before = await cache.lookup("Human: q", "k");
await cache.update("Human: q", "k", [{ text: "hello", message: new AIMessage("hello") }]);
const [{ message }] = await cache.lookup("Human: q", "k");
const graph = langgraphCache(entries);
await graph.set([{ key: [["n"], "k"], value: new Map([["a", "value"]]) }]);
const [{ value }] = await graph.get([[["n"], "k"]]);
console.log(before !== null, message instanceof AIMessage, message.content, value.size, value.get("a"));
`;

const TYPES = `
import { Annotation, type BaseStore, END, type LangGraphRunnableConfig, START, StateGraph } from "@langchain/langgraph";
import { langgraphCache, langgraphStore } from "mneme/langgraph";
import { SemanticCache } from "mneme";
import { AgentMemory } from "mneme/memory";
const store: BaseStore = langgraphStore(await AgentMemory.open({ embedder: null }), { fields: ["text"], ttl: "7d" });
const cache = langgraphCache(await SemanticCache.open({ embedder: null as never }));
const State = Annotation.Root({ text: Annotation<string> });
const node = async ({ text }: { text: string }, config: LangGraphRunnableConfig) => {
  await config.store!.put(["a"], "k", { text });
  return { text: (await config.store!.search(["a"]))[0]!.value.text as string };
};
new StateGraph(State).addNode("n", node).addEdge(START, "n").addEdge("n", END).compile({ store, cache });
const own = langgraphStore(await AgentMemory.open({ embedder: null }));
const item = await own.get(["a"], "k");
const [found] = await own.search([], { query: "tea", filter: { n: { $gt: 1 } } });
const checked: [Date | undefined, number | undefined] = [item?.createdAt, found?.score];
// @ts-expect-error: a value is an object
own.put(["a"], "k", "text");
export { checked };
`;
