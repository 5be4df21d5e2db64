import type { CallOptions, Message, Model, Part } from "./ai-sdk-model.ts";

/** What is asked of the cache for a call of a model. */
export interface Call {
  /** What the user asks: it is embedded. */
  query: string;
  /** All else that the answer depends on. */
  scope: unknown;
  /** Whether another question that means the same may be answered by its answer. */
  semantic: boolean;
}

/** Fields that name something by an id made up for the occasion: in another conversation it has another one. */
const IDS = ["toolCallId", "approvalId"];

/** What some versions of the SDK say and others leave out. */
function isDefault([name, value]: [string, unknown]): boolean {
  const { type } = (value ?? {}) as { type?: unknown };
  return (
    (name === "toolChoice" && type === "auto") ||
    (name === "responseFormat" && type === "text") ||
    (name === "reasoning" && value === "provider-default")
  );
}

/**
 * A call of a model, taken apart. What the user asks last is the question; a turn that goes on after a tool has answered, or
 * that has nothing to embed, is asked for exactly as it is.
 */
export function callOf(params: CallOptions, model: Model, more: unknown): Call {
  const { prompt, includeRawChunks: _, abortSignal: __, headers: ___, ...settings } = params;
  const last = prompt.at(-1);
  const query = last?.role === "user" ? textOf(last) : "";
  const semantic = query.trim() !== "";
  // Before the question; and of it all that is no text. Without a question to embed, and so without normalising it: all of it.
  const messages = semantic ? prompt.slice(0, -1) : prompt;
  // Under the first of these names the cache knows that something was said before, and "and why?" means more than it says.
  const wasSaid = messages.some(({ role }) => role !== "system");
  const scope = {
    provider: model.provider,
    modelId: model.modelId,
    ...Object.fromEntries(Object.entries(settings).filter((setting) => !isDefault(setting))),
    ...(more !== undefined && { scope: more }),
    [wasSaid ? "messages" : "instructions"]: withoutIds(messages),
    ...(semantic && { attached: attachedTo(last!) }),
  };
  return { query, scope, semantic };
}

/** The scope of a call that only its very words may find: the cache does not tell texts apart by case and white space. */
export function exactly({ query, scope }: Call): Call {
  return { query, scope: { ...(scope as object), text: query }, semantic: false };
}

function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content
    .filter(({ type }) => type === "text")
    .map(({ text }) => text)
    .join("\n");
}

function attachedTo({ role: _, content, ...others }: Message): unknown {
  const parts = typeof content === "string" ? [] : content;
  return { ...others, parts: parts.map((part) => (part.type === "text" ? { ...part, text: undefined } : part)) };
}

/** The same with ids by the order in which they appear. */
function withoutIds(messages: readonly Message[]): unknown {
  const names = new Map<unknown, number>();
  const nameOf = (id: unknown): number => {
    if (!names.has(id)) names.set(id, names.size);
    return names.get(id)!;
  };
  const renamed = (part: Part): Part => {
    const own: Part = { ...part };
    for (const field of IDS) if (own[field] !== undefined) own[field] = nameOf(own[field]);
    return own;
  };
  return messages.map((message) =>
    typeof message.content === "string" ? message : { ...message, content: message.content.map(renamed) },
  );
}
