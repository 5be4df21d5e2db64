import { fingerprint, MnemeError, type SemanticCache, type Ttl } from "../../src/index.ts";
import { fromBase64, toBase64 } from "./llm-base64.ts";

export interface EmbeddingMiddlewareOptions {
  /** Default "embeddings". */
  namespace?: string | undefined;
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
}

interface EmbedParams {
  values: readonly string[];
  dimensions?: number;
  providerOptions?: unknown;
  abortSignal?: AbortSignal | undefined;
  [field: string]: unknown;
}

interface EmbedResult {
  embeddings: number[][];
  usage?: { tokens: number };
  providerMetadata?: Record<string, Record<string, unknown>>;
  [field: string]: unknown;
}

interface Embedding {
  provider: string;
  modelId: string;
  doEmbed(params: EmbedParams): PromiseLike<EmbedResult>;
}

interface Wrapping {
  model: Embedding;
  params: EmbedParams;
}

export interface EmbeddingMiddleware {
  // biome-ignore lint/suspicious/noExplicitAny: each version of the SDK has a literal type of its own
  readonly specificationVersion: any;
  // biome-ignore lint/suspicious/noExplicitAny: and types of calls and results
  wrapEmbed(wrapping: any): Promise<any>;
}

// biome-ignore lint/suspicious/noExplicitAny: a cache of texts holds these as well
type AnyCache = SemanticCache<any>;

/** For `wrapEmbeddingModel`: each text is embedded once, and only those that are new are asked for. */
export function embeddingMiddleware(
  cache: AnyCache,
  { namespace = "embeddings", ttl, tags }: EmbeddingMiddlewareOptions = {},
): EmbeddingMiddleware {
  const vectors = cache as SemanticCache<string>;
  return {
    specificationVersion: "v4",
    async wrapEmbed({ model, params }: Wrapping): Promise<EmbedResult> {
      const { values, abortSignal: signal, headers: _, ...settings } = params;
      const where = {
        namespace,
        scope: { embeds: model.provider, modelId: model.modelId, ...settings },
        semantic: false,
      };
      // By a fingerprint: a text may be long, and others that differ in case or white space embed otherwise.
      const names = values.map((value) => fingerprint(value));
      const hits = await vectors.getMany(names, { ...where, signal });
      const missing = [...new Set(values.filter((_, i) => hits[i] === undefined))];
      const saved = { hits: hits.filter((hit) => hit !== undefined).length };
      const embeddings = hits.map((hit) => (hit === undefined ? [] : decoded(hit.response)));
      if (missing.length === 0) {
        return { embeddings, usage: { tokens: 0 }, warnings: [], providerMetadata: { mneme: saved } };
      }
      const asked = await model.doEmbed({ ...params, values: missing });
      const got = asked.embeddings?.length ?? 0;
      if (got !== missing.length) {
        const problem = `"${model.modelId}" was asked for ${missing.length} vectors and gave ${got}.`;
        throw new MnemeError("dimension", problem, "Nothing is stored: ask again, for fewer texts at once.");
      }
      const fresh = new Map(missing.map((value, i) => [value, asked.embeddings[i]!]));
      const items = missing.map((value) => {
        return { ...where, query: fingerprint(value), response: encoded(fresh.get(value)!), ttl, tags };
      });
      // What cannot be stored is embedded again the next time.
      await vectors.putMany(items).catch(() => {});
      return {
        ...asked,
        embeddings: embeddings.map((embedding, i) => (hits[i] === undefined ? fresh.get(values[i]!)! : embedding)),
        providerMetadata: { ...asked.providerMetadata, mneme: saved },
      };
    },
  };
}

/** In half the space where no digit is lost. */
function encoded(numbers: readonly number[]): string {
  const isFloat32 = numbers.every((x) => Math.fround(x) === x);
  const bytes = new Uint8Array((isFloat32 ? Float32Array : Float64Array).from(numbers).buffer);
  return `${isFloat32 ? 4 : 8}${toBase64(bytes)}`;
}

function decoded(text: string): number[] {
  const { buffer } = fromBase64(text.slice(1));
  return Array.from(text[0] === "4" ? new Float32Array(buffer) : new Float64Array(buffer));
}
