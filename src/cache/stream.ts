import { argumentError } from "../error.ts";
import type { ComputeOptions } from "./call-options.ts";
import type { Hit } from "./hit.ts";
import { pause } from "./pause.ts";

export interface StreamOptions<C, V = string> extends ComputeOptions<V> {
  /** The response that is stored of the chunks. Default: texts put together; of other chunks the list. */
  join?: ((chunks: readonly C[]) => V) | undefined;
  /** The chunks that a stored response is replayed in. Default: a text whole, or with `pace` word by word; of a list its items. */
  split?: ((response: V, hit: Hit<V>) => Iterable<C>) | undefined;
  /** Milliseconds from chunk to chunk of a replay. Default 0: all are there at once. */
  pace?: number | undefined;
  /** What the chunks are, where one cache is asked for several kinds: only calls of the same kind read one stream. */
  kind?: string | undefined;
}

/** Chunks as they come, or as they came. Each loop over it reads from the start. */
export interface CachedStream<C, V = string> extends AsyncIterable<C> {
  /** What is replayed; undefined when it is new, or another caller's that is under way. Asking begins the stream. */
  readonly hit: Promise<Hit<V> | undefined>;
  /** The same for whoever wants a stream. Cancelling it leaves: what others read, and what is recorded, goes on. */
  readable(): ReadableStream<C>;
}

export interface Beginning<C, V> {
  hit: Hit<V> | undefined;
  /** Reads from the start. */
  read(): AsyncIterable<C>;
}

/** Nothing is asked or paid for before it is read. */
export function cachedStream<C, V>(begin: () => Promise<Beginning<C, V>>): CachedStream<C, V> {
  let begun: Promise<Beginning<C, V>> | undefined;
  const once = (): Promise<Beginning<C, V>> => {
    begun ??= begin();
    return begun;
  };
  async function* read(): AsyncGenerator<C, void> {
    yield* (await once()).read();
  }
  return {
    get hit() {
      return once().then(({ hit }) => hit);
    },
    [Symbol.asyncIterator]: read,
    readable: () => readableOf(read()),
  };
}

/** Pulled: nothing is read ahead of its reader. */
function readableOf<C>(chunks: AsyncGenerator<C, void>): ReadableStream<C> {
  const ahead = { highWaterMark: 0 };
  const source: UnderlyingDefaultSource<C> = {
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return();
    },
  };
  return new ReadableStream<C>(source, ahead);
}

/** The chunks of a stored response. */
export async function* replay<C, V>(hit: Hit<V>, options: StreamOptions<C, V>): AsyncGenerator<C, void> {
  const { pace = 0, split = (response: V) => chunksOf<C>(response, pace > 0), signal } = options;
  let isFirst = true;
  for (const chunk of split(hit.response, hit)) {
    signal?.throwIfAborted();
    if (!isFirst && pace > 0) await pause(pace, signal);
    isFirst = false;
    yield chunk;
  }
}

function chunksOf<C>(response: unknown, inWords: boolean): Iterable<C> {
  if (Array.isArray(response)) return response;
  if (typeof response !== "string") {
    throw argumentError("split", "a function, for responses that are no texts and no lists", undefined, "Give it.");
  }
  return (inWords ? (response.match(/\s*\S+\s*$|\s*\S+|\s+$/g) ?? []) : response === "" ? [] : [response]) as C[];
}

/** The response of chunks. */
export function responseOf<C, V>(chunks: readonly C[], { join }: StreamOptions<C, V>): V {
  if (join !== undefined) return join(chunks);
  const isText = chunks.every((chunk) => typeof chunk === "string");
  return (isText ? chunks.join("") : [...chunks]) as V;
}

/** About how many bytes a chunk takes. What JSON has no form for passes, and is too much to be kept. */
export function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return chunk.length;
  if (ArrayBuffer.isView(chunk)) return chunk.byteLength;
  let bytes = 0;
  function counted(this: Record<string, unknown>, key: string, part: unknown): unknown {
    const own = this[key]; // a Buffer is lists of numbers by now
    if (!ArrayBuffer.isView(own)) return part;
    bytes += own.byteLength;
    return null;
  }
  try {
    return (JSON.stringify(chunk, counted)?.length ?? 0) + bytes;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
