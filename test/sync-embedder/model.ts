// The real model, in a worker of a page: its files lie beside the page, and TensorFlow is told to fetch them.
import * as core from "@energetic-ai/core";
import { initModel } from "@energetic-ai/embeddings";
import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import type { Embedder } from "../../src/index.ts";

/** Its types are those of packages it does not bring along. */
const { env, loadGraphModel, ready, setWasmPaths } = core as unknown as {
  env(): { set(flag: string, value: boolean): void };
  ready(): Promise<void>;
  loadGraphModel(url: string): Promise<never>;
  setWasmPaths(folder: string): void;
};

export default async function model(): Promise<Embedder> {
  const beside = (name: string): string => new URL(name, import.meta.url).href;
  setWasmPaths(beside("./tensorflow/"));
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false); // threads of its own are not what is tested
  await ready();
  const source = async () => ({
    model: await loadGraphModel(beside("./model/model.json")),
    vocabulary: await (await fetch(beside("./model/vocab.json"))).json(),
  });
  return energeticEmbedder(await initModel(source));
}
