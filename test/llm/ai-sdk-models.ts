import { installed } from "../stage.ts";

// Models of each version of the AI SDK, and what the tests use of the SDK itself.

export interface Part {
  type: string;
  [field: string]: unknown;
}

/** What a model answers: its contents, and how it ends. */
export interface Answer {
  content: Part[];
  finish?: string;
  providerMetadata?: Record<string, Record<string, unknown>>;
  /** Deltas have so many characters. */
  step?: number;
}

export interface Params {
  prompt: unknown[];
  [field: string]: unknown;
}

export interface LanguageModel {
  doGenerate(params: Params): Promise<Record<string, unknown> & { content: Part[] }>;
  doStream(params: Params): Promise<{ stream: ReadableStream<Part>; [field: string]: unknown }>;
  [field: string]: unknown;
}

export interface TestModel extends LanguageModel {
  calls: Params[];
}

/** What of the SDK the tests use, of any version. */
export interface AiSdk {
  wrapLanguageModel(options: { model: unknown; middleware: unknown }): LanguageModel;
  wrapEmbeddingModel?(options: { model: unknown; middleware: unknown }): never;
  // biome-ignore lint/suspicious/noExplicitAny: results differ from version to version
  generateText(options: object): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  streamText(options: object): any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  generateObject(options: object): Promise<any>;
  jsonSchema(schema: object): unknown;
  tool(options: object): unknown;
  embedMany(options: object): Promise<{ embeddings: number[][]; usage: { tokens: number } }>;
}

export const VERSIONS: Record<string, string> = { ai5: "v2", ai6: "v3", ai7: "v4" };

export async function sdk(name: string): Promise<AiSdk> {
  return installed<AiSdk>(name);
}

/** Usage as each specification tells it. */
export function usageIn(spec: string): object {
  if (spec === "v2") {
    return { inputTokens: 7, outputTokens: 5, totalTokens: 12, reasoningTokens: 2, cachedInputTokens: 3 };
  }
  return {
    inputTokens: { total: 7, noCache: 4, cacheRead: 3, cacheWrite: undefined },
    outputTokens: { total: 5, text: 3, reasoning: 2 },
  };
}

function finishIn(spec: string, reason: string): unknown {
  return spec === "v2" ? reason : { unified: reason, raw: reason };
}

/** What a model of a specification streams for an answer. */
export function streamOf(spec: string, { content, finish = "stop", providerMetadata, step = 3 }: Answer): Part[] {
  const parts = content.flatMap((item, i): Part[] => {
    const id = `p${i}`;
    if (item.type === "text" || item.type === "reasoning") {
      const { type, text, ...others } = item as Part & { text: string };
      const deltas: Part[] = [];
      for (let at = 0; at < text.length; at += step) {
        deltas.push({ type: `${type}-delta`, id, delta: text.slice(at, at + step) });
      }
      return [{ type: `${type}-start`, id }, ...deltas, { type: `${type}-end`, id, ...others }];
    }
    if (item.type !== "tool-call") return [item];
    const { toolCallId, toolName, input } = item;
    return [
      { type: "tool-input-start", id: toolCallId, toolName },
      { type: "tool-input-delta", id: toolCallId, delta: input },
      { type: "tool-input-end", id: toolCallId },
      item,
    ];
  });
  const end = {
    usage: usageIn(spec),
    finishReason: finishIn(spec, finish),
    ...(providerMetadata && { providerMetadata }),
  };
  return [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", id: "upstream-1", timestamp: new Date(0), modelId: "m-2026" },
    ...parts,
    { type: "finish", ...end },
  ];
}

/** A model that gives these answers in turn, the last one over and over. */
export function answering(spec: string, ...answers: (Answer | (() => Promise<Answer>))[]): TestModel {
  const calls: Params[] = [];
  const next = async (params: Params): Promise<Answer> => {
    const answer = answers[Math.min(calls.push(params), answers.length) - 1]!;
    await new Promise((resolve) => setTimeout(resolve));
    return typeof answer === "function" ? answer() : answer;
  };
  return {
    specificationVersion: spec,
    provider: "test",
    modelId: "m",
    supportedUrls: {},
    calls,
    async doGenerate(params) {
      const { content, finish = "stop", providerMetadata } = await next(params);
      return {
        content,
        finishReason: finishIn(spec, finish),
        usage: usageIn(spec),
        warnings: [],
        response: { id: "upstream-1", timestamp: new Date(0), modelId: "m-2026" },
        request: { body: {} },
        ...(providerMetadata && { providerMetadata }),
      };
    },
    async doStream(params) {
      return { stream: readable(streamOf(spec, await next(params))), request: { body: {} } };
    },
  };
}

/** Part by part, each in a turn of its own. A fault at some index: an error, an error part, or an end. */
export function readable(
  parts: readonly Part[],
  fault?: { at: number; kind: "throws" | "error part" | "ends" },
): ReadableStream<Part> {
  let i = 0;
  return new ReadableStream<Part>(
    {
      async pull(controller) {
        if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
        if (i === fault?.at) {
          if (fault.kind === "throws") return controller.error(new Error("the model broke"));
          if (fault.kind === "ends") return controller.close();
          controller.enqueue({ type: "error", error: new Error("the model broke") });
        }
        if (i === parts.length) controller.close();
        else controller.enqueue(parts[i++]!);
      },
    },
    { highWaterMark: 0 },
  );
}

export async function partsOf(stream: ReadableStream<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
  }
}

/** The same without what is of the moment, ids by their order. */
export function timeless<T>(value: T): T {
  const names = new Map<unknown, string>();
  const named = (id: unknown): string => {
    if (!names.has(id)) names.set(id, `id ${names.size}`);
    return names.get(id)!;
  };
  const walk = (item: unknown, within: string): unknown => {
    if (item instanceof Date) return "a date";
    if (item instanceof Uint8Array) return [...item];
    if (item instanceof URL) return item.href;
    if (Array.isArray(item)) return item.map((one) => walk(one, within));
    if (typeof item !== "object" || item === null) return item;
    const fields = Object.entries(item).filter(([key, field]) => field !== undefined && key !== "mneme");
    const own = fields.map(([key, field]): [string, unknown] => {
      if (key === "toolCallId" || (key === "id" && within !== "source")) return [key, named(field)];
      return [key, walk(field, (item as Part).type)];
    });
    return Object.fromEntries(own.filter(([key, field]) => !(key === "providerMetadata" && isEmpty(field))));
  };
  return walk(value, "") as T;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
