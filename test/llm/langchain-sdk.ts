import { installed } from "../stage.ts";

// What is used of LangChain, which is installed beside the runtimes.

export interface Message {
  content: unknown;
  id?: string;
  tool_calls?: object[];
  usage_metadata?: object | undefined;
  response_metadata: Record<string, unknown>;
  additional_kwargs: Record<string, unknown>;
  toDict(): object;
  concat?(other: Message): Message;
}

interface MessageClass {
  new (fields: object | string): Message;
  isInstance(value: unknown): boolean;
}

export interface Generation {
  text: string;
  message?: Message;
  generationInfo?: object;
}

export interface ChatModel {
  invoke(input: unknown, options?: object): Promise<Message>;
  batch(inputs: unknown[]): Promise<Message[]>;
  generate(prompts: unknown[][], options?: object): Promise<{ generations: Generation[][] }>;
  stream(input: unknown): Promise<AsyncIterable<Message>>;
}

export interface Core {
  messages: Record<string, unknown> & {
    HumanMessage: MessageClass;
    AIMessage: MessageClass;
    AIMessageChunk: MessageClass;
    ToolMessage: MessageClass;
    ChatMessage: MessageClass;
  };
  chat: { BaseChatModel: new (fields: object) => ChatModel };
  testing: {
    FakeListChatModel: new (fields: object) => ChatModel;
    FakeLLM: new (fields: object) => { invoke(input: string): Promise<string>; response?: string };
  };
  caches: { InMemoryCache: new () => object };
  outputs: { ChatGenerationChunk: new (fields: object) => Generation };
}

export async function loadCore(): Promise<Core> {
  const [messages, chat, testing, caches, outputs] = await Promise.all(
    ["messages", "language_models/chat_models", "utils/testing", "caches", "outputs"].map((part) =>
      installed<never>(`@langchain/core/${part}`),
    ),
  );
  return { messages, chat, testing, caches, outputs } as unknown as Core;
}

export interface GraphCache {
  serde: {
    dumpsTyped(data: unknown): Promise<[string, Uint8Array]>;
    loadsTyped(type: string, data: unknown): Promise<unknown>;
  };
  get(keys: [string[], string][]): Promise<{ key: [string[], string]; value: unknown }[]>;
  set(pairs: { key: [string[], string]; value: unknown; ttl?: number }[]): Promise<void>;
  clear(namespaces: string[][]): Promise<void>;
}

export function loadCheckpoint(): Promise<{
  InMemoryCache: new () => GraphCache;
  JsonPlusSerializer: new () => GraphCache["serde"];
}> {
  return installed("@langchain/langgraph-checkpoint");
}

/** What a scripted model answers to a call. */
export type Script = (messages: readonly Message[], call: number) => Generation[];

/** A chat model that counts what it is asked. */
export function scripted(core: Core, script: Script, fields: object = {}): ChatModel & { calls: number } {
  class Scripted extends core.chat.BaseChatModel {
    calls = 0;
    readonly #fields = fields;

    _llmType(): string {
      return "scripted";
    }

    _identifyingParams(): object {
      const { model = "scripted-1" } = this.#fields as { model?: string };
      return { model };
    }

    _combineLLMOutput(): object {
      return {};
    }

    async _generate(messages: Message[]): Promise<{ generations: Generation[] }> {
      return { generations: script(messages, this.calls++) };
    }
  }
  return new Scripted(fields);
}
