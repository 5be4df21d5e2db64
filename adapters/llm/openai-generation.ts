import type { Hit, JsonObject, Usage } from "../../src/index.ts";
import { answerOf, failed, isObject, ownAnswer, refused, toldOf, Unkept } from "./openai-answer.ts";
import type { Call } from "./openai-call.ts";
import { eventsOf, type ServerEvent, textOf } from "./openai-events.ts";
import type { CachedFetchOptions, ModelCache } from "./openai-options.ts";
import type { Protocol } from "./openai-protocol.ts";
import { optionsOf, scopeIn } from "./openai-scope.ts";

/** A stream that ended before its end has no body; it is not stored, but passes. */
type Kept = JsonObject | null;

interface Generation {
  cache: ModelCache;
  call: Call;
  options: CachedFetchOptions;
  protocol: Protocol;
}

/** Undefined: nothing that could be looked for. */
export async function generate(generation: Generation): Promise<Response | undefined> {
  const { call, options, protocol } = generation;
  const { body } = call;
  const question = protocol.question(body);
  if (question === undefined) return undefined;
  const { semantic: wanted = true } = options;
  const semantic = question.isPlain && (typeof wanted === "function" ? wanted(call) : wanted);
  // The cache takes case and spacing for nothing, which is so of what is meant, not of what is said.
  const scope = { ...scopeIn(call, options), ...question.scope, ...(semantic ? {} : { exactly: question.query }) };
  const told = {
    ...optionsOf(call, options),
    scope,
    semantic,
    threshold: options.threshold,
    admit: (body: Kept) => admitted(body, generation),
    usage: usageOf,
  };
  const answer = body.stream === true ? streamed : plain;
  const answered = await answer(generation, question.query, told);
  return answered ?? generate({ ...generation, options: { ...options, semantic: false } });
}

type Told = Parameters<ModelCache["wrap"]>[2];

/** Undefined: it is to be asked to the letter. */
async function plain(
  { cache, call, options, protocol }: Generation,
  query: string,
  told: Told,
): Promise<Response | undefined> {
  let made: Response | undefined;
  const compute = async (signal: AbortSignal): Promise<JsonObject> => {
    const response = await call.ask(signal).catch((error: unknown) => Promise.reject(failed(error)));
    const body = response.ok
      ? await response
          .clone()
          .json()
          .catch(() => undefined)
      : undefined;
    if (!isObject(body)) throw await refused(response);
    made = answerOf(await response.arrayBuffer(), response, "miss");
    return body;
  };
  try {
    const { response, hit } = await cache.wrap(query, compute, told);
    if (isForOthers(query, hit, protocol)) return undefined;
    if (made !== undefined) return made;
    if (hit !== undefined) options.onHit?.(hit, call);
    const own = protocol.own?.(response, call.body) ?? response;
    const body = hit === undefined ? own : protocol.renew(own, call.body);
    return ownAnswer(JSON.stringify(body), "application/json", toldOf(hit));
  } catch (error) {
    if (made === undefined || call.signal?.aborted) throw error;
    return made; // the cache broke, and the answer is there
  }
}

/** The same. */
async function streamed(
  { cache, call, options, protocol }: Generation,
  query: string,
  told: Told,
): Promise<Response | undefined> {
  let made: Response | undefined;
  const inWords = (options.pace ?? 0) > 0;
  const stream = cache.stream<ServerEvent>(
    query,
    async (signal) => {
      const response = await askStream(call, protocol, signal);
      const isStream = response.headers.get("content-type")?.includes("text/event-stream");
      if (!response.ok || !isStream || response.body === null) throw await refused(response);
      made = response;
      return eventsIn(response.body);
    },
    {
      ...told,
      kind: protocol.kindOf?.(call.body),
      pace: options.pace,
      join: (events) => protocol.fold(events) ?? null,
      split: (body) => {
        const own = protocol.own?.(body, call.body) ?? body;
        return protocol.unfold(protocol.renew(own, call.body), { asked: call.body, inWords });
      },
    },
  );
  const hit = await stream.hit;
  if (isForOthers(query, hit, protocol)) return undefined;
  if (hit !== undefined) options.onHit?.(hit, call);
  const events = stream[Symbol.asyncIterator]();
  const first = await events.next(); // only then upstream has answered
  const body = bytesOf(passed(first, events, call, protocol));
  if (made !== undefined) return answerOf(body, made, "miss");
  return ownAnswer(body, "text/event-stream", toldOf(hit));
}

/** Tools take what they are given to the letter, where the cache takes case and spacing for nothing. */
function isForOthers(query: string, hit: Hit<Kept> | undefined, { judge }: Protocol): boolean {
  return hit !== undefined && hit.query !== query && judge(hit.response!).callsTools;
}

/** A stream that tells more than was asked for; as it was asked for, where upstream does not know how to. */
async function askStream(call: Call, { enrich }: Protocol, signal: AbortSignal): Promise<Response> {
  try {
    const richer = enrich?.(call.body);
    if (richer === undefined) return await call.ask(signal);
    const response = await call.ask(signal, richer);
    const isRefused = response.status === 400 || response.status === 422;
    if (!isRefused || !(await response.clone().text()).includes("stream_options")) return response;
    return await call.ask(signal);
  } catch (error) {
    throw failed(error);
  }
}

/** A connection that breaks is upstream's failure, not the cache's. */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  try {
    yield* eventsOf(body);
  } catch (error) {
    throw failed(error);
  }
}

/** What the caller is to see. The last event waits until what was told is stored: nobody may read on, or keep the runtime alive. */
async function* passed(
  first: IteratorResult<ServerEvent, void>,
  events: AsyncIterator<ServerEvent, void>,
  { body }: Call,
  { isLast, lighten }: Protocol,
): AsyncGenerator<string, void> {
  try {
    for (let next = first; !next.done; ) {
      const event = next.value;
      const isOver = isLast(event);
      if (isOver) next = await events.next().catch(() => ({ done: true, value: undefined }));
      const light = lighten === undefined ? event : lighten(event, body);
      if (light !== undefined) yield textOf(light);
      if (!isOver) next = await events.next();
    }
  } catch (error) {
    if (error instanceof Unkept) error.answer();
    throw error;
  } finally {
    void events.return?.();
  }
}

/** Pulled: nothing is read ahead of its reader. */
function bytesOf(texts: AsyncGenerator<string, void>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel() {
        void texts.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Whether what was made may be stored, and for whom. */
function admitted(body: Kept, { call, options, protocol }: Generation): boolean | "exact" {
  if (body === null) return false;
  const { isWhole, isCut, callsTools, texts } = protocol.judge(body);
  if (!isWhole || (isCut && !options.keepTruncated)) return false;
  if (!callsTools && !isCut && wantsJson(call.body) && !texts.every(isJson)) return false;
  return callsTools ? "exact" : true;
}

function wantsJson(asked: JsonObject): boolean {
  const { response_format, output_format, text, output_config } = asked;
  const formats = [
    response_format,
    output_format,
    isObject(text) && text.format,
    isObject(output_config) && output_config.format,
  ];
  return formats.some((format) => isObject(format) && String(format.type).startsWith("json"));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function usageOf(body: Kept): Usage | undefined {
  const { model, usage } = body ?? {};
  if (typeof model !== "string" || !isObject(usage)) return undefined;
  const count = (...names: string[]): number | undefined => {
    return names.map((name) => usage[name]).find((value) => typeof value === "number");
  };
  return {
    model,
    inputTokens: count("prompt_tokens", "input_tokens"),
    outputTokens: count("completion_tokens", "output_tokens"),
  };
}
