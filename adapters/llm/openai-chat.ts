import type { JsonObject } from "../../src/index.ts";
import { freshId, isObject, seconds } from "./openai-answer.ts";
import { dataOf, eventOf, piecesOf, type ServerEvent } from "./openai-events.ts";
import type { Protocol, Telling } from "./openai-protocol.ts";
import { questionOf } from "./openai-question.ts";

interface Message {
  content?: string | null;
  refusal?: string | null;
  tool_calls?: object[];
  function_call?: object;
}
interface Choice {
  index: number;
  message?: Message;
  delta?: Message;
  logprobs?: object | null;
  finish_reason?: string | null;
}
interface Completion {
  choices?: Choice[];
  usage?: object | null;
  object?: string;
}

const DONE = "[DONE]";
/** Texts that a stream repeats, and does not continue. */
const REPEATED = ["role", "id", "type", "name", "format"];

/** Chat Completions. */
export const chat: Protocol = {
  question(asked) {
    const speaks = "audio" in asked || (Array.isArray(asked.modalities) && asked.modalities.includes("audio"));
    // What is said aloud is kept upstream under a name that expires.
    return asked.store === true || speaks ? undefined : questionOf(asked, "messages");
  },

  judge(body) {
    const choices = (body as Completion).choices ?? [];
    const messages = choices.map(({ message }) => message);
    return {
      isWhole: choices.length > 0 && choices.every((one) => Boolean(one.finish_reason) && isObject(one.message)),
      isCut: choices.some(
        (one) =>
          one.finish_reason === "length" || one.finish_reason === "content_filter" || Boolean(one.message?.refusal),
      ),
      callsTools: messages.some((message) => message?.tool_calls?.length || message?.function_call),
      texts: messages.map((message) => message?.content ?? ""),
    };
  },

  fold(events) {
    if (!events.some(chat.isLast)) return undefined;
    const body: Record<string, unknown> = {};
    const choices: Choice[] = [];
    for (const event of events) {
      if (event.data === DONE) break;
      const chunk = dataOf<Completion & { error?: unknown }>(event);
      if (chunk === undefined || chunk.error) return undefined;
      const { choices: told = [], object: _, ...others } = chunk;
      for (const [key, value] of Object.entries(others)) if (value !== null || !(key in body)) body[key] = value;
      for (const one of told) fold(choices, one);
    }
    const { usage, obfuscation: _, ...head } = body;
    const kept = usage ? { usage } : {};
    return {
      ...head,
      object: "chat.completion",
      choices: choices.filter(Boolean).map(tidied),
      ...kept,
    } as unknown as JsonObject;
  },

  *unfold(body, { asked, inWords }: Telling) {
    const { choices = [], usage = null, ...head } = body as Completion;
    const isCounted = countsUsage(asked);
    const chunk = (choices: object[], more: object = isCounted ? { usage: null } : {}): ServerEvent =>
      eventOf({ ...head, object: "chat.completion.chunk", choices, ...more });
    for (const { index, message = {}, logprobs = null, finish_reason, ...others } of choices) {
      const { content = null, refusal, tool_calls, ...first } = message;
      const say = (delta: object, more: object = { logprobs: null, finish_reason: null }): ServerEvent =>
        chunk([{ index, delta, ...more }]);
      yield say({
        ...first,
        content: content === null ? null : "",
        ...(refusal === undefined ? {} : { refusal: null }),
      });
      // What is told of each token stands beside all of them.
      const pieces = (text: string): string[] => (logprobs === null ? piecesOf(text, inWords) : [text]);
      const beside = { logprobs, finish_reason: null };
      if (content !== null) for (const content of pieces(message.content ?? "")) yield say({ content }, beside);
      const ofRefusal = content === null ? beside : undefined;
      if (refusal) for (const piece of pieces(refusal)) yield say({ refusal: piece }, ofRefusal);
      for (const [index, call] of tool_calls?.entries() ?? []) yield say({ tool_calls: [{ index, ...call }] });
      yield say({}, { ...others, logprobs: content === null && !refusal ? logprobs : null, finish_reason });
    }
    if (isCounted && usage !== null) yield chunk([], { usage });
    yield eventOf(DONE);
  },

  isLast: ({ data }) => data === DONE,

  renew: (body) => ({ ...body, id: freshId(body.id), created: seconds() }),

  enrich(asked) {
    if (countsUsage(asked)) return undefined;
    const options = isObject(asked.stream_options) ? asked.stream_options : {};
    return { ...asked, stream_options: { ...options, include_usage: true } };
  },

  lighten(event, asked) {
    if (countsUsage(asked) || !event.data.includes('"usage"')) return event;
    const chunk = dataOf<Completion>(event);
    if (chunk?.usage === undefined) return event;
    const { usage, ...others } = chunk;
    if (usage !== null) return chunk.choices?.length === 0 ? undefined : event;
    return eventOf(others, event.event);
  },
};

function countsUsage({ stream_options: options }: JsonObject): boolean {
  return isObject(options) && options.include_usage === true;
}

function fold(choices: Choice[], { index, delta, logprobs, finish_reason, ...others }: Choice): void {
  const nothing = { role: "assistant", content: null, refusal: null };
  const choice: Choice = choices[index] ?? { index, message: nothing, logprobs: null, finish_reason: null };
  choices[index] = choice;
  extend(choice.message!, delta ?? {});
  if (logprobs) {
    const known = choice.logprobs ?? {};
    extend(known, logprobs);
    choice.logprobs = known;
  }
  if (finish_reason) choice.finish_reason = finish_reason;
  Object.assign(choice, others);
}

/** Goes on where an object stands: texts and lists are continued, and of a list's items those that say which they are. */
function extend(whole: object, more: object): void {
  const target = whole as Record<string, unknown>;
  for (const [key, value] of Object.entries(more)) {
    const before = Object.hasOwn(target, key) ? target[key] : undefined;
    if (value === null) {
      if (before === undefined) target[key] = null;
    } else if (typeof value === "string" && typeof before === "string" && !REPEATED.includes(key)) {
      target[key] = before + value;
    } else if (Array.isArray(value)) {
      const list = Array.isArray(before) ? before : [];
      for (const item of value) extendItem(list, item);
      target[key] = list;
    } else if (isObject(value)) {
      const inner = isObject(before) ? before : {};
      extend(inner, value);
      target[key] = inner;
    } else target[key] = value;
  }
}

function extendItem(list: unknown[], item: unknown): void {
  const index = isObject(item) ? item.index : undefined;
  const before = typeof index === "number" ? list.find((one) => isObject(one) && one.index === index) : undefined;
  if (before === undefined) list.push(structuredClone(item));
  else extend(before as object, item as object);
}

/** In a plain response the order of calls tells which they are. */
function tidied({ message, ...choice }: Choice): object {
  const calls = message?.tool_calls as { index?: number }[] | undefined;
  const sorted = calls?.sort((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ index: _, ...call }) => call);
  return { ...choice, message: { ...message, ...(sorted && { tool_calls: sorted }) } };
}
