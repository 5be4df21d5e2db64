// A function with a cache before it: its callers need not know. Run it after `npm run build`: node dist/examples/memoize.js
import { memoize, SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";

interface Answer {
  text: string;
  by: string;
}

await using cache = await SemanticCache.open<Answer>({ embedder: energeticEmbedder() });

/** Stands for your call of a model. Aborting one caller's signal ends it only when nobody else waits for it. */
async function ask(question: string, { model, signal }: { model: string; signal?: AbortSignal }): Promise<Answer> {
  signal?.throwIfAborted();
  console.log(`asked ${model}: ${question}`);
  return { text: `The answer to “${question}”`, by: model };
}

const answer = memoize(ask, { cache, namespace: "ask", ttl: "1d" });

// The first argument is the question, the others are what the answer depends on besides; signals are passed over.
await answer("How do I reset my password?", { model: "small" });
const { by } = await answer("I forgot my password, how can I reset it?", {
  model: "small",
  signal: AbortSignal.timeout(5000),
});
await answer("How do I reset my password?", { model: "large" });
console.log(by, (await cache.stats()).callsSaved);
