import { type Entry, type JsonObject, MnemeError } from "../../src/index.ts";
import type { Row, SqlValue, Statement } from "./sqlite-driver.ts";
import { escaped, unescaped } from "./store-text.ts";

// How texts and entries stand in a row.

export function encodeStatement({ sql, parameters }: Statement): Statement {
  return { sql, parameters: parameters.map((value) => (typeof value === "string" ? escaped(value) : value)) };
}

/** A row of "vectors" only leaves the other fields empty. A damaged vector is none: the row serves the exact layer. */
export function entryOf(row: Row): Entry {
  return {
    id: row.id as number,
    namespace: textOf(row.namespace!),
    key: textOf(row.key ?? ""),
    text: textOf(row.text ?? ""),
    value: textOf(row.value ?? ""),
    vector: vectorOf(row.vector!),
    metadata: row.metadata === undefined ? {} : parsed<JsonObject>(row, "metadata"),
    tags: row.tags === undefined ? [] : parsed<string[]>(row, "tags"),
    createdAt: (row.createdAt ?? 0) as number,
    accessedAt: (row.accessedAt ?? 0) as number,
    expiresAt: row.expiresAt as number | null,
    hits: (row.hits ?? 0) as number,
    revision: row.revision as number,
  };
}

export function textOf(value: SqlValue): string {
  return unescaped(value as string);
}

/** A blob with a buffer of its own is taken over; a window of a larger one is copied, as it may not start at 4 bytes. */
function vectorOf(blob: SqlValue): Float32Array | null {
  if (!(blob instanceof Uint8Array) || blob.length % 4 !== 0) return null;
  const whole = blob.length === blob.buffer.byteLength ? blob : Uint8Array.from(blob);
  return new Float32Array(whole.buffer as ArrayBuffer);
}

function parsed<T>(row: Row, column: "metadata" | "tags"): T {
  try {
    return JSON.parse(textOf(row[column]!)) as T;
  } catch (cause) {
    const problem = `The ${column} of entry ${row.id} in the sqlite store is not JSON.`;
    throw new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.", { cause });
  }
}
