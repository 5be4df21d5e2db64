// A Cloudflare Worker before a model. Its instances, wherever they are, share the answers: in Redis, over HTTP.
import { Redis } from "@upstash/redis/cloudflare";
import { SemanticCache } from "mneme";
import { redisStore } from "mneme/redis";

/** Secrets of the Worker. OPENAI_BASE_URL may be another service's that speaks the same protocol. */
type Env = Record<"UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN" | "OPENAI_API_KEY" | "OPENAI_BASE_URL", string>;

let opening: Promise<SemanticCache> | undefined;

export default {
  async fetch(request: Request, env: Env, context: { waitUntil(work: Promise<unknown>): void }): Promise<Response> {
    const question = new URL(request.url).searchParams.get("q");
    if (!question) return new Response("Ask a question: ?q=…", { status: 400 });
    opening ??= openCache(env).catch((error) => {
      opening = undefined; // the next request tries again; this one asks the model
      throw error;
    });
    context.waitUntil(opening.catch(console.error)); // others wait for it, too: it goes on when this client hangs up
    const cache = await opening.catch(() => undefined);
    const hit = await cache?.get(question);
    if (hit !== undefined) return Response.json({ answer: hit.response, layer: hit.layer });
    const answer = await callModel(env, question);
    if (cache !== undefined) context.waitUntil(keep(cache, question, answer).catch(console.error)); // nobody waits for it
    return Response.json({ answer, layer: "model" });
  },
};

async function keep(cache: SemanticCache, question: string, answer: string): Promise<void> {
  await cache.put(question, answer, { ttl: "7d" });
  await cache.flush(); // what was used since; and now and then the index, so that the next instance opens soon
}

async function openCache(env: Env): Promise<SemanticCache> {
  const store = redisStore({ client: Redis.fromEnv(env, { retry: false }) }); // the store tries again what it may
  const embed = async (input: readonly string[]): Promise<Float32Array[]> => {
    const asked = { model: "text-embedding-3-small", dimensions: 512, input };
    const { data } = (await ask(env, "embeddings", asked)) as { data: { embedding: number[] }[] };
    return data.map(({ embedding }) => Float32Array.from(embedding));
  };
  const embedder = { fingerprint: "openai:text-embedding-3-small:dim512", dimensions: 512, embed };
  return SemanticCache.open({ embedder, store, resident: "codes", mode: "stale-tolerant", deadline: 1000 });
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
