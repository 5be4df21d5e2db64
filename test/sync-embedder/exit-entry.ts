// A program that comes to its end with its embedder open. Nothing may keep it from ending.
import { toSyncEmbedder } from "../../adapters/embedders/sync.ts";

const embedder = toSyncEmbedder({ module: new URL("./words.js", import.meta.url) });
console.log(embedder.embed(["a"]).length);
