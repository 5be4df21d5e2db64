import type { Json, Usage } from "../../src/index.ts";
import { fromJson, toJson } from "./ai-sdk-json.ts";
import { type FinishReason, type GenerateResult, type Metadata, type Part, reasonOf } from "./ai-sdk-model.ts";

/** What is stored of an answer: how it streamed, or what was generated. Each is replayed as either. */
export interface ModelRecord {
  /** The specification of the model that gave it. */
  spec: string;
  modelId: string;
  /** A stream's parts; of deltas that follow one another only the texts. */
  parts?: Json;
  /** What was generated instead. */
  content?: Json;
  /** All but the contents. */
  end: Json;
}

/** All of a result but its contents, as it ended. */
export interface End {
  finishReason: FinishReason;
  usage: unknown;
  providerMetadata?: Metadata | undefined;
  warnings?: unknown;
  structuredOutputText?: unknown;
}

/** What of a stream is of the moment, or of its making. */
const PASSING = ["stream-start", "response-metadata", "finish", "ping", "raw"];

export function recordOfResult(spec: string, modelId: string, result: GenerateResult): ModelRecord {
  const { content, finishReason, usage, providerMetadata, warnings, structuredOutputText } = result;
  const end: End = { finishReason, usage, providerMetadata, warnings, structuredOutputText };
  return { spec, modelId: result.response?.modelId ?? modelId, content: toJson(content), end: toJson(end) };
}

/** Undefined for a stream that did not end. */
export function recordOfParts(spec: string, modelId: string, parts: readonly Part[]): ModelRecord | undefined {
  const finish = parts.find(({ type }) => type === "finish");
  if (finish === undefined || parts.some(({ type }) => type === "error")) return undefined;
  const { finishReason, usage, providerMetadata } = finish as unknown as End;
  const start = parts.find(({ type }) => type === "stream-start");
  const told = parts.find(({ type, modelId }) => type === "response-metadata" && modelId !== undefined);
  const end: End = { finishReason, usage, providerMetadata, warnings: start?.warnings };
  return {
    spec,
    modelId: (told?.modelId as string | undefined) ?? modelId,
    parts: toJson(folded(parts.filter(({ type }) => !PASSING.includes(type)))),
    end: toJson(end),
  };
}

export function endOf(record: ModelRecord, spec: string): End {
  const end = fromJson(record.end) as End;
  if (record.spec === spec) return end;
  return { ...end, finishReason: reasonFor(spec, end.finishReason), usage: usageFor(spec, end.usage) };
}

/** The parts between start and finish, for models of a specification. */
export function partsOf({ spec, parts, content }: ModelRecord, wanted: string): Part[] {
  const all = parts === undefined ? streamed(fromJson(content!) as Part[]) : unfolded(fromJson(parts) as Part[]);
  return spec === wanted ? all : all.map((part) => fileFor(wanted, part));
}

export function contentOf({ spec, parts, content }: ModelRecord, wanted: string = spec): Part[] {
  const all = content === undefined ? gathered(unfolded(fromJson(parts!) as Part[])) : (fromJson(content) as Part[]);
  return spec === wanted ? all : all.map((part) => fileFor(wanted, part));
}

/** Whether it calls tools: what they did is not done again by an answer to another question. */
export function callsTools({ parts, content, end }: ModelRecord): boolean {
  const items = (parts ?? content) as { type?: unknown }[];
  return (
    reasonOf((end as unknown as End).finishReason) === "tool-calls" ||
    items.some(({ type }) => type === "tool-call" || type === "tool-result" || type === "tool-approval-request")
  );
}

/** The text of an answer. */
export function textOf(record: ModelRecord): string {
  return contentOf(record)
    .filter(({ type }) => type === "text")
    .map(({ text }) => text)
    .join("");
}

/** Undefined: it did not end, and did not tell. */
export function usageOf({ modelId, end }: ModelRecord): Usage | undefined {
  if (modelId === "") return undefined;
  const { inputTokens, outputTokens } = ((end as unknown as End).usage ?? {}) as Record<string, unknown>;
  return { model: modelId, inputTokens: totalOf(inputTokens), outputTokens: totalOf(outputTokens) };
}

/** Of tokens as v2 tells them, or as later ones do. */
function totalOf(tokens: unknown): number | undefined {
  return typeof tokens === "object" && tokens !== null
    ? (tokens as { total?: number }).total
    : (tokens as number | undefined);
}

