// Runs the suite of synchronous embedders in Node, Deno and Bun.
import { toSyncEmbedder } from "../../adapters/embedders/sync.ts";
import { run } from "../harness.ts";
import { syncChannelTests } from "./sync-channel.test.ts";
import { syncEmbedderTests, syncModelTests } from "./sync-embedder.test.ts";

const words = new URL("./words.js", import.meta.url);
const model = { module: "mneme/embedders", export: "energeticEmbedder" };
const suites = {
  "sync channel": syncChannelTests,
  "sync embedder": syncEmbedderTests({ open: toSyncEmbedder, words, process: true }),
  "sync model": syncModelTests(toSyncEmbedder, model),
};
console.log(JSON.stringify(await run(suites, process.argv[2])));
