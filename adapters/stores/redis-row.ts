import type { Change, Entry, JsonObject, Put } from "../../src/index.ts";
import { MnemeError } from "../../src/index.ts";
import { decodeVector, encodeVector } from "./store-base64.ts";
import { escaped, unescaped } from "./store-text.ts";

// How changes stand in a script's arguments, and entries in its answers. Clients may decode what they are answered: to
// @upstash/redis, left as it is, a text that is JSON is JSON. So every text begins with "=", which no JSON does; numbers are
// taken either way.

/** Fields of an entry's hash, in the order in which scripts answer them after the id. */
export const FIELDS = [
  ...["namespace", "key", "revision", "expiresAt", "vector"], // what an index needs
  ...["text", "value", "metadata", "tags", "createdAt", "accessedAt", "hits"],
] as const;
export const VECTOR_FIELDS: readonly string[] = FIELDS.slice(0, 5);

/** An entry's id and fields. A script answers null for one that is not there. */
export type Row = readonly unknown[];

export function entryOf(row: Row): Entry {
  const [id, namespace, key, revision, expiresAt, vector, ...rest] = row;
  const [text = "=", value = "=", metadata = "={}", tags = "=[]", createdAt, accessedAt, hits] = rest;
  return {
    id: Number(id),
    namespace: textOf(namespace),
    key: textOf(key),
    text: textOf(text),
    value: textOf(value),
    vector: vectorOf(vector),
    metadata: parsed<JsonObject>(id, "metadata", metadata),
    tags: parsed<string[]>(id, "tags", tags),
    createdAt: Number(createdAt ?? 0),
    accessedAt: Number(accessedAt ?? 0),
    expiresAt: expiresAt === "" ? null : Number(expiresAt),
    hits: Number(hits ?? 0),
    revision: Number(revision),
  };
}

/** Each change as a word and its arguments; lists come after their length. */
export function argumentsOf(changes: readonly Change[]): string[] {
  const all: string[] = [];
  for (const change of changes) {
    if ("put" in change) {
      all.push("put", change.when === undefined ? "" : conditionOf(change.when), ...fieldsOf(change));
    } else if ("touch" in change) {
      const { at, expiresAt } = change;
      all.push("touch", String(at), expiresAt === undefined ? "same" : timeOf(expiresAt));
      pushIds(all, change.touch);
    } else {
      all.push("remove", change.when === undefined ? "" : String(change.when.expiredAt));
      pushIds(all, change.remove);
    }
  }
  return all;
}

/** What never was an id is none of the server's concern. */
export function isId(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0;
}

export function encodeText(text: string): string {
  return `=${escaped(text)}`;
}

export function textOf(encoded: unknown): string {
  return typeof encoded === "string" ? unescaped(encoded.slice(1)) : "";
}

function conditionOf(when: "absent" | { revision: number }): string {
  return when === "absent" ? "absent" : String(when.revision);
}

function fieldsOf({ put, used }: Put): string[] {
  const { namespace, key, createdAt, expiresAt, text, value, vector, metadata, tags } = put;
  const { at, hits } = used ?? { at: createdAt, hits: 0 };
  return [
    encodeText(namespace),
    encodeText(key),
    String(createdAt),
    timeOf(expiresAt),
    encodeText(text),
    encodeText(value),
    vector === null ? "" : `=${encodeVector(vector)}`,
    encodeText(JSON.stringify(metadata)),
    encodeText(JSON.stringify(tags)),
    String(at),
    String(hits),
  ];
}

function timeOf(time: number | null): string {
  return time === null ? "" : String(time);
}

function pushIds(all: string[], ids: readonly number[]): void {
  const known = [...new Set(ids)].filter(isId);
  all.push(String(known.length));
  for (const id of known) all.push(String(id));
}

function vectorOf(encoded: unknown): Float32Array | null {
  return typeof encoded === "string" && encoded.startsWith("=") ? decodeVector(encoded.slice(1)) : null;
}

function parsed<T>(id: unknown, field: "metadata" | "tags", encoded: unknown): T {
  try {
    return JSON.parse(textOf(encoded)) as T;
  } catch (cause) {
    const problem = `The ${field} of entry ${id} in the redis store is not JSON.`;
    throw new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.", { cause });
  }
}
