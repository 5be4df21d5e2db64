import { MnemeError } from "../error.ts";
import { corrupt } from "./checkpoint.ts";

/**
 * Inflating takes input in pieces of this size: a byte of it can become a thousand, and streams inflate all of a piece at
 * once, whoever reads them.
 */
const PIECE = 16 * 1024;

/** Makes the next bytes when they are asked for, and not before. */
export function streamOf(bytes: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

export function deflated(bytes: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  if (typeof CompressionStream === "undefined") throw unsupported("CompressionStream");
  return streamOf(bytes).pipeThrough(new CompressionStream("gzip") as Gzip);
}

/** What a gzip stream holds. Failures of the stream itself are told as they are; what is not gzip is corrupt. */
export async function* inflated(source: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (typeof DecompressionStream === "undefined") throw unsupported("DecompressionStream");
  const input = source.getReader();
  let failed: { error: unknown } | undefined;
  const leave = (): void => {
    failed = { error: signal!.reason };
    void reader.cancel(signal!.reason).catch(() => {});
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { done, value } = await input.read();
      if (done) return;
      if (!(value instanceof Uint8Array)) throw notBytes(value);
      for (let at = 0; at < value.length; at += PIECE) yield value.subarray(at, at + PIECE);
    }
  }
  const noted: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        return await given.next();
      } catch (error) {
        failed ??= { error };
        throw error;
      }
    },
  };
  const given = pieces();
  const reader = streamOf(noted)
    .pipeThrough(new DecompressionStream("gzip") as Gzip)
    .getReader();
  signal?.addEventListener("abort", leave, { once: true });
  let ended = false;
  try {
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await reader.read();
      if (failed !== undefined) throw failed.error;
      if (done) break;
      yield value;
    }
    ended = true;
  } catch (error) {
    if (failed !== undefined) throw failed.error;
    throw signal?.aborted ? signal.reason : corrupt("is not gzip, is damaged, or is cut short", error);
  } finally {
    signal?.removeEventListener("abort", leave);
    // Nobody waits: a source may take its time to be told that it is not wanted any more, or never answer.
    if (!ended) void Promise.allSettled([input.cancel(), reader.cancel()]);
  }
}

type Gzip = ReadableWritablePair<Uint8Array, Uint8Array>;

function notBytes(value: unknown): MnemeError {
  return new MnemeError(
    "argument",
    `The stream of a checkpoint gave a ${typeof value} where bytes were expected.`,
    "Pass a ReadableStream of Uint8Array: a Response's body, a Blob's stream().",
  );
}

function unsupported(name: string): MnemeError {
  return new MnemeError(
    "unsupported",
    `This runtime has no ${name}, which checkpoints need.`,
    "Dump and restore where there is one: Node, Deno, Bun, browsers and Cloudflare Workers have it.",
  );
}
