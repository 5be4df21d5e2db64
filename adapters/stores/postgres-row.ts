import { type Entry, type JsonObject, MnemeError } from "../../src/index.ts";
import type { Row } from "./postgres-client.ts";
import { decodeVector } from "./store-base64.ts";
import { unescaped } from "./store-text.ts";

/** A row of "vectors" only leaves the other fields empty. */
export function entryOf(row: Row): Entry {
  return {
    id: Number(row.id),
    namespace: unescaped(row.namespace!),
    key: unescaped(row.key ?? ""),
    text: unescaped(row.text ?? ""),
    value: unescaped(row.value ?? ""),
    vector: row.vector == null ? null : decodeVector(row.vector),
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
    return JSON.parse(unescaped(row[column]!)) as T;
  } catch {
    const problem = `The ${column} of entry ${row.id} in the postgres store is not JSON.`;
    throw new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.");
  }
}
