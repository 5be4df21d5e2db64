import { type Embedder, MnemeError } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of a `BedrockRuntimeClient` of `@aws-sdk/client-bedrock-runtime`. */
export interface BedrockClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** What is used of the module `@aws-sdk/client-bedrock-runtime`, version 3. */
export interface AwsBedrock {
  readonly InvokeModelCommand: new (input: never) => object;
}

/** How a model is spoken to. */
export type BedrockFamily = "titan-v1" | "titan-v2" | "cohere-v3" | "cohere-v4";

export interface BedrockEmbedderOptions extends BatchOptions {
  /** A `BedrockRuntimeClient` of yours, which has its own region, credentials and retries. */
  client: BedrockClient;
  /** The id of a model or of an inference profile, or an ARN. */
  model: string;
  /** Fewer than the model's own are asked of those that can: Titan 2 (1024, 512, 256), Cohere 4 (1536, 1024, 512, 256). */
  dimensions?: number | undefined;
  /** How the model is spoken to, where its id does not say: that of an application's inference profile. */
  family?: BedrockFamily | undefined;
  /** Of Titan 2: vectors of length 1. Default true. */
  normalize?: boolean | undefined;
  /** Of Cohere: what the texts are. Default "search_query", as a cache compares questions. */
  inputType?: "search_query" | "search_document" | "classification" | "clustering" | undefined;
  /** The module "@aws-sdk/client-bedrock-runtime", where a bundler or a runtime cannot import it by name. */
  aws?: AwsBedrock | undefined;
}

const NAME = "bedrockEmbedder";

interface Settings {
  dimensions: number;
  normalize: boolean;
  inputType: string;
}
interface Family {
  readonly id: RegExp;
  readonly dimensions: number;
  readonly sizes: readonly number[];
  readonly limits: Limits;
  body(texts: readonly string[], settings: Settings): object;
}

/** One text a call. */
const TITAN: Limits = { most: 1, parallel: 8 };
const COHERE: Limits = { most: 96, parallel: 4 };

const FAMILIES: Record<BedrockFamily, Family> = {
  "titan-v1": {
    id: /amazon\.titan-embed-(text-v1|g1-text)[\w-]*/,
    dimensions: 1536,
    sizes: [1536],
    limits: TITAN,
    body: ([inputText]) => ({ inputText }),
  },
  "titan-v2": {
    id: /amazon\.titan-embed-text-v2[\w-]*/,
    dimensions: 1024,
    sizes: [1024, 512, 256],
    limits: TITAN,
    body: ([inputText], { dimensions, normalize }) => ({ inputText, dimensions, normalize }),
  },
  "cohere-v3": {
    id: /cohere\.embed-\w+-v3[\w-]*/,
    dimensions: 1024,
    sizes: [1024],
    limits: COHERE,
    body: (texts, { inputType }) => ({ texts, input_type: inputType, truncate: "NONE" }),
  },
  "cohere-v4": {
    id: /cohere\.embed-v4[\w-]*/,
    dimensions: 1536,
    sizes: [1536, 1024, 512, 256],
    limits: COHERE,
    body: (texts, { inputType, dimensions }) => ({
      texts,
      input_type: inputType,
      embedding_types: ["float"],
      output_dimension: dimensions,
      truncate: "NONE",
    }),
  },
};

/** Amazon's Titan and Cohere's models on Bedrock. The client is yours; the SDK it came from is loaded at the first use. */
export function bedrockEmbedder(options: BedrockEmbedderOptions): Embedder {
  const { client, model, normalize = true, inputType = "search_query" } = options ?? {};
  expect(typeof client?.send === "function", NAME, "a client with send()", "Give a BedrockRuntimeClient.");
  checkName(NAME, "model", model, "amazon.titan-embed-text-v2:0");
  const name = options.family ?? familyOf(model);
  const family = Object.hasOwn(FAMILIES, name ?? "") ? FAMILIES[name!] : undefined;
  const families = Object.keys(FAMILIES).join(", ");
  expect(
    family !== undefined,
    NAME,
    `the option family for this model: one of ${families}`,
    "Say how it is spoken to.",
  );
  const { sizes, limits, body } = family!;
  const dimensions = dimensionsOf(NAME, model, options.dimensions ?? family!.dimensions, {});
  expect(sizes.includes(dimensions), NAME, `dimensions: ${sizes.join(", ")}`, 'Leave "dimensions" out.');
  const settings: Settings = { dimensions, normalize, inputType };
  const isCohere = limits === COHERE;
  let loading: Promise<AwsBedrock> | undefined;
  return batchedEmbedder(
    {
      name: NAME,
      // Without the region an inference profile is of, and its account: the vectors are the same.
      fingerprint: fingerprintOf("bedrock", family!.id.exec(model)?.[0] ?? model, dimensions, {
        input: isCohere ? inputType : undefined,
        normalize: name === "titan-v2" && !normalize ? false : undefined,
        prefix: options.prefix,
      }),
      dimensions,
      limits,
      async embed(texts, abortSignal) {
        loading ??= options.aws === undefined ? loadAws() : Promise.resolve(options.aws);
        loading.catch(() => {
          loading = undefined; // a failed load is tried again by the next call
        });
        const { InvokeModelCommand } = await loading;
        const command = new InvokeModelCommand({
          modelId: model,
          contentType: "application/json",
          accept: "application/json",
          body: JSON.stringify(body(texts, settings)),
        } as never);
        return vectorsIn(await client.send(command as never, { abortSignal }));
      },
    },
    options,
  );
}

function familyOf(model: string): BedrockFamily | undefined {
  const found = Object.entries(FAMILIES).find(([, { id }]) => id.test(model));
  return found?.[0] as BedrockFamily | undefined;
}

/** Titan's one vector, or Cohere's, of which there may be several kinds. */
function vectorsIn(answer: unknown): unknown {
  const { body } = (answer ?? {}) as { body?: Uint8Array };
  let told: { embedding?: unknown; embeddings?: unknown };
  try {
    told = JSON.parse(new TextDecoder().decode(body)) ?? {};
  } catch (cause) {
    throw new MnemeError("embedder", `${NAME} got an answer that is no JSON.`, 'Check "model".', { cause });
  }
  const { embedding, embeddings } = told;
  if (embedding !== undefined) return [embedding];
  return (embeddings as { float?: unknown } | undefined)?.float ?? embeddings;
}

async function loadAws(): Promise<AwsBedrock> {
  try {
    return (await import("@aws-sdk/client-bedrock-runtime")) as AwsBedrock;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'The package "@aws-sdk/client-bedrock-runtime" cannot be loaded.',
      'npm install @aws-sdk/client-bedrock-runtime, or hand the module in as "aws".',
      { cause },
    );
  }
}
