// Runs the suite of synchronous embedders in Node, Deno and Bun.
import { toSyncEmbedder } from "../../adapters/embedders/sync.ts";
import { run } from "../harness.ts";
import { syncChannelTests } from "./sync-channel.test.ts";
import { syncEmbedderTests } from "./sync-embedder.test.ts";

const words = new URL("./words.js", import.meta.url);
const model = { module: "mneme/embedders", export: "energeticEmbedder" };
const suite = syncEmbedderTests({ open: toSyncEmbedder, words, model, process: true });
console.log(JSON.stringify(await run({ "sync channel": syncChannelTests, "sync embedder": suite }, process.argv[2])));
