import { cacheMiddleware } from "../../adapters/llm/ai-sdk.ts";
import { langchainCache } from "../../adapters/llm/langchain.ts";
import { cachedFetch } from "../../adapters/llm/openai.ts";
import { SemanticCache } from "../../src/index.ts";
import {
  type AiSdk,
  answering,
  type LanguageModel,
  type Params,
  type Part,
  partsOf,
  sdk,
} from "../llm/ai-sdk-models.ts";
import { installed } from "../stage.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { recipe } from "./llm-recipe.ts";

/** A way to ask a model through some cache, as an application would. */
export interface Seam {
  ask(question: string): Promise<unknown>;
  /** The answer chunk by chunk, where it has that. */
  stream?(question: string): Promise<unknown>;
  /** How often the model was asked. */
  asked(): number;
  /** What the seam's own cache takes for the same, where it is ours. */
  cache?: SemanticCache;
  close?(): Promise<void>;
}

/** A model's answer comes so much later: long enough that all calls at once are under way together. */
interface Upstream {
  ms: number;
  chunks: number;
}

const TEXT = "Follow the link below the form, then choose a new one. ";

type MakeSeam = (upstream: Upstream) => Promise<Seam>;

/** Ours first, then what people use instead. */
export const SEAMS: Record<string, MakeSeam> = {
  "cache.wrap": async (upstream) => {
    const cache = await SemanticCache.open({ embedder: WORDS });
    const model = counted(upstream);
    return { cache, asked: model.asked, ask: (question) => cache.wrap(question, model.answer) };
  },
  "cache.stream": async (upstream) => {
    const cache = await SemanticCache.open<unknown>({ embedder: WORDS });
    const model = counted(upstream);
    const stream = async (question: string): Promise<void> => {
      // As objects, so that a replay has as many chunks as the answer had.
      for await (const _ of cache.stream<object>(question, model.chunks));
    };
    return { cache: cache as SemanticCache, asked: model.asked, ask: stream, stream };
  },
  "mneme/ai-sdk": (upstream) =>
    throughAiSdk(upstream, async () => {
      const cache = await SemanticCache.open({ embedder: WORDS });
      return { middleware: cacheMiddleware(cache), cache };
    }),
  "mneme/openai": async (upstream) => {
    const cache = await SemanticCache.open({ embedder: WORDS });
    const model = counted(upstream);
    const fetch = cachedFetch(cache, { fetch: (_, init) => completion(init, upstream, model.answer) });
    const ask = async (content: string, stream: boolean): Promise<string> => {
      const body = JSON.stringify({ model: "m", messages: [{ role: "user", content }], stream });
      return (
        await fetch("https://model.test/v1/chat/completions", { method: "POST", body, headers: JSON_HEADERS })
      ).text();
    };
    return {
      cache,
      asked: model.asked,
      ask: (question) => ask(question, false),
      stream: (question) => ask(question, true),
    };
  },
  "mneme/langchain": async (upstream) => {
    const cache = await SemanticCache.open({ embedder: WORDS });
    const model = counted(upstream);
    const messages = (): Promise<never> => installed("@langchain/core/messages");
    const chat = await chatModel(model.answer, langchainCache(cache, { messages }));
    return { cache, asked: model.asked, ask: (question) => chat.invoke(question) };
  },
  "the usual recipe": (upstream) => throughAiSdk(upstream, async () => ({ middleware: recipe() })),
  "@upstash/semantic-cache": async (upstream) => {
    const { SemanticCache: Peer } = await installed<{ SemanticCache: new (options: object) => Upstash }>(
      "@upstash/semantic-cache",
    );
    const peer = new Peer({ index: vectorIndex(), minProximity: 0.85 });
    const model = counted(upstream);
    const ask = async (question: string): Promise<string> => {
      const known = await peer.get(question);
      if (known !== undefined) return known;
      const answer = await model.answer();
      await peer.set(question, answer);
      return answer;
    };
    return { asked: model.asked, ask };
  },
  "LangChain's InMemoryCache": async (upstream) => {
    const model = counted(upstream);
    const cache = new (await langchain()).InMemoryCache();
    const chat = await chatModel(model.answer, cache);
    return { asked: model.asked, ask: (question) => chat.invoke(question) };
  },
  "llm-semantic-cache": async (upstream) => {
    const { createCache } = await installed<LlmSemanticCache>("llm-semantic-cache");
    const embedFn = async (text: string): Promise<number[]> => [...WORDS.embed([text])[0]!];
    const peer = await createCache({ embedFn, threshold: 0.85 });
    const model = counted(upstream);
    const create = async (): Promise<object> => ({ choices: [{ message: { content: await model.answer() } }] });
    const client = peer.wrap({ chat: { completions: { create } } }) as Client;
    const ask = (content: string): Promise<object> =>
      client.chat.completions.create({ model: "m", messages: [{ role: "user", content }] });
    return { asked: model.asked, ask };
  },
};

