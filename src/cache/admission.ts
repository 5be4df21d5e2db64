import type { NewEntry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { keyOf } from "../text/key.ts";
import { unit } from "../vectors/vector-index.ts";
import { embed } from "./embedder.ts";
import { type Engine, namespaceOf } from "./engine.ts";
import { checkMetadata, checkTags, type DeleteOptions, type PutOptions } from "./options.ts";
import { parseTtl } from "./ttl.ts";
import { encodeValue } from "./value.ts";

/**
 * Stores a response; returns the entry's id. Everything is checked before the embedding is paid for. The store comes
 * first and the index second: a crash between the two loses a hit and never serves a row that is not there.
 */
export function* put(
  engine: Engine,
  query: string,
  response: unknown,
  options: PutOptions,
  vector?: Float32Array,
): Steps<number> {
  engine.ensureOpen();
  const text = engine.textOf(query);
  const { ttl, ...fields } = checkPutOptions(engine, options);
  const checked: Omit<NewEntry, "vector" | "createdAt" | "expiresAt"> = {
    key: keyOf(text),
    text: query,
    value: encodeValue(response),
    ...fields,
  };
  options.signal?.throwIfAborted();

  const { embedder } = engine.settings;
  const [embedded] = vector ? [vector] : yield* embed(embedder, [text], options.signal);
  const row = unit(embedded!, embedder.dimensions);
  options.signal?.throwIfAborted();
  engine.ensureOpen(); // it may have been closed while the embedder worked

  const createdAt = engine.now();
  const entry: NewEntry = { ...checked, vector: row, createdAt, expiresAt: ttl === null ? null : createdAt + ttl };
  const { applied } = yield* engine.commit([{ put: entry }]);
  const id = applied[0]![0]!;
  engine.addToIndex("put", id, entry.namespace, row);
  return id;
}

/** What a put is told besides the query and the response; a copy, as the caller may change theirs while we embed. */
export function checkPutOptions(
  engine: Engine,
  options: PutOptions,
): Pick<NewEntry, "namespace" | "metadata" | "tags"> & { ttl: number | null } {
  return {
    namespace: namespaceOf(options),
    metadata: checkMetadata(options.metadata),
    tags: checkTags(options.tags),
    ttl: options.ttl === undefined ? engine.settings.defaultTtl : parseTtl(options.ttl),
  };
}

/** What names an entry: its namespace and its text. */
export function entryName(
  engine: Engine,
  query: string,
  options: { namespace?: string | undefined },
): { namespace: string; text: string } {
  return { namespace: namespaceOf(options), text: engine.textOf(query) };
}

/** Removes the entry of exactly this query; tells whether there was one. */
export function* remove(engine: Engine, query: string, options: DeleteOptions): Steps<boolean> {
  engine.ensureOpen();
  const { namespace, text } = entryName(engine, query, options);
  const entry = yield* step(engine.store.get(namespace, keyOf(text)));
  if (entry === undefined) return false;
  const { applied } = yield* engine.commit([{ remove: [entry.id] }]);
  engine.index.remove(entry.id);
  return applied[0]!.length > 0;
}
