// A Cloudflare Worker before a model. Its instances, wherever they are, share the answers: in Redis, over HTTP.
import { Redis } from "@upstash/redis/cloudflare";
import { type Embedder, SemanticCache } from "mneme";
import { redisStore } from "mneme/redis";

interface Env {
  UPSTASH_REDIS_REST_URL: string;
  UPSTASH_REDIS_REST_TOKEN: string;
  OPENAI_API_KEY: string;
  OPENAI_BASE_URL: string; // or of another service of that protocol
}

let opening: Promise<SemanticCache> | undefined;

export default {
  async fetch(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }): Promise<Response> {
    const question = new URL(request.url).searchParams.get("q");
    if (!question) return new Response("Ask a question: ?q=…", { status: 400 });
    opening ??= openCache(env);
    context.waitUntil(opening.catch(() => {})); // others wait for it, too: it goes on when this client hangs up
    const cache = await opening.catch(() => undefined);
    const hit = await cache?.get(question);
    if (hit !== undefined) return Response.json({ answer: hit.response, layer: hit.layer });
    const answer = await callModel(env, question);
    if (cache) context.waitUntil(cache.put(question, answer, { ttl: "7d" }).catch(console.error)); // nobody waits for it
    return Response.json({ answer, layer: "model" });
  },
};

async function openCache(env: Env): Promise<SemanticCache> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  const client = new Redis({ url, token, retry: false }); // the store tries again what may be tried again
  const embedder: Embedder = {
    fingerprint: "openai:text-embedding-3-small:dim512",
    dimensions: 512,
    async embed(input) {
      const asked = { model: "text-embedding-3-small", dimensions: 512, input };
      const { data } = (await ask(env, "embeddings", asked)) as { data: { embedding: number[] }[] };
      return data.map(({ embedding }) => Float32Array.from(embedding));
    },
  };
  try {
    return await SemanticCache.open({
      embedder,
      store: redisStore({ client }),
      mode: "stale-tolerant",
      deadline: 1000,
    });
  } catch (error) {
    opening = undefined; // the next request tries again; this one asks the model
    throw error;
  }
}

async function callModel(env: Env, content: string): Promise<string> {
  const asked = { model: "gpt-5-mini", messages: [{ role: "user", content }] };
  const answer = (await ask(env, "chat/completions", asked)) as { choices: [{ message: { content: string } }] };
  return answer.choices[0].message.content;
}

async function ask(env: Env, path: string, body: object): Promise<unknown> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${env.OPENAI_API_KEY}` };
  const answer = await fetch(`${env.OPENAI_BASE_URL}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.json();
}
