import { unlessAborted } from "../abort.ts";
import { argumentError, MnemeError } from "../error.ts";

/** What is imported: bytes or text, as they come or all at once. */
export type ImportSource = ReadableStream<Uint8Array> | AsyncIterable<string | Uint8Array> | string;

export interface Line {
  /** From 1. */
  number: number;
  /** Without its end. */
  bytes: Uint8Array;
}

const NEWLINE = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads a source line by line. */
export class Lines {
  /** A line with more bytes is refused. */
  limit: number;
  readonly #source: AsyncGenerator<Uint8Array, undefined>;
  #pieces: Uint8Array[] = [];
  #rest: Uint8Array = new Uint8Array();
  #number = 0;
  #ended = false;

  constructor(source: ImportSource, limit: number, signal: AbortSignal | undefined) {
    this.limit = limit;
    this.#source = bytesOf(source, signal);
  }

  /** Undefined: there are no more. */
  async next(): Promise<Line | undefined> {
    let length = 0;
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      const piece = end < 0 ? this.#rest : this.#rest.subarray(0, end);
      this.#pieces.push(piece);
      length += piece.length;
      if (length > this.limit) throw tooLong(this.#number + 1, this.limit);
      if (end >= 0) {
        this.#rest = this.#rest.subarray(end + 1);
        return this.#line(length);
      }
      this.#rest = new Uint8Array();
      if (this.#ended) return length === 0 ? undefined : this.#line(length);
      const { done, value } = await this.#source.next();
      if (done) this.#ended = true;
      else this.#rest = value;
    }
  }

  /** All that are left, together within the limit. */
  async rest(): Promise<Line[]> {
    const all: Line[] = [];
    let length = 0;
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      all.push(line);
      length += line.bytes.length;
      if (length > this.limit) throw tooLong(line.number, this.limit);
    }
    return all;
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
  }

  #line(length: number): Line {
    const pieces = this.#pieces;
    this.#pieces = [];
    return { number: ++this.#number, bytes: joined(pieces, length) };
  }
}

/** The text of bytes; undefined if they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** JSON text as what it says; undefined, which JSON cannot say, if it is none. */
export function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export function checkSource(source: ImportSource): ImportSource {
  if (typeof source === "string") return source;
  const isStream = typeof (source as ReadableStream | undefined)?.getReader === "function";
  if (isStream ? !(source as ReadableStream).locked : Symbol.asyncIterator in Object(source)) return source;
  const expected = "a text, a ReadableStream that is not locked, or an async iterable of bytes or texts";
  throw argumentError("source", expected, source, "Pass what export() returned, a Response's body, a Blob's stream().");
}

async function* bytesOf(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, undefined> {
  signal?.throwIfAborted();
  if (typeof source === "string") {
    yield encoder.encode(source);
    return;
  }
  const { next, leave } = reading(source);
  let ended = false;
  let half = ""; // of a pair of surrogates that a text was cut in
  try {
    while (!ended) {
      signal?.throwIfAborted();
      const { done, value } = await unlessAborted(next(), signal);
      ended = done === true;
      if (value instanceof Uint8Array)
        yield value.slice(); // its owner may use it again
      else if (typeof value === "string") {
        const text = half + value;
        half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
        yield encoder.encode(text.slice(0, text.length - half.length));
      } else if (!ended) throw notBytes(value);
    }
  } finally {
    // Nobody waits: a source may take its time to be told that it is not wanted any more.
    if (!ended) leave(signal?.reason).catch(() => {});
  }
}

function reading(source: Exclude<ImportSource, string>): {
  next: () => Promise<{ done?: boolean | undefined; value?: unknown }>;
  leave: (reason: unknown) => Promise<unknown>;
} {
  if ("getReader" in source) {
    const reader = source.getReader();
    return { next: () => reader.read(), leave: (reason) => reader.cancel(reason) };
  }
  const iterator = source[Symbol.asyncIterator]();
  return { next: async () => iterator.next(), leave: async () => iterator.return?.() };
}

function tooLong(number: number, limit: number): MnemeError {
  const problem = `What is to be imported has more than ${limit} bytes in line ${number}, or in a list up to there.`;
  return new MnemeError("argument", problem, "Split it into lines of a JSON object each.");
}

function notBytes(value: unknown): MnemeError {
  const problem = `The source gave a ${typeof value} where bytes or a text were expected.`;
  return new MnemeError(
    "argument",
    problem,
    "Pass a ReadableStream of Uint8Array, or an iterable of those or of texts.",
  );
}