interface Upstash {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}
interface LlmSemanticCache {
  createCache(options: object): Promise<{ wrap(client: object): object }>;
}
interface Client {
  chat: { completions: { create(params: object): Promise<object> } };
}
interface Chat {
  invoke(question: string): Promise<unknown>;
}
interface LangChain {
  InMemoryCache: new () => object;
  BaseChatModel: new (options: object) => { invoke(question: string): Promise<unknown> };
  AIMessage: new (text: string) => object;
}

/** A model that answers after a while. */
function counted({ ms, chunks }: Upstream): {
  answer(): Promise<string>;
  chunks(): AsyncGenerator<object, void>;
  asked(): number;
} {
  let asked = 0;
  return {
    async answer() {
      asked++;
      await later(ms);
      return TEXT;
    },
    async *chunks() {
      asked++;
      await later(ms);
      for (let i = 0; i < chunks; i++) yield { delta: "word " };
    },
    asked: () => asked,
  };
}

const JSON_HEADERS = { "content-type": "application/json" };

/** As a server of Chat Completions answers. */
async function completion(
  init: RequestInit | undefined,
  { chunks }: Upstream,
  answer: () => Promise<string>,
): Promise<Response> {
  const text = await answer();
  const about = { id: "c", created: 1, model: "m" };
  const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
  if (!JSON.parse(String(init?.body)).stream) {
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
    return Response.json({ ...about, object: "chat.completion", choices, usage });
  }
  const chunk = (delta: object, finish_reason: string | null = null): string => {
    const choices = [{ index: 0, delta, finish_reason }];
    return `data: ${JSON.stringify({ ...about, object: "chat.completion.chunk", choices })}\n\n`;
  };
  const deltas = Array.from({ length: chunks }, () => chunk({ content: "word " }));
  const events = [chunk({ role: "assistant", content: "" }), ...deltas, chunk({}, "stop"), "data: [DONE]\n\n"];
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
}

async function throughAiSdk(
  { ms, chunks }: Upstream,
  made: () => Promise<{ middleware: unknown; cache?: SemanticCache }>,
): Promise<Seam> {
  const { wrapLanguageModel }: AiSdk = await sdk("ai7");
  const { middleware, cache } = await made();
  const answer = async (): Promise<{ content: Part[]; step: number }> => {
    await later(ms);
    return { content: [{ type: "text", text: "word ".repeat(chunks) }], step: "word ".length };
  };
  const model = answering("v4", answer);
  const wrapped: LanguageModel = wrapLanguageModel({ model, middleware });
  const params = (text: string): Params => ({ prompt: [{ role: "user", content: [{ type: "text", text }] }] });
  return {
    ...(cache && { cache }),
    asked: () => model.calls.length,
    ask: (question) => wrapped.doGenerate(params(question)),
    stream: async (question) => partsOf((await wrapped.doStream(params(question))).stream),
  };
}

async function langchain(): Promise<LangChain> {
  const [caches, models, messages] = await Promise.all([
    installed<Pick<LangChain, "InMemoryCache">>("@langchain/core/caches"),
    installed<Pick<LangChain, "BaseChatModel">>("@langchain/core/language_models/chat_models"),
    installed<Pick<LangChain, "AIMessage">>("@langchain/core/messages"),
  ]);
  return { ...caches, ...models, ...messages };
}

async function chatModel(answer: () => Promise<string>, cache: object): Promise<Chat> {
  const { BaseChatModel, AIMessage } = await langchain();
  class Model extends BaseChatModel {
    _llmType(): string {
      return "bench";
    }
    async _generate(): Promise<object> {
      const text = await answer();
      return { generations: [{ text, message: new AIMessage(text) }] };
    }
  }
  return new Model({ cache });
}

/** As its service: texts in, the nearest out. */
function vectorIndex(): object {
  const rows: { vector: Float32Array; metadata: object }[] = [];
  const embed = (text: string): Float32Array => WORDS.embed([text])[0]!;
  return {
    async query({ data }: { data: string }): Promise<object[]> {
      await later(0);
      const asked = embed(data);
      const scored = rows.map(({ vector, metadata }) => ({ score: cosine(vector, asked), metadata }));
      return scored.sort((a, b) => b.score - a.score).slice(0, 1);
    },
    async upsert({ data, metadata }: { data: string; metadata: object }): Promise<void> {
      await later(0);
      rows.push({ vector: embed(data), metadata });
    },
  };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / (Math.hypot(...a) * Math.hypot(...b));
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
