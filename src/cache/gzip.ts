import { unlessAborted } from "../abort.ts";
import { MnemeError } from "../error.ts";
import { corrupt } from "./checkpoint.ts";

// The platform's own streams (de)compress. Some of them take input and keep output without bounds, whoever reads them: they
// are given one small piece at a time, and the next one when that was taken and there is nothing more to read of it.

/** A byte of a gzip stream can become a thousand. */
const PIECE = 32 * 1024;

interface Transform {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
}

export function deflated(bytes: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  if (typeof CompressionStream === "undefined") throw unsupported("CompressionStream");
  return streamOf(through(bytes, new CompressionStream("gzip") as Transform));
}

/** What a gzip stream holds. Failures of the stream itself are told as they are; what is not gzip is corrupt. */
export async function* inflated(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (typeof DecompressionStream === "undefined") throw unsupported("DecompressionStream");
  const source = bytesOf(stream, signal);
  let failed = false;
  const noted: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        return await source.next();
      } catch (error) {
        failed = true;
        throw error;
      }
    },
    return: () => source.return(undefined),
  };
  try {
    yield* through(noted, new DecompressionStream("gzip") as Transform);
  } catch (error) {
    throw failed ? error : corrupt("is not gzip, is damaged, or is cut short", error);
  }
}

async function* bytesOf(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await unlessAborted(reader.read(), signal);
      ended = done;
      if (done) return;
      if (!(value instanceof Uint8Array)) throw notBytes(value);
      yield value;
    }
  } finally {
    // Nobody waits: a source may take its time to be told that it is not wanted any more.
    if (!ended) reader.cancel(signal?.reason).catch(() => {});
  }
}

async function* through(source: AsyncIterator<Uint8Array>, transform: Transform): AsyncGenerator<Uint8Array> {
  const reader = transform.readable.getReader();
  const writer = transform.writable.getWriter();
  writer.closed.catch(() => {}); // what is wrong is told by whoever waits
  const input = piecesOf(source);
  let given = false;
  let writing: Promise<void> | undefined;
  try {
    for (;;) {
      const reading = reader.read();
      let isRead = false;
      const read = (): void => {
        isRead = true;
      };
      reading.then(read, read);
      for (;;) {
        for (let moment = 0; moment < 3 && !isRead; moment++) await undefined;
        if (!isRead) await turn();
        if (isRead) break;
        if (writing === undefined) {
          if (given) break;
          const piece = await input.next();
          given = piece.done === true;
          const written = (): void => {
            writing = undefined;
          };
          writing = piece.done ? writer.close() : writer.write(piece.value);
          writing.then(written, written);
        }
        await Promise.race([reading, writing]);
      }
      const { done, value } = await reading;
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
    writer.abort().catch(() => {});
    await source.return?.();
  }
}

/** Some streams hand over what they have only when their runtime comes back to its event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (globalThis.setImmediate === undefined) setTimeout(resolve);
    else setImmediate(resolve);
  });
}

async function* piecesOf(source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for (;;) {
    const { done, value } = await source.next();
    if (done) return;
    for (let at = 0; at < value.length; at += PIECE) yield value.subarray(at, at + PIECE);
  }
}

/** Makes the next bytes when they are asked for, and not before. */
function streamOf(bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await bytes.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

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
