// Runs what needs LangChain in Node, Deno or Bun:
//   langchain-entry.ts deep|suites
//   langchain-entry.ts record|replay FILE
import { langchainCache } from "../../adapters/llm/langchain.ts";
import { openRecording, type RecordingMode } from "../../src/recording/recording.ts";
import { setDepth } from "../depth.ts";
import { run } from "../harness.ts";
import { langchainTests } from "./langchain.test.ts";
import { loadCheckpoint, loadCore, loadGraphs, scripted } from "./langchain-sdk.ts";
import { langgraphSdkTests } from "./langgraph.test.ts";
import { langgraphStoreTests } from "./langgraph-store.test.ts";

const [what, path] = process.argv.slice(2) as ["deep" | "suites" | "record" | "replay", string];
const core = await loadCore();
if (what === "deep" || what === "suites") {
  setDepth(what === "deep");
  const checkpoint = await loadCheckpoint();
  const report = await run({
    langchain: langchainTests(core),
    langgraph: langgraphSdkTests(core, checkpoint),
    "langgraph store": langgraphStoreTests(checkpoint, await loadGraphs()),
  });
  console.log(JSON.stringify(report));
} else {
  await useModel();
}

/** A program as its tests would run it: two questions, and in the replay a third that was never asked. */
async function useModel(): Promise<void> {
  const recording = await openRecording({ path, mode: what as RecordingMode });
  const cache = langchainCache(recording, { messages: async () => core.messages });
  const model = scripted(
    core,
    ([message]) => {
      if (what === "replay") throw new Error("there is no network");
      const content = `the answer to ${message!.content}`;
      return [{ text: content, message: new core.messages.AIMessage(content) }];
    },
    { cache },
  );
  const answers = [];
  for (const question of ["How are you?", "Is it \u0000 or 😀?", ...(what === "replay" ? ["And you?"] : [])]) {
    answers.push(
      await model.invoke(question).then(
        ({ content }) => content,
        (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
      ),
    );
  }
  await recording.close();
  console.log(JSON.stringify(answers));
}
