import { promisifyRequest } from "idb-keyval";
import { type Change, type CommitResult, type Entry, MnemeError, type Put, type ScanOptions } from "../../src/index.ts";
import { type EntryRecord, type RemovedRecord, type STORES, type VectorRecord, within } from "./indexeddb-database.ts";

// What happens inside one transaction. It lives as long as requests follow each other: nothing else may be awaited here.

/** The object stores of one transaction. */
export type Tables = Record<(typeof STORES)[number], IDBObjectStore>;

/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
export const REMEMBERED_COMMITS = 10_000;
/** Records read at a time by `scan`. */
export const PAGE = 500;

export async function apply(tables: Tables, changes: readonly Change[]): Promise<CommitResult & { raised: boolean }> {
  const version = await ask<number>(tables.state.get("version"));
  const applied: number[][] = [];
  let raised = false;
  for (const change of changes) {
    let ids: number[];
    if ("put" in change) ids = [await put(tables, change, version + 1)];
    else if ("touch" in change) ids = await touch(tables, change.touch, change.at, change.expiresAt);
    else ids = await remove(tables, change.remove, change.when?.expiredAt, version + 1);
    raised ||= !("touch" in change) && ids.length > 0;
    applied.push(ids);
  }
  if (raised) {
    await ask(tables.state.put(version + 1, "version"));
    const forgotten = IDBKeyRange.upperBound(version + 1 - REMEMBERED_COMMITS);
    const old = (await ask(tables.removed.index("version").getAllKeys(forgotten))) as number[];
    for (const id of old) tables.removed.delete(id);
  }
  return { version: raised ? version + 1 : version, applied, raised };
}

/**
 * A copy, made before anything is awaited: what is passed stays the caller's. And of a window into a larger buffer the
 * browser would store the whole buffer.
 */
export function owned(change: Change): Change {
  if ("touch" in change) return { ...change, touch: [...change.touch] };
  if ("remove" in change) return { ...change, remove: [...change.remove] };
  const { vector, metadata, tags } = change.put;
  const own = { vector: vector === null ? null : vector.slice(), metadata: structuredClone(metadata), tags: [...tags] };
  return { ...change, put: { ...change.put, ...own } };
}

async function put(
  { entries, vectors }: Tables,
  { put: { vector, ...fields }, when, used }: Put,
  revision: number,
): Promise<number> {
  const known = await ask<EntryRecord | undefined>(entries.index("key").get([fields.namespace, fields.key]));
  if (when !== undefined && known?.revision !== (when === "absent" ? undefined : when.revision)) {
    throw new MnemeError(
      "conflict",
      "A put's condition did not hold: the key was there, or not at the revision expected.",
      "Read the entry again and decide anew.",
    );
  }
  const { at, hits } = used ?? { at: fields.createdAt, hits: 0 };
  const record = { ...fields, accessedAt: at, hits, revision };
  const id = (await ask(entries.put(known === undefined ? record : { ...record, id: known.id }))) as number;
  const { namespace, key, expiresAt } = fields;
  await ask(
    vectors.put({
      id,
      namespace,
      key,
      vector,
      expiresAt,
      revision,
    } satisfies VectorRecord),
  );
  return id;
}

async function touch(
  { entries, vectors }: Tables,
  ids: readonly number[],
  at: number,
  expiresAt: number | null | undefined,
): Promise<number[]> {
  const touched: number[] = [];
  for (const id of new Set(ids)) {
    const record = await ask<EntryRecord | undefined>(entries.get(id));
    if (record === undefined) continue;
    touched.push(id);
    const expiry = expiresAt === undefined ? {} : { expiresAt };
    await ask(entries.put({ ...record, accessedAt: at, hits: record.hits + 1, ...expiry }));
    if (expiresAt !== undefined) await ask(vectors.put({ ...(await ask<VectorRecord>(vectors.get(id))), expiresAt }));
  }
  return touched;
}

async function remove(
  { entries, vectors, removed }: Tables,
  ids: readonly number[],
  expiredAt: number | undefined,
  version: number,
): Promise<number[]> {
  const gone: number[] = [];
  for (const id of new Set(ids)) {
    const record = await ask<EntryRecord | undefined>(entries.get(id));
    if (record === undefined) continue;
    if (expiredAt !== undefined && !(record.expiresAt !== null && record.expiresAt <= expiredAt)) continue;
    gone.push(id);
    entries.delete(id);
    vectors.delete(id);
    await ask(removed.put({ id, version } satisfies RemovedRecord));
  }
  return gone;
}

export async function pageOf({ entries, vectors }: Tables, options: ScanOptions, after: number): Promise<Entry[]> {
  const { namespace, fields = "all" } = options;
  const range = namespace === undefined ? IDBKeyRange.lowerBound(after, true) : within(namespace, after);
  const from = (table: IDBObjectStore): IDBObjectStore | IDBIndex =>
    namespace === undefined ? table : table.index("namespace");
  const vectorRecords = await ask<VectorRecord[]>(from(vectors).getAll(range, PAGE));
  if (fields === "vectors") return vectorRecords.map((record) => ({ ...EMPTY, ...record }));
  const records = await ask<EntryRecord[]>(from(entries).getAll(range, PAGE));
  return records.map((record, i) => whole(record, vectorRecords[i]));
}

/** What a scan of vectors leaves out. */
const EMPTY = { text: "", value: "", metadata: {}, tags: [], createdAt: 0, accessedAt: 0, hits: 0 };

export async function byId({ entries, vectors }: Tables, id: number): Promise<Entry | undefined> {
  const [record, vector] = await Promise.all([
    ask<EntryRecord | undefined>(entries.get(id)),
    ask<VectorRecord | undefined>(vectors.get(id)),
  ]);
  return record && whole(record, vector);
}

export function whole(record: EntryRecord, vector: VectorRecord | undefined): Entry {
  return { ...record, vector: vector?.vector ?? null };
}

export function ask<T>(request: IDBRequest): Promise<T> {
  return promisifyRequest<T>(request as IDBRequest<T>);
}
