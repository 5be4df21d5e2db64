import { type Entry, type JsonObject, MnemeError } from "../../src/index.ts";
import type { Row } from "./postgres-client.ts";

// How texts, vectors and entries stand in a row. Postgres has no NUL in a text and UTF-8 no lone surrogates. Both are spelt
// out, with an escape character that is itself spelt out, so that different texts stay different and come back as they were.

export function encodeText(text: string): string {
  if (!/[\0\u001b\ud800-\udfff]/.test(text)) return text; // with any surrogate, lone or not, it is looked at closely
  return text.replace(/[\0\u001b]|\p{Surrogate}/gu, (unit) => {
    return `\u001b${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

export function textOf(text: string): string {
  if (!text.includes("\u001b")) return text;
  return text.replaceAll(/\u001b([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}

/** The float32s, little-endian, in base64. */
export function encodeVector(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

/** A damaged vector is none: the row serves the exact layer. */
function vectorOf(base64: string | null | undefined): Float32Array | null {
  if (base64 === null || base64 === undefined) return null;
  const binary = atob(base64); // it passes over the server's line ends
  if (binary.length % 4 !== 0) return null;
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return new Float32Array(bytes.buffer);
}

/** A row of "vectors" only leaves the other fields empty. */
export function entryOf(row: Row): Entry {
  return {
    id: Number(row.id),
    namespace: textOf(row.namespace!),
    key: textOf(row.key ?? ""),
    text: textOf(row.text ?? ""),
    value: textOf(row.value ?? ""),
    vector: vectorOf(row.vector),
    metadata: row.metadata == null ? {} : parsed<JsonObject>(row, "metadata"),
    tags: row.tags == null ? [] : parsed<string[]>(row, "tags"),
    createdAt: Number(row.created ?? 0),
    accessedAt: Number(row.accessed ?? 0),
    expiresAt: row.expires === null ? null : Number(row.expires),
    hits: Number(row.hits ?? 0),
    revision: Number(row.revision),
  };
}

function parsed<T>(row: Row, column: "metadata" | "tags"): T {
  try {
    return JSON.parse(textOf(row[column]!)) as T;
  } catch {
    const problem = `The ${column} of entry ${row.id} in the postgres store is not JSON.`;
    throw new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.");
  }
}
