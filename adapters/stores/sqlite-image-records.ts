import type { SqlValue, Statement } from "./sqlite-driver.ts";

// The log beside an image in a file: records one after another, each whole or not there.
//   record = length of the body, checksum of the body, checksum of these two (all u32, little-endian), body
//   body   = kind (one byte), content

export const BATCH = 1;
/** Pages of an image that is being replaced: position (f64), bytes. They mean nothing until IMAGE_SIZE follows. */
export const PAGES = 2;
/** The size of that image (f64): its pages are complete. */
export const IMAGE_SIZE = 3;

const HEAD = 12;
/** The bytes of a number. */
export const NUMBER = 8;

export interface LogRecord {
  kind: number;
  content: Uint8Array;
  /** Where it ends in the log. */
  end: number;
}

export function recordOf(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  const record = new Uint8Array(HEAD + length);
  record[HEAD] = kind;
  let at = HEAD + 1;
  for (const part of parts) {
    record.set(part, at);
    at += part.length;
  }
  const view = viewOf(record);
  view.setUint32(0, length, true);
  view.setUint32(4, checksum(record.subarray(HEAD)), true);
  view.setUint32(8, checksum(record.subarray(0, 8)), true);
  return record;
}

/**
 * Where an append was cut off the log ends: in the middle of a record, or, after a loss of power, in zeros. Anything else
 * that is wrong was damaged, and an error: what follows it was acknowledged.
 */
export function recordsIn(log: Uint8Array): LogRecord[] {
  const records: LogRecord[] = [];
  const view = viewOf(log);
  for (let at = 0; at + HEAD <= log.length; ) {
    const end = at + HEAD + view.getUint32(at, true);
    const body = log.subarray(at + HEAD, end);
    if (view.getUint32(at + 8, true) !== checksum(log.subarray(at, at + 8))) {
      if (isBlank(log.subarray(at + HEAD))) break;
      throw new Error("the log beside the image is malformed");
    }
    if (end > log.length) break;
    if (view.getUint32(at + 4, true) !== checksum(body)) {
      if (isBlank(log.subarray(end))) break;
      throw new Error("the log beside the image is malformed");
    }
    records.push({ kind: body[0]!, content: body.subarray(1), end });
    at = end;
  }
  return records;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A batch as JSON, in which a blob is its length among the bytes that follow; the JSON's own length stands before it. */
export function encodeBatch(batch: readonly Statement[]): Uint8Array[] {
  const blobs: Uint8Array[] = [];
  const json = JSON.stringify(batch, (_, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
    if (!(value instanceof Uint8Array)) return value;
    blobs.push(value);
    return { bytes: value.length };
  });
  const text = new TextEncoder().encode(json);
  return [numberBytes(text.length), text, ...blobs];
}

export function decodeBatch(content: Uint8Array): Statement[] {
  let at = NUMBER + numberIn(content);
  const take = (length: number): Uint8Array => {
    at += length;
    return content.slice(at - length, at);
  };
  const batch = JSON.parse(new TextDecoder().decode(content.subarray(NUMBER, at))) as Encoded[];
  const decode = (value: EncodedValue): SqlValue => {
    if (typeof value !== "object" || value === null) return value;
    return "bytes" in value ? take(value.bytes) : Number(value.number);
  };
  return batch.map(({ sql, parameters }) => ({ sql, parameters: parameters.map(decode) }));
}

interface Encoded {
  sql: string;
  parameters: EncodedValue[];
}
type EncodedValue = string | number | null | { bytes: number } | { number: string };

export function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER);
  viewOf(bytes).setFloat64(0, value, true);
  return bytes;
}

export function numberIn(content: Uint8Array): number {
  return viewOf(content).getFloat64(0, true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** FNV-1a: enough to know a record that was cut off or a bit that flipped. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
