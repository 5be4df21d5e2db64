// An edge function of Vercel before a model. Answers are in Postgres, over HTTP, which also finds the nearest (pgvector):
// the function holds no index, so that it opens with a few requests, however many answers there are.
import { neon } from "@neondatabase/serverless";
import { type Embedder, SemanticCache } from "mneme";
import { postgresStore } from "mneme/postgres";

// In the project's environment: DATABASE_URL, OPENAI_API_KEY, and OPENAI_BASE_URL for another service of that protocol.

export const config = { runtime: "edge" };

const embedder: Embedder = {
  fingerprint: "openai:text-embedding-3-small:dim512",
  dimensions: 512,
  async embed(input, options) {
    const asked = { model: "text-embedding-3-small", dimensions: 512, input };
    const { data } = (await ask("embeddings", asked, options?.signal)) as { data: { embedding: number[] }[] };
    return data.map(({ embedding }) => Float32Array.from(embedding));
  },
};

let opening: Promise<SemanticCache> | undefined;

export default async function answer(request: Request): Promise<Response> {
  const question = new URL(request.url).searchParams.get("q");
  if (!question) return new Response("Ask a question: ?q=…", { status: 400 });
  opening ??= openCache();
  const cache = await opening.catch(() => undefined);
  if (cache === undefined) return Response.json({ answer: await callModel(question), layer: "model" });
  const { response, hit } = await cache.wrap(question, (signal) => callModel(question, signal), { ttl: "7d" });
  return Response.json({ answer: response, layer: hit?.layer ?? "model" });
}

async function openCache(): Promise<SemanticCache> {
  try {
    const store = postgresStore({ client: neon(process.env.DATABASE_URL!), vectors: "pgvector" });
    return await SemanticCache.open({ embedder, store, index: "store", deadline: 1000 });
  } catch (error) {
    opening = undefined; // the next request tries again; this one asks the model
    throw error;
  }
}

async function callModel(question: string, signal?: AbortSignal): Promise<string> {
  const asked = { model: "gpt-5-mini", messages: [{ role: "user", content: question }] };
  const answer = (await ask("chat/completions", asked, signal)) as { choices: [{ message: { content: string } }] };
  return answer.choices[0].message.content;
}

async function ask(path: string, body: object, signal?: AbortSignal): Promise<unknown> {
  const { OPENAI_BASE_URL: base = "https://api.openai.com/v1", OPENAI_API_KEY: key } = process.env;
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };
  const init = { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null };
  const answer = await fetch(`${base}/${path}`, init);
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.json();
}