function reasonFor(spec: string, reason: FinishReason): FinishReason {
  if (spec === "v2") return typeof reason === "object" ? reason.unified : reason;
  return typeof reason === "object" ? reason : { unified: reason === "unknown" ? "other" : reason, raw: undefined };
}

/** v4 tells what its data are. */
function fileFor(spec: string, part: Part): Part {
  if (part.type !== "file") return part;
  const { data } = part;
  const isTold = typeof data === "object" && data !== null && !(data instanceof Uint8Array);
  if (spec === "v4") return isTold ? part : { ...part, data: { type: "data", data } };
  return isTold ? { ...part, data: (data as Record<string, unknown>)[(data as Part).type] } : part;
}

type Numbers = Record<string, number | undefined>;

function usageFor(spec: string, usage: unknown): unknown {
  const { inputTokens, outputTokens, ...others } = (usage ?? {}) as Record<string, unknown>;
  if (spec === "v2") {
    if (typeof inputTokens !== "object") return usage;
    const [input, output] = [inputTokens, outputTokens] as Numbers[];
    const totalTokens = (input?.total ?? 0) + (output?.total ?? 0);
    return {
      inputTokens: input?.total,
      outputTokens: output?.total,
      totalTokens,
      reasoningTokens: output?.reasoning,
      cachedInputTokens: input?.cacheRead,
    };
  }
  if (typeof inputTokens === "object") return usage;
  const { reasoningTokens: reasoning, cachedInputTokens: cacheRead } = others as Numbers;
  return {
    inputTokens: { total: inputTokens, noCache: undefined, cacheRead, cacheWrite: undefined },
    outputTokens: { total: outputTokens, text: undefined, reasoning },
  };
}

/** Deltas of one thing that follow one another are one part with many texts. */
function folded(parts: readonly Part[]): Part[] {
  const fewer: Part[] = [];
  for (const part of parts) {
    const last = fewer.at(-1);
    const { type, id, delta } = part;
    const isPlain = typeof delta === "string" && Object.keys(part).length === 3;
    if (isPlain && last?.type === type && last.id === id && Array.isArray(last.deltas)) last.deltas.push(delta);
    else fewer.push(isPlain ? { type, id, deltas: [delta] } : part);
  }
  return fewer;
}

function unfolded(parts: readonly Part[]): Part[] {
  return parts.flatMap(({ deltas, ...part }) =>
    deltas === undefined ? [part] : (deltas as string[]).map((delta) => ({ ...part, delta })),
  );
}

/** How contents would have streamed. */
function streamed(content: readonly Part[]): Part[] {
  return content.flatMap((item, i): Part[] => {
    const { type, text, ...others } = item;
    const id = `${i}`;
    if (type === "text" || type === "reasoning") {
      return [
        { type: `${type}-start`, id },
        { type: `${type}-delta`, id, delta: text },
        { ...others, type: `${type}-end`, id },
      ];
    }
    if (type !== "tool-call") return [item];
    const { toolCallId, toolName, input, providerExecuted, dynamic } = item;
    const told = Object.entries({ providerExecuted, dynamic }).filter(([, value]) => value !== undefined);
    return [
      { type: "tool-input-start", id: toolCallId, toolName, ...Object.fromEntries(told) },
      { type: "tool-input-delta", id: toolCallId, delta: input },
      { type: "tool-input-end", id: toolCallId },
      item,
    ];
  });
}

/** What streamed as contents, each where it began. */
function gathered(parts: readonly Part[]): Part[] {
  const content: Part[] = [];
  const open = new Map<unknown, Part>();
  for (const part of parts) {
    const [, kind, step] = /^(text|reasoning|tool-input)-(start|delta|end)$/.exec(part.type) ?? [];
    if (kind === undefined) content.push(part);
    if (kind !== "text" && kind !== "reasoning") continue;
    const name = `${kind} ${part.id}`;
    const { type: _, id: __, delta = "", ...others } = part;
    if (step === "start" || !open.has(name)) {
      const item: Part = { type: kind, text: "" };
      content.push(item);
      open.set(name, item);
    }
    const item = open.get(name)!;
    // What is told last of it holds.
    Object.assign(item, others, { text: `${item.text}${delta}` });
    if (step === "end") open.delete(name);
  }
  return content;
}
