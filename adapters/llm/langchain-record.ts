import type { Usage } from "../../src/index.ts";
import {
  type ChatMessage,
  type Fields,
  type Messages,
  revivedMessage,
  type StoredMessage,
  storedMessage,
} from "./langchain-message.ts";

/** What LangChain hands over and wants back: one of the answers to a prompt. */
export interface Generation {
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: as LangChain has it
  generationInfo?: Record<string, any>;
}

interface StoredGeneration {
  text: string;
  generationInfo?: Fields;
  message?: StoredMessage;
}

/** What is stored for a prompt. */
export interface GenerationsRecord {
  model: string;
  generations: StoredGeneration[];
}

/** How providers say that an answer is not whole: cut off, filtered, refused or failed. Each has words of its own. */
const CUT =
  /length|max_?tokens|limit|exceed|filter|safety|recitation|block|prohibit|spii|refus|guardrail|incomplete|pause|error|fail|malformed|cancel|abort|interrupt|insufficient/i;
const REASONS = ["finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "status"];

/** Undefined: there is nothing in it to store. */
export function recordOf(generations: readonly Generation[], llmKey: string): GenerationsRecord | undefined {
  const stored = generations.map((generation): StoredGeneration => {
    const { text, generationInfo } = generation;
    const message = "message" in generation ? storedMessage(generation.message as object) : undefined;
    return { text, ...(generationInfo && { generationInfo }), ...(message && { message }) };
  });
  if (stored.length === 0 || stored.some(isEmpty)) return undefined;
  return { model: modelOf(stored, llmKey), generations: stored };
}

/** New objects: LangChain changes what it is given. */
export function generationsOf({ generations }: GenerationsRecord, messages: Messages): Generation[] {
  return generations.map(({ message, ...generation }) => ({
    ...generation,
    ...(message && { message: revivedMessage(message, messages) }),
  }));
}

/** Whoever writes to the namespace may have put something else there. */
export function isRecord(value: unknown): value is GenerationsRecord {
  return Array.isArray((value as Partial<GenerationsRecord> | null)?.generations);
}

export function hasMessages({ generations }: GenerationsRecord): boolean {
  return generations.some(({ message }) => message !== undefined);
}

export function isWhole({ generations }: GenerationsRecord): boolean {
  return generations.every(({ generationInfo, message }) => {
    if (message?.fields.invalid_tool_calls?.length) return false; // their JSON has no end
    const told = [generationInfo, message?.fields.response_metadata];
    return !told.some((fields) => REASONS.some((name) => CUT.test(textIn(fields, name) ?? "")));
  });
}

export function callsTools({ generations }: GenerationsRecord): boolean {
  return generations.some(({ message }) => message !== undefined && hasCalls(message.fields));
}

export function usageOf({ model, generations }: GenerationsRecord): Usage {
  for (const { generationInfo, message } of generations) {
    const { usage_metadata: usage, response_metadata } = message?.fields ?? {};
    if (usage !== undefined) return usageIn(model, usage, "input_tokens", "output_tokens");
    const tokens = (response_metadata?.tokenUsage ?? generationInfo?.tokenUsage) as Fields | undefined;
    if (tokens !== undefined) return usageIn(model, tokens, "promptTokens", "completionTokens");
  }
  return { model };
}

function usageIn(model: string, told: Fields, input: string, output: string): Usage {
  return { model, inputTokens: told[input] as number | undefined, outputTokens: told[output] as number | undefined };
}

/** As the provider names it, else as the caller did. */
function modelOf([first]: readonly StoredGeneration[], llmKey: string): string {
  const told = first?.message?.fields.response_metadata;
  const asked = /(?:^|,)(?:model|modelName|model_name|modelId):"((?:[^"\\]|\\.)*)"/.exec(llmKey)?.[1];
  return textIn(told, "model_name") ?? textIn(told, "model") ?? asked ?? "unknown";
}

function textIn(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === "string" ? value : undefined;
}

function isEmpty({ text, message }: StoredGeneration): boolean {
  if (text !== "") return false;
  if (message === undefined) return true;
  const { content } = message.fields;
  return (content === "" || (Array.isArray(content) && content.length === 0)) && !hasCalls(message.fields);
}

function hasCalls({ tool_calls, additional_kwargs = {} }: ChatMessage): boolean {
  return Boolean(tool_calls?.length || additional_kwargs.tool_calls || additional_kwargs.function_call);
}
