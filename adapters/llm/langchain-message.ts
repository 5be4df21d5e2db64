/** A message of @langchain/core, by its shape. */
export interface ChatMessage {
  readonly content: unknown;
  readonly tool_calls?: readonly unknown[];
  readonly invalid_tool_calls?: readonly unknown[];
  readonly additional_kwargs?: Fields;
  readonly response_metadata?: Fields;
  readonly usage_metadata?: Fields | undefined;
}

export type Fields = { readonly [name: string]: unknown };

/** A message as it is stored: its class, and all it holds. */
export interface StoredMessage {
  name: string;
  type: string;
  fields: ChatMessage;
}

/** What is used of "@langchain/core/messages": its classes by name. */
export type Messages = { readonly [name: string]: unknown };

type MessageClass = new (fields: object) => object;

/** Of classes that are not LangChain's own. */
const PLAIN: Record<string, string> = { ai: "AIMessage", human: "HumanMessage", system: "SystemMessage" };

export function storedMessage(message: object): StoredMessage {
  const { lc_name } = message.constructor as { lc_name?: () => string };
  const own = Object.entries(message).filter(([name]) => name !== "type" && !name.startsWith("lc_"));
  return {
    name: lc_name?.call(message.constructor) ?? "",
    type: (message as { type?: string }).type ?? "ai",
    fields: Object.fromEntries(own) as unknown as ChatMessage,
  };
}

/** An instance of LangChain's, as the model's own was: what its constructor changes, or derives anew, is as it was stored. */
export function revivedMessage({ name, type, fields }: StoredMessage, messages: Messages): object {
  const Message = (messages[name] ?? messages[PLAIN[type] ?? ""]) as MessageClass | undefined;
  if (typeof Message !== "function") throw new TypeError(`"@langchain/core/messages" has no ${name}.`);
  return Object.assign(new Message(structuredClone(fields)), fields);
}
