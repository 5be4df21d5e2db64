// Tests of what asks a model, without the model: answers are recorded once, and replayed from a file that is kept with the tests.
// Run it after `npm run build`: node dist/examples/record-and-replay.js
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SemanticCache } from "mneme";
import { openRecording } from "mneme/recording";

/** What is to be tested: it takes its cache from outside. */
async function greet(cache: SemanticCache, callModel: () => Promise<string>): Promise<string> {
  const { response } = await cache.wrap("How does one say hello in Basque?", callModel, { scope: { model: "m" } });
  return `${response}!`;
}

const folder = await mkdtemp(join(tmpdir(), "mneme-example-"));
const path = join(folder, "greet.json"); // in a project: test/recordings/greet.json

const recording = await openRecording({ path, mode: "record" });
await greet(recording, async () => "Kaixo"); // by hand, where there is a model
await recording.close();
console.log(JSON.parse(await readFile(path, "utf8")).entries[0].query);

await using replay = await openRecording({ path, mode: "replay" }); // in every run of the tests
const noModel = (): never => {
  throw new Error("There is no model here.");
};
console.log(await greet(replay, noModel));
await replay.wrap("How does one say goodbye?", noModel).catch(({ code }) => console.log(code));
await rm(folder, { recursive: true });
