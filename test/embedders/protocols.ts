import { testEmbedder } from "../conformance/embedder.ts";

// What OpenAI, Ollama, Bedrock and Workers AI answer, as far as embedding goes. Their models are named by their dimensions: "words-16".

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** Vectors as each protocol has them; texts in them stand for what is no number. */
export type Row = (number | string | null)[];
/** What becomes of the right vectors. */
export type Change = (rows: Row[]) => Row[];

interface OpenAIRequest {
  model: string;
  input: string[];
  dimensions?: number;
  encoding_format?: string;
}
interface OllamaRequest {
  model: string;
  input: string[];
  dimensions?: number;
  truncate?: boolean;
}
interface BedrockRequest {
  inputText?: string;
  texts?: string[];
  dimensions?: number;
  output_dimension?: number;
  embedding_types?: string[];
  input_type?: string;
}

interface WorkersAiRequest {
  text: string[];
  pooling?: string;
}

/** Characters that the models here take. */
const LONGEST = 1000;

/** What every model here makes of a text. */
export function wordsOf(texts: readonly string[], dimensions: number): Float32Array[] {
  return testEmbedder({ dimensions }).embed(texts);
}

function rowsOf(texts: readonly string[], dimensions: number): Row[] {
  return wordsOf(texts, dimensions).map((vector) => [...vector]);
}

/** The model's own dimensions; undefined: there is no such model. */
function sizeOf(model: string): number | undefined {
  const known: Record<string, number> = {
    "text-embedding-3-small": 1536,
    "text-embedding-ada-002": 1536,
    "nomic-embed-text": 768,
  };
  return known[model] ?? (Number(/^words-(\d+)$/.exec(model)?.[1]) || undefined);
}

export function answerOpenAI(request: OpenAIRequest, change: Change, order: (data: object[]) => object[]): Answer {
  const { model, input, dimensions, encoding_format: format = "float" } = request;
  const refuse = (status: number, message: string): Answer => {
    return { status, body: { error: { message, type: "invalid_request_error", param: null, code: null } } };
  };
  const size = sizeOf(model);
  if (size === undefined) return refuse(404, `The model \`${model}\` does not exist or you do not have access to it.`);
  if (dimensions !== undefined && model === "text-embedding-ada-002")
    return refuse(400, "This model does not support specifying dimensions.");
  if (input.length > 2048) return refuse(400, "Invalid 'input': array too long.");
  if (input.some((text) => text === "")) return refuse(400, "'$.input' is invalid: input cannot be an empty string.");
  if (input.some((text) => text.length > LONGEST))
    return refuse(400, `This model's maximum context length is ${LONGEST} tokens, however you requested more.`);
  const data = change(rowsOf(input, dimensions ?? size)).map((row, index) => ({
    object: "embedding",
    index,
    embedding: format === "base64" ? base64(row) : row,
  }));
  const usage = { prompt_tokens: 1, total_tokens: 1 };
  return { status: 200, body: { object: "list", data: order(data), model, usage } };
}

function base64(row: Row): string {
  const numbers = Float32Array.from(row, (number) => (typeof number === "number" ? number : Number.NaN));
  return Buffer.from(numbers.buffer).toString("base64");
}

/** With fewer dimensions it cuts, and normalises anew. */
export function answerOllama({ model, input, dimensions, truncate = true }: OllamaRequest, change: Change): Answer {
  const size = sizeOf(model);
  if (size === undefined) return { status: 404, body: { error: `model "${model}" not found, try pulling it first` } };
  if (!truncate && input.some((text) => text.length > LONGEST))
    return { status: 400, body: { error: "the input length exceeds the context length" } };
  const rows = rowsOf(
    input.map((text) => text.slice(0, LONGEST)),
    size,
  ).map((row) => unit(row.slice(0, dimensions ?? size) as number[]));
  return {
    status: 200,
    body: { model, embeddings: change(rows), total_duration: 1, load_duration: 1, prompt_eval_count: 1 },
  };
}

export function unit(row: number[]): number[] {
  const length = Math.hypot(...row) || 1;
  return row.map((number) => number / length);
}

export function answerBedrock(model: string, request: BedrockRequest, change: Change): Answer {
  const refuse = (message: string): Answer => {
    return { status: 400, body: { message }, headers: { "x-amzn-errortype": "ValidationException" } };
  };
  const { inputText, texts, dimensions, output_dimension: output, input_type: type } = request;
  if (inputText !== undefined) {
    if (inputText.length > LONGEST) return refuse(`Too many input tokens. Max input tokens: ${LONGEST}`);
    if (model.includes("v1") && dimensions !== undefined) return refuse("extraneous key [dimensions] is not permitted");
    const [embedding] = change(rowsOf([inputText], model.includes("v1") ? 1536 : (dimensions ?? 1024)));
    return { status: 200, body: { embedding, inputTextTokenCount: 1, embeddingsByType: { float: embedding } } };
  }
  if (texts === undefined || texts.length > 96 || type === undefined) return refuse("Malformed input request");
  if (texts.some((text) => text.length > LONGEST)) return refuse("expected maxLength: 2048");
  const isFour = model.includes("v4");
  if (output !== undefined && !isFour) return refuse("extraneous key [output_dimension] is not permitted");
  const rows = change(rowsOf(texts, isFour ? (output ?? 1536) : 1024));
  const byType = request.embedding_types !== undefined;
  const embeddings = byType ? { float: rows } : rows;
  return {
    status: 200,
    body: { id: "1", texts, embeddings, response_type: byType ? "embeddings_by_type" : "embeddings_floats" },
  };
}

export function answerWorkersAi(model: string, { text, pooling = "mean" }: WorkersAiRequest, change: Change): Answer {
  const size = sizeOf(model);
  const refuse = (internalCode: number, description: string): Answer => {
    return { status: 400, body: { internalCode, description, name: "AiError" } };
  };
  if (size === undefined) return refuse(5007, `No such model ${model} or task`);
  if (text.length > 100) return refuse(5006, "Error: oneOf at '/' not met: /text must NOT have more than 100 items");
  if (text.some((one) => one.length > LONGEST)) return refuse(3030, "the input is too long");
  const data = change(rowsOf(text, size));
  return { status: 200, body: { shape: [data.length, size], data, pooling } };
}
