// What is used of the AI SDK, for models of its versions 5, 6 and 7 (specifications v2, v3 and v4) alike.

/** One of a result's contents, or of a stream's parts. */
export interface Part {
  type: string;
  [field: string]: unknown;
}

export interface Message {
  role: string;
  content: string | readonly Part[];
  [field: string]: unknown;
}

export interface CallOptions {
  prompt: readonly Message[];
  responseFormat?: { type: string; schema?: unknown };
  includeRawChunks?: unknown;
  abortSignal?: AbortSignal | undefined;
  headers?: unknown;
  [field: string]: unknown;
}

export interface Model {
  specificationVersion?: string;
  provider: string;
  modelId: string;
  doGenerate(params: CallOptions): PromiseLike<GenerateResult>;
  doStream(params: CallOptions): PromiseLike<StreamResult>;
}

export type Metadata = Record<string, Record<string, unknown>>;

/** v2: a text. */
export type FinishReason = string | { unified: string; raw?: unknown };

export interface GenerateResult {
  content: Part[];
  finishReason: FinishReason;
  usage: unknown;
  providerMetadata?: Metadata;
  warnings?: unknown;
  structuredOutputText?: unknown;
  response?: { id?: string; timestamp?: Date; modelId?: string; [field: string]: unknown };
  request?: unknown;
}

export interface StreamResult {
  stream: ReadableStream<Part>;
  request?: unknown;
  response?: unknown;
}

/** What a middleware is told. */
export interface Wrapping {
  params: CallOptions;
  model: Model;
}

export function reasonOf(reason: FinishReason | undefined): string | undefined {
  return typeof reason === "object" ? reason.unified : reason;
}
