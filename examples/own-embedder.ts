// An embedder is an object with three members; this one calls an HTTP service that speaks OpenAI's protocol.
// Run it after `npm run build`: OPENAI_API_KEY=… node dist/examples/own-embedder.js
import { type Embedder, SemanticCache } from "mneme";

const MODEL = "text-embedding-3-small";
const DIMENSIONS = 512;

const embedder: Embedder = {
  // Whatever changes the vectors belongs into the fingerprint: a store refuses vectors of another.
  fingerprint: `openai:${MODEL}:dim${DIMENSIONS}`,
  dimensions: DIMENSIONS,
  async embed(texts, options) {
    const answer = await fetch(`${process.env.OPENAI_BASE_URL ?? "https://api.openai.com/v1"}/embeddings`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
      body: JSON.stringify({ model: MODEL, dimensions: DIMENSIONS, input: texts }),
      signal: options?.signal ?? null,
    });
    if (!answer.ok) throw new Error(`the embedding service answered ${answer.status}`);
    const { data } = (await answer.json()) as { data: { embedding: number[] }[] };
    return data.map(({ embedding }) => Float32Array.from(embedding));
  },
};

await using cache = await SemanticCache.open({ embedder });
await cache.put("What is the capital of France?", "Paris.");
console.log((await cache.get("what is the capital of  FRANCE?"))?.layer);
