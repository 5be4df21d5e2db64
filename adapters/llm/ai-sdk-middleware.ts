import type { ComputeOptions, Hit, SemanticCache, Source, Ttl, WaitUntil } from "../../src/index.ts";
import { callOf, exactly } from "./ai-sdk-call.ts";
import {
  type CallOptions,
  type GenerateResult,
  type Metadata,
  type Model,
  type Part,
  reasonOf,
  type StreamResult,
  type Wrapping,
} from "./ai-sdk-model.ts";
import {
  callsTools,
  contentOf,
  endOf,
  type ModelRecord,
  partsOf,
  recordOfParts,
  recordOfResult,
  textOf,
  usageOf,
} from "./ai-sdk-record.ts";
import { fits } from "./ai-sdk-schema.ts";

export interface CacheMiddlewareOptions {
  namespace?: string | undefined;
  /** What answers depend on besides the call itself: a tenant, a user, a version of documents. */
  scope?: ((params: CallOptions) => unknown) | undefined;
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
  /** The least similarity for a question in other words. Default: the cache's. */
  threshold?: number | undefined;
  /** False, or false for a call: only the very same one is answered. Default: the same, and such as mean the same. */
  semantic?: boolean | ((params: CallOptions) => boolean) | undefined;
  /** Calls that are neither answered nor recorded. */
  bypass?: ((params: CallOptions) => boolean) | undefined;
  /** Whether an answer may be stored, besides that it ended well. */
  admit?:
    | ((answer: { text: string; content: readonly Part[]; finishReason: string | undefined }) => boolean)
    | undefined;
  /** Store answers that were cut short by a limit of length too. Default false. */
  keepTruncated?: boolean | undefined;
  /** Milliseconds from part to part of a replayed stream. Default 0: all are there at once. */
  pace?: number | undefined;
  waitUntil?: WaitUntil | undefined;
  lease?: Ttl | undefined;
}

