// The main job: a cache in front of a model. Run it after `npm run build`: node dist/examples/wrap-a-model.js
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";

/** Stands for your call of a model: slow, and paid for each time. */
async function callModel(question: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  return `The model's answer to “${question}”`;
}

await using cache = await SemanticCache.open({
  embedder: energeticEmbedder(),
  defaultTtl: "1d",
  onEvent: (event) => console.log(`  ${event.type}`),
});

for (const question of ["Where is my order?", "Can you tell me where my order is?", "Can I get a refund?"]) {
  const { response, hit } = await cache.wrap(question, (signal) => callModel(question, signal));
  console.log(`${question} → ${response} (${hit?.layer ?? "asked"})`);
}
