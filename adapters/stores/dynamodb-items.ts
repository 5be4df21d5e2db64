import { type Entry, MnemeError, type NewEntry } from "../../src/index.ts";
import type { Item } from "./dynamodb-client.ts";
import { digest, INDEXES, type Layout, ordered, padded, unordered } from "./dynamodb-layout.ts";
import type { Table } from "./dynamodb-table.ts";

// How an entry stands in the table: one item, and parts beside it when it is too long for one.

/** An item may have 400 KB, with its names. What is longer than this goes into parts. */
const INLINE_BYTES = 200_000;
const PART_BYTES = 350_000;

/** An entry as it is about to be put, taken from the caller at once. */
export interface Packed {
  namespace: string;
  key: string;
  /** Everything that no index needs, as JSON: its escapes spell out lone surrogates, which UTF-8 has not. */
  body: string;
  vector: Uint8Array | null;
  createdAt: number;
  expiresAt: number | null;
}

export function packed(put: NewEntry): Packed {
  const { namespace, vector, expiresAt, key, text, value, metadata, tags, createdAt } = put;
  const body: Body = { text, value, metadata, tags, createdAt };
  const bytes = vector && new Uint8Array(vector.slice().buffer);
  if ((bytes?.length ?? 0) + 6 * (namespace.length + key.length) > INLINE_BYTES) {
    throw new MnemeError(
      "argument",
      "An entry's namespace, key and vector take more than an item of DynamoDB can hold.",
      "Use shorter ones, or an embedder of fewer than 40,000 dimensions.",
    );
  }
  return { namespace, key, body: JSON.stringify(body), vector: bytes, createdAt, expiresAt };
}

/** What a commit has to know of an entry that is there. */
export interface Head {
  id: number;
  /** The digests of its namespace and key, and of its namespace. */
  keyDigest: string;
  namespaceDigest: string;
  revision: number;
  /** As it stands in the index of expiry. */
  expiry: string | undefined;
  parts: number;
}
export const HEAD = "sk, k, ni, rev, x, parts";

export function headOf(item: Item): Head {
  return {
    id: Number(item.sk!.S),
    keyDigest: item.k!.S!,
    namespaceDigest: item.ni!.S!.slice(0, 64),
    revision: Number(item.rev!.N),
    expiry: item.x?.S,
    parts: Number(item.parts?.N ?? 0),
  };
}

export function expiresAtOf({ expiry }: Head): number | null {
  return expiry === undefined ? null : unordered(expiry);
}

export interface Digests {
  keyDigest: string;
  namespaceDigest: string;
}

export async function digestsOf(namespace: string, key: string): Promise<Digests> {
  const [keyDigest, namespaceDigest] = await Promise.all([digest(namespace, key), digest(namespace)]);
  return { keyDigest, namespaceDigest };
}

/** The attributes that put an entry in order: of use, and of expiry. */
export function orderOf(id: number, namespaceDigest: string, accessedAt: number): Item {
  const use = `${ordered(accessedAt)}${padded(id)}`;
  return { [INDEXES.use]: { S: use }, [INDEXES.namespaceUse]: { S: `${namespaceDigest}${use}` } };
}

export function expiryOf(id: number, expiresAt: number): string {
  return `${ordered(expiresAt)}${padded(id)}`;
}

export interface Placed extends Digests {
  id: number;
  revision: number;
  hits: number;
  accessedAt: number;
  expiresAt: number | null;
}

/** The item, and its parts. */
export function itemsOf(layout: Layout, put: Packed, at: Placed): Item[] {
  const { id, revision, hits, expiresAt } = at;
  const item: Item = {
    ...layout.entry(id),
    [INDEXES.key]: { S: at.keyDigest },
    [INDEXES.namespace]: { S: `${at.namespaceDigest}${padded(id)}` },
    ...orderOf(id, at.namespaceDigest, at.accessedAt),
    ...(expiresAt !== null && { [INDEXES.expiry]: { S: expiryOf(id, expiresAt) } }),
    rev: { N: String(revision) },
    hits: { N: String(hits) },
    ns: { S: JSON.stringify(put.namespace) },
    nk: { S: JSON.stringify(put.key) },
    ...(put.vector && { vector: { B: put.vector } }),
  };
  const bytes = new TextEncoder().encode(put.body);
  if (bytes.length <= INLINE_BYTES) return [{ ...item, body: { S: put.body } }];
  const parts = Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, n) => ({
    ...layout.part(id, revision, n),
    bytes: { B: bytes.slice(n * PART_BYTES, (n + 1) * PART_BYTES) },
  }));
  return [{ ...item, parts: { N: String(parts.length) } }, ...parts];
}

/** Those whose parts were not there any more are undefined: they were overwritten or removed between two reads. */
export async function entriesOf(
  table: Table,
  layout: Layout,
  items: readonly Item[],
): Promise<Map<number, Entry | undefined>> {
  const keys = items.flatMap((item) => {
    const { id, revision, parts } = headOf(item);
    return Array.from({ length: parts }, (_, n) => layout.part(id, revision, n));
  });
  const bytes = new Map<string, Uint8Array>();
  if (keys.length > 0) {
    for (const { pk, sk, bytes: part } of await table.batchGet(keys)) bytes.set(`${pk!.S} ${sk!.S}`, part!.B!);
  }
  return new Map(
    items.map((item) => {
      const { id, revision, parts } = headOf(item);
      if (parts === 0) return [id, entryOf(item, item.body?.S)];
      const found = Array.from({ length: parts }, (_, n) => {
        const { pk, sk } = layout.part(id, revision, n);
        return bytes.get(`${pk.S} ${sk.S}`);
      });
      return [id, found.includes(undefined) ? undefined : entryOf(item, decoded(found as Uint8Array[]))];
    }),
  );
}

/** Without a body, as a scan of vectors reads it, the other fields are empty. */
export function entryOf(item: Item, body: string | undefined): Entry {
  const { id, revision, expiry } = headOf(item);
  return {
    id,
    namespace: JSON.parse(item.ns!.S!) as string,
    key: JSON.parse(item.nk!.S!) as string,
    ...(body === undefined ? { text: "", value: "", metadata: {}, tags: [], createdAt: 0 } : parsed(id, body)),
    vector: vectorOf(item.vector?.B),
    accessedAt: unordered(item.u!.S!),
    expiresAt: expiry === undefined ? null : unordered(expiry),
    hits: Number(item.hits!.N),
    revision,
  };
}

type Body = Pick<Entry, "text" | "value" | "metadata" | "tags" | "createdAt">;

function parsed(id: number, body: string): Body {
  try {
    return JSON.parse(body) as Body;
  } catch {
    throw new MnemeError(
      "corrupt",
      `Entry ${id} in the dynamodb store is not JSON.`,
      "Delete it; it will be computed anew.",
    );
  }
}

/** A damaged vector is none: the entry serves the exact layer. The bytes may be a window of a larger buffer. */
function vectorOf(bytes: Uint8Array | undefined): Float32Array | null {
  return bytes === undefined || bytes.length % 4 !== 0 ? null : new Float32Array(Uint8Array.from(bytes).buffer);
}

export function decoded(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}
