// Runs the suite of synchronous embedders in Node, Deno and Bun.
import { run } from "../harness.ts";
import { syncEmbedderTests } from "./sync-embedder.test.ts";

const words = new URL("./words.js", import.meta.url);
const model = { module: "mneme/embedders", export: "energeticEmbedder" };
console.log(
  JSON.stringify(await run({ "sync embedder": syncEmbedderTests({ words, model, process: true }) }, process.argv[2])),
);
