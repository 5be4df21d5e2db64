// A cache between an SDK and its model: give `fetch` to `new OpenAI({ fetch })`, `new Anthropic({ fetch })` or `createOpenAI({ fetch })`.
// Here it is called by hand, with OPENAI_BASE_URL and OPENAI_API_KEY. Run it after `npm run build`: node dist/examples/openai-fetch.js
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";
import { cachedFetch } from "mneme/openai";

await using cache = await SemanticCache.open({ embedder: energeticEmbedder(), defaultTtl: "1d" });
const fetch = cachedFetch(cache);

async function ask(question: string, stream: boolean): Promise<Response> {
  return fetch(`${process.env.OPENAI_BASE_URL ?? "https://api.openai.com/v1"}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: question }], stream }),
  });
}

for (const [question, stream] of [
  ["Where is my order?", false],
  ["Can you tell me where my order is?", true], // the same, asked for as a stream
  ["Can I get a refund?", false],
] as const) {
  const response = await ask(question, stream);
  const lines = (await response.text()).split("\n").length;
  console.log(
    `${question} ${response.headers.get("content-type")}, ${lines} lines (${response.headers.get("x-mneme")})`,
  );
}

const [{ callsSaved = 0, inputTokensSaved = 0, outputTokensSaved = 0 } = {}] = (await cache.stats()).savings;
console.log(`saved: ${callsSaved} call, ${inputTokensSaved} + ${outputTokensSaved} tokens`);
