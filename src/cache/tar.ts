import { MnemeError } from "../error.ts";
import { corrupt } from "./checkpoint.ts";

// As much of the tar format (POSIX ustar) as a checkpoint needs: files one after the other, each a header of 512 bytes and
// its content, filled up to whole blocks; two empty blocks at the end.

const BLOCK = 512;
/** Of the records that may stand before a header, with times and the like. */
const EXTENDED = 64 * 1024;

const encoder = new TextEncoder();

/** A file of the archive, header and filling included. */
export function tarMember(name: string, content: Uint8Array, time: number): Uint8Array {
  const member = new Uint8Array(BLOCK + whole(content.length));
  const put = (text: string, at: number): void => void encoder.encodeInto(text, member.subarray(at));
  const octal = (value: number, digits: number): string => Math.floor(value).toString(8).padStart(digits, "0");
  put(name, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108); // the owner and the group
  put(octal(0, 7), 116);
  put(octal(content.length, 11), 124);
  put(octal(Math.min(Math.max(time, 0), 8 ** 11 - 1), 11), 136); // in seconds
  put("        ", 148); // where the sum goes, which is made as if there were spaces
  put("0", 156); // a file
  put("ustar\x0000", 257);
  put(`${octal(sum(member.subarray(0, BLOCK)), 6)}\0 `, 148);
  member.set(content, BLOCK);
  return member;
}

export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

export interface Member {
  name: string;
  size: number;
}

/** Reads an archive from a stream of bytes, in order. It trusts nothing it reads, and holds only what it is asked for. */
export class TarReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  #piece: Uint8Array = new Uint8Array(0);
  /** How many bytes have come. */
  #bytes = 0;
  /** What is left of the member under way, and its filling. */
  #left = 0;
  #filling = 0;

  constructor(source: AsyncIterator<Uint8Array>, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The next file, once the one before was read; undefined when there is no more. Then nothing but zeros may follow. */
  async next(): Promise<Member | undefined> {
    await this.#exactly(this.#filling);
    let header = await this.#exactly(BLOCK);
    if (header[156] === 0x78) header = await this.#behindExtended(header);
    if (header.every((byte) => byte === 0)) return this.#end();
    const kind = header[156];
    if (kind !== 0x30 && kind !== 0) throw corrupt("is an archive with a link, a folder or something else than a file");
    return this.#begin(header);
  }

  /** All of the member. */
  async content(): Promise<Uint8Array> {
    const content = await this.#exactly(this.#left);
    this.#left = 0;
    return content;
  }

  /** All of the member, as it comes. */
  async *stream(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      if (this.#piece.length === 0) await this.#read();
      const piece = this.#take(Math.min(this.#left, this.#piece.length));
      this.#left -= piece.length;
      yield piece;
    }
  }

  /** Frees the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #begin(header: Uint8Array): Member {
    if (fieldOf(header, 257, 5) !== "ustar") throw corrupt("is no tar archive inside");
    const summed = header.slice().fill(0x20, 148, 156);
    if (numberOf(header, 148, 8) !== sum(summed)) throw corrupt("has a damaged header");
    const size = numberOf(header, 124, 12);
    const prefix = fieldOf(header, 345, 155);
    this.#left = size;
    this.#filling = whole(size) - size;
    return { name: `${prefix && `${prefix}/`}${fieldOf(header, 0, 100)}`, size };
  }

  /** Other programs put times of more than a second's precision before a header. What would change the file is refused. */
  async #behindExtended(extended: Uint8Array): Promise<Uint8Array> {
    const { size } = this.#begin(extended);
    if (size > EXTENDED) throw corrupt("has a damaged header");
    const records = new TextDecoder().decode(await this.content());
    await this.#exactly(this.#filling);
    if (/^\d+ (path|size|linkpath|GNU\.|SCHILY\.)/m.test(records))
      throw corrupt("has a file that is renamed or resized");
    const header = await this.#exactly(BLOCK);
    if (header.every((byte) => byte === 0)) throw corrupt("has a header without a file");
    return header;
  }

  async #end(): Promise<undefined> {
    const isEmpty = (piece: Uint8Array): boolean => piece.every((byte) => byte === 0);
    if (!isEmpty(await this.#exactly(BLOCK))) throw corrupt("ends in mid-archive");
    while (isEmpty(this.#piece)) {
      if (!(await this.#read(true))) return undefined;
    }
    throw corrupt("has something behind its end");
  }

  async #exactly(length: number): Promise<Uint8Array> {
    if (length <= this.#piece.length) return this.#take(length);
    if (this.#bytes - this.#piece.length + length > this.#limit) throw this.#tooMany();
    // A size may lie: no room is made for what has not come.
    const pieces: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (this.#piece.length === 0) await this.#read();
      const piece = this.#take(Math.min(missing, this.#piece.length));
      pieces.push(piece);
      missing -= piece.length;
    }
    return concatenated(pieces);
  }

  #take(length: number): Uint8Array {
    const taken = this.#piece.subarray(0, length);
    this.#piece = this.#piece.subarray(length);
    return taken;
  }

  async #read(mayEnd = false): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done && !mayEnd) throw corrupt("is cut short");
    if (done) return false;
    this.#piece = value;
    this.#bytes += value.length;
    if (this.#bytes > this.#limit) throw this.#tooMany();
    return true;
  }

  #tooMany(): MnemeError {
    return tooLarge("bytes", `more than ${this.#limit} bytes unpacked`);
  }
}

export function tooLarge(limit: "bytes" | "entries" | "entryBytes", what: string): MnemeError {
  return new MnemeError(
    "argument",
    `The checkpoint has ${what}.`,
    `If you trust where it comes from, raise "limits.${limit}".`,
  );
}

export function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function whole(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** A text that ends at its first NUL, if it has one. Names of checkpoints' files have one byte a character. */
function fieldOf(header: Uint8Array, at: number, length: number): string {
  const text = String.fromCharCode(...header.subarray(at, at + length));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Octal digits, and nothing else: other notations are for files larger than any a checkpoint has. */
function numberOf(header: Uint8Array, at: number, length: number): number {
  const [, digits] = /^ *([0-7]+) *$/.exec(fieldOf(header, at, length)) ?? [];
  if (digits === undefined) throw corrupt("has a damaged header");
  return Number.parseInt(digits, 8);
}

function sum(header: Uint8Array): number {
  return header.reduce((total, byte) => total + byte, 0);
}