/** Of any version of the SDK: what it names its specification is not looked at when a model is wrapped. */
export interface CacheMiddleware {
  // biome-ignore lint/suspicious/noExplicitAny: each version of the SDK has a literal type of its own
  readonly specificationVersion: any;
  // biome-ignore lint/suspicious/noExplicitAny: and types of calls and results
  wrapGenerate(wrapping: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  wrapStream(wrapping: any): Promise<any>;
}

/** How an answer may not have ended. */
const FAILED = ["error", "content-filter", "interrupted"];
const CUT = "length";

/** A cache of what models answer, whatever else is stored in it: scopes keep them apart. */
// biome-ignore lint/suspicious/noExplicitAny: a cache of texts holds these records as well
type AnyCache = SemanticCache<any>;

/** For `wrapLanguageModel`: what was answered before is answered again, generated or streamed. */
export function cacheMiddleware(cache: AnyCache, options: CacheMiddlewareOptions = {}): CacheMiddleware {
  const records = cache as SemanticCache<ModelRecord>;
  const toTheLetter = (): CacheMiddleware => cacheMiddleware(cache, { ...options, semantic: false });
  return {
    specificationVersion: "v4",
    async wrapGenerate({ params, model }: Wrapping): Promise<GenerateResult> {
      if (options.bypass?.(params)) return model.doGenerate(params);
      const { query, told } = asked(params, model, options);
      const { spec } = told;
      let live: GenerateResult | undefined;
      // With the signal of all who wait for it, and not of the one who asked first.
      const compute = async (abortSignal: AbortSignal): Promise<ModelRecord> => {
        live = await model.doGenerate({ ...params, abortSignal });
        return recordOfResult(spec, model.modelId, live);
      };
      const { response: record, hit } = await records.wrap(query, compute, told.options);
      if (isForOthers(query, hit)) return toTheLetter().wrapGenerate({ params, model });
      if (live !== undefined) return live;
      const { request, response } = passing(record);
      const { providerMetadata, ...end } = endOf(record, spec);
      const content = renamed(contentOf(record, spec));
      return { content, ...end, providerMetadata: marked(providerMetadata, hit, end.usage), request, response };
    },
    async wrapStream({ params, model }: Wrapping): Promise<StreamResult> {
      if (options.bypass?.(params)) return model.doStream(params);
      const { query, told } = asked(params, model, options);
      const { spec } = told;
      let live: StreamResult | undefined;
      const produce = async (abortSignal: AbortSignal): Promise<Source<Part>> => {
        live = await model.doStream({ ...params, abortSignal });
        return live.stream;
      };
      const stream = records.stream<Part>(query, produce, {
        ...told.options,
        kind: `ai-sdk ${spec}`,
        pace: options.pace,
        join: (parts) => recordOfParts(spec, model.modelId, parts) ?? UNFINISHED,
        split: (record, hit) => replayed(record, hit, spec),
      });
      if (isForOthers(query, await stream.hit)) return toTheLetter().wrapStream({ params, model });
      return { request: {}, response: {}, ...live, stream: stream.readable() };
    },
  };
}

/** Tools take what they are given to the letter, where the cache takes case and spacing for nothing. */
function isForOthers(query: string, hit: Hit<ModelRecord> | undefined): boolean {
  return hit !== undefined && hit.query !== query && callsTools(hit.response);
}

/** A stream that did not end: it is not stored. */
const UNFINISHED: ModelRecord = { spec: "", modelId: "", end: {} };

interface Told {
  spec: string;
  options: ComputeOptions<ModelRecord>;
}

/** What the cache is asked and told for a call. */
function asked(
  params: CallOptions,
  model: Model,
  { scope, semantic = true, bypass: _, admit, keepTruncated = false, pace: __, ...others }: CacheMiddlewareOptions,
): { query: string; told: Told } {
  const whole = callOf(params, model, scope?.(params));
  const mayMean = whole.semantic && (typeof semantic === "function" ? semantic(params) : semantic);
  const call = mayMean ? whole : exactly(whole);
  const schema = params.responseFormat?.type === "json" ? (params.responseFormat.schema ?? {}) : undefined;
  const isAdmitted = (record: ModelRecord): boolean | "exact" => {
    if (record === UNFINISHED) return false;
    const finishReason = reasonOf(endOf(record, record.spec).finishReason);
    if (finishReason === undefined || FAILED.includes(finishReason)) return false;
    if (finishReason === CUT && !keepTruncated) return false;
    const text = textOf(record);
    if (schema !== undefined && !callsTools(record) && !fits(text, schema)) return false;
    if (admit?.({ text, content: contentOf(record), finishReason }) === false) return false;
    return callsTools(record) ? "exact" : true;
  };
  return {
    query: call.query,
    told: {
      spec: model.specificationVersion ?? "v2",
      options: {
        ...others,
        scope: call.scope,
        semantic: call.semantic,
        signal: params.abortSignal,
        usage: usageOf,
        admit: isAdmitted,
      },
    },
  };
}

/** The parts of a stream that is new in all that is of the moment. */
function replayed(record: ModelRecord, hit: Hit<ModelRecord>, spec: string): Part[] {
  const { response } = passing(record);
  const { warnings = [], providerMetadata, ...end } = endOf(record, spec);
  return [
    { type: "stream-start", warnings },
    { type: "response-metadata", ...response },
    ...renamed(partsOf(record, spec)),
    { type: "finish", ...end, providerMetadata: marked(providerMetadata, hit, end.usage) },
  ];
}

function passing({ modelId }: ModelRecord): Required<Pick<GenerateResult, "request" | "response">> {
  return { request: {}, response: { id: `mneme-${freshId()}`, timestamp: new Date(), modelId } };
}

/** Each replay has ids of its own, as a conversation must not have two calls of one id. */
function renamed(parts: readonly Part[]): Part[] {
  const names = new Map<unknown, string>();
  for (const { toolCallId } of parts) if (toolCallId !== undefined) names.set(toolCallId, `call-${freshId()}`);
  if (names.size === 0) return [...parts];
  return parts.map((part) => {
    const { toolCallId, id } = part;
    if (toolCallId !== undefined) return { ...part, toolCallId: names.get(toolCallId) };
    return part.type.startsWith("tool-input-") && names.has(id) ? { ...part, id: names.get(id) } : part;
  });
}

/** What was saved is told beside what the provider told, which stays as it was. */
function marked(metadata: Metadata | undefined, hit: Hit<ModelRecord> | undefined, usage: unknown): Metadata {
  if (hit === undefined) return { ...metadata, mneme: { hit: "joined", savedUsage: usage } };
  const { layer, similarity, ageSeconds } = hit;
  return { ...metadata, mneme: { hit: layer, similarity, ageSeconds, savedUsage: usage } };
}

function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}
