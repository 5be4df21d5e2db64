// Answers that come word by word, recorded as they pass. Run it after `npm run build`: node dist/examples/stream-an-answer.js
import { setTimeout } from "node:timers/promises";
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";

let asked = 0;

/** Stands for your call of a model that streams. */
async function* streamModel(question: string): AsyncGenerator<string, void> {
  asked++;
  for (const word of `The model's answer to “${question}”`.match(/\S+\s*/g) ?? []) {
    await setTimeout(5);
    yield word;
  }
}

await using cache = await SemanticCache.open({ embedder: energeticEmbedder() });

async function answer(question: string): Promise<string> {
  const stream = cache.stream(question, () => streamModel(question));
  let text = "";
  for await (const chunk of stream) text += chunk;
  return `${text} (${(await stream.hit)?.layer ?? "new"})`;
}

// Two who ask the same at once read one stream; who asks in other words afterwards has it replayed.
const [first, second] = await Promise.all([answer("Where is my order?"), answer("Where is my order?")]);
console.log(first === second, asked);
console.log(await answer("Can you tell me where my order is?"), asked);
