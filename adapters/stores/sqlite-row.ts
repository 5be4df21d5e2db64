import { type Entry, type JsonObject, MnemeError } from "../../src/index.ts";
import type { Row, SqlValue, Statement } from "./sqlite-driver.ts";

// How texts and entries stand in a row. Some engines end a text at its first NUL when they return it, and UTF-8 has no lone
// surrogates. Both are spelt out, with an escape character that is itself spelt out, so that different texts stay different
// and come back as they were.

export function encodeStatement({ sql, parameters }: Statement): Statement {
  return { sql, parameters: parameters.map((value) => (typeof value === "string" ? encodeText(value) : value)) };
}

export function decodeRow(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, typeof value === "string" ? decodeText(value) : value]),
  );
}

/** A row of "vectors" only leaves the other fields empty. A damaged vector is none: the row serves the exact layer. */
export function entryOf(row: Row): Entry {
  return {
    id: row.id as number,
    namespace: row.namespace as string,
    key: (row.key ?? "") as string,
    text: (row.text ?? "") as string,
    value: (row.value ?? "") as string,
    vector: vectorOf(row.vector ?? null),
    metadata: parsed<JsonObject>(row, "metadata", "{}"),
    tags: parsed<string[]>(row, "tags", "[]"),
    createdAt: (row.createdAt ?? 0) as number,
    accessedAt: (row.accessedAt ?? 0) as number,
    expiresAt: row.expiresAt as number | null,
    hits: (row.hits ?? 0) as number,
    revision: row.revision as number,
  };
}

/** Copied: a Float32Array must start at a multiple of 4 bytes, and the engine's buffer is not ours to keep. */
function vectorOf(blob: SqlValue): Float32Array | null {
  if (!(blob instanceof Uint8Array) || blob.length % 4 !== 0) return null;
  return new Float32Array(Uint8Array.from(blob).buffer);
}

function parsed<T>(row: Row, column: string, absent: string): T {
  try {
    return JSON.parse((row[column] ?? absent) as string) as T;
  } catch (cause) {
    const problem = `The ${column} of entry ${row.id} in the sqlite store is not JSON.`;
    throw new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.", { cause });
  }
}

function encodeText(text: string): string {
  return text.replace(/[\0\u001b]|\p{Surrogate}/gu, (unit) => {
    return `\u001b${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function decodeText(text: string): string {
  return text.replaceAll(/\u001b([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
