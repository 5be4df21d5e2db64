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

export interface Embeddings {
  embedQuery(text: string): Promise<number[]>;
  embedDocuments(texts: string[]): Promise<number[][]>;
}

interface OwnItem {
  namespace: string[];
  key: string;
}

/** LangGraph's store in memory, with what it does inside, so that tests can mend it. */
export interface OwnStore {
  batch(operations: readonly object[]): Promise<unknown[]>;
  data: Map<string, Map<string, OwnItem>>;
  vectors: Map<string, Map<string, unknown>>;
  getOperation(operation: OwnItem): OwnItem | null;
  putOperation(operation: OwnItem): void;
  extractTexts(operations: readonly OwnItem[]): object;
}

/** What the nodes of a graph are given as `config.store`. */
export interface NodeStore {
  get(namespace: string[], key: string): Promise<OwnItem & { value: object }>;
  search(prefix: string[], options?: object): Promise<(OwnItem & { value: object; score?: number })[]>;
  put(namespace: string[], key: string, value: object, index?: false | string[]): Promise<void>;
  delete(namespace: string[], key: string): Promise<void>;
  listNamespaces(options?: object): Promise<string[][]>;
}

type Node = (state: { text: string }, config: { store: NodeStore }) => Promise<{ text: string }>;

interface Builder {
  addNode(name: string, node: Node): Builder;
  addEdge(from: string, to: string): Builder;
  compile(options: { store: object }): { invoke(state: { text: string }): Promise<{ text: string }> };
}

export interface Graphs {
  START: string;
  END: string;
  Annotation: { (): unknown; Root(fields: { text: unknown }): object };
  StateGraph: new (state: object) => Builder;
}

export function loadGraphs(): Promise<Graphs> {
  return installed("@langchain/langgraph");
}

export function loadCheckpoint(): Promise<{
  InMemoryCache: new () => GraphCache;
  InMemoryStore: new (options: { index: { dims: number; embeddings: Embeddings; fields: string[] } }) => OwnStore;
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
