import { embed } from "../embedder.ts";
import { argumentError } from "../error.ts";
import type { Entry, NewEntry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import { keyOf } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { parseTtl } from "../ttl.ts";
import { unit } from "../vectors/vector-index.ts";
import {
  type ComputeOptions,
  checkMetadata,
  checkTags,
  type DeleteOptions,
  namespaceOf,
  type PutOptions,
} from "./call-options.ts";
import type { Engine } from "./engine.ts";
import { isValid, trueOrFalse } from "./judgement.ts";
import { checkSize } from "./limits.ts";
import { encodeValue } from "./value.ts";

/** A response to be stored, for a query. */
export interface Admission {
  query: string;
  response: unknown;
  options: PutOptions;
}

/** A checked one: an entry but for its vector and times, and what is to be embedded. */
interface Checked {
  text: string;
  embedding: Float32Array | undefined;
  entry: Omit<NewEntry, "vector" | "createdAt" | "expiresAt">;
  ttl: number | null;
  /** Whether only the exact layer is to find it: then it is not embedded. */
  exactOnly: boolean;
}

/** Stores a response; returns the entry's id, or 0 when `validate` refuses it. */
export function* put(engine: Engine, query: string, response: unknown, options: PutOptions): Steps<number> {
  const [id] = yield* putMany(engine, [{ query, response, options }], options.signal);
  return id!;
}

/**
 * The same for many, embedded together and stored in one commit. Everything is checked before an embedding is paid for. The
 * store comes first and the index second: a crash between the two loses a hit and never serves a row that is not there.
 */
export function* putMany(engine: Engine, admissions: readonly Admission[], signal?: AbortSignal): Steps<number[]> {
  engine.ensureOpen();
  const checked = admissions.map((admission) => check(engine, admission));
  signal?.throwIfAborted();

  const start = performance.now();
  const valid = checked.map((one, i) => isAdmitted(engine, one.entry.namespace, admissions[i]!.response));
  const admitted = checked.filter((_, i) => valid[i]);
  const rows = yield* embedAll(engine, admitted, signal);
  signal?.throwIfAborted();
  engine.ensureOpen(); // it may have been closed while the embedder worked

  const createdAt = engine.now();
  const entries = admitted.map(({ entry, ttl }, i): NewEntry => {
    return { ...entry, vector: rows[i]!, createdAt, expiresAt: ttl === null ? null : createdAt + ttl };
  });
  const { applied } = entries.length === 0 ? { applied: [] } : yield* engine.commit(entries.map((put) => ({ put })));
  const ms = performance.now() - start;
  for (const { response, options } of admissions)
    if (options.usage !== undefined) engine.savings.made(response, options);
  const ids = applied.map(([id]) => id!);
  for (const [i, entry] of entries.entries()) {
    const { namespace, vector } = entry;
    const id = ids[i]!;
    engine.population.put(id, namespace);
    if (vector === null) engine.projection.remove(id);
    else engine.addToIndex("put", id, entry, vector);
    engine.counters.add(namespace, "puts");
    engine.emit({ type: "put", namespace, id, ms });
  }
  yield* engine.eviction.after(entries.map(({ namespace }, i) => [ids[i]!, namespace]));
  return valid.map((isValid) => (isValid ? ids.shift()! : 0));
}

/** What was computed, as far as its caller admits it; tells whether it was stored. */
export function* admit<V>(
  engine: Engine,
  { query, response, options }: { query: string; response: V; options: ComputeOptions<V> },
): Steps<boolean> {
  const admitted = options.admit === undefined || options.admit(response);
  if (admitted === false) return false;
  if (admitted !== true && admitted !== "exact") {
    throw argumentError("admit", 'a function that answers true, false or "exact"', admitted, "It is not waited for.");
  }
  const semantic = admitted === "exact" ? false : options.semantic;
  return (yield* put(engine, query, response, { ...options, semantic, usage: undefined })) !== 0; // counted when it was made
}

function check(engine: Engine, { query, response, options }: Admission): Checked {
  const { limits, embedder } = engine.settings;
  const text = engine.textOf(query);
  const { ttl, ...fields } = checkPutOptions(engine, options);
  const value = encodeValue(response);
  checkSize(value, limits, "responseBytes");
  const embedding = options.embedding && unit(options.embedding, embedder.dimensions);
  const negative = negativeTtl(engine, response);
  const exactOnly =
    options.semantic === false || negative !== undefined || engine.guards?.isFollowUp(query, options.scope) === true;
  const entry = { key: keyOf(text, scopeOf(options.scope)), text: query, value, ...fields };
  return { text, embedding, entry, ttl: shorter(ttl, negative ?? null), exactOnly };
}

/** How long a response that says there is no answer may live; undefined for one that is an answer. */
function negativeTtl({ settings: { negative } }: Engine, response: unknown): number | null | undefined {
  if (negative === undefined) return undefined;
  const isNegative = trueOrFalse("negative.is", negative.is(response as never), "It is not waited for.");
  return isNegative ? negative.ttl : undefined;
}

function shorter(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** What a put is told besides the query and the response; a copy, as the caller may change theirs while we embed. */
export function checkPutOptions(
  engine: Engine,
  options: PutOptions,
): Pick<NewEntry, "namespace" | "metadata" | "tags"> & { ttl: number | null } {
  const { defaultTtl, limits } = engine.settings;
  const metadata = checkMetadata(options.metadata);
  checkSize(JSON.stringify(metadata), limits, "metadataBytes");
  return {
    namespace: namespaceOf(options),
    metadata,
    tags: checkTags(options.tags),
    ttl: options.ttl === undefined ? defaultTtl : parseTtl(options.ttl),
  };
}

/** Where `validate` cannot tell, a response is not stored. */
function isAdmitted(engine: Engine, namespace: string, response: unknown): boolean {
  try {
    if (isValid(engine.settings.validate, response)) return true;
  } catch (error) {
    engine.forgive("validator", error);
  }
  engine.counters.add(namespace, "rejections");
  engine.emit({ type: "reject", namespace, id: 0, reason: "validator" });
  return false;
}

function* embedAll(engine: Engine, checked: readonly Checked[], signal?: AbortSignal): Steps<(Float32Array | null)[]> {
  const { embedder } = engine.settings;
  const unknown = checked.filter(({ embedding, exactOnly }) => embedding === undefined && !exactOnly);
  const embedded =
    unknown.length === 0
      ? []
      : yield* embed(
          embedder,
          unknown.map(({ text }) => text),
          signal,
        );
  return checked.map(({ embedding, exactOnly }) => {
    return exactOnly ? null : (embedding ?? unit(embedded.shift()!, embedder.dimensions));
  });
}

/** What names an entry. */
export function entryName(engine: Engine, query: string, options: DeleteOptions): { namespace: string; key: string } {
  return { namespace: namespaceOf(options), key: keyOf(engine.textOf(query), scopeOf(options.scope)) };
}

/** Removes the entry of exactly this query; tells whether there was one. */
export function* remove(engine: Engine, query: string, options: DeleteOptions): Steps<boolean> {
  engine.ensureOpen();
  const { namespace, key } = entryName(engine, query, options);
  const entry = yield* step(engine.store.get(namespace, key));
  return entry !== undefined && (yield* entryRemoved(engine, entry));
}

/** Tells whether it was there. */
function* entryRemoved(engine: Engine, { id, namespace }: Pick<Entry, "id" | "namespace">): Steps<boolean> {
  const { applied } = yield* engine.commit([{ remove: [id] }]);
  engine.projection.remove(id);
  const count = applied[0]!.length;
  if (count === 0) return false;
  engine.population.removed(namespace, count);
  engine.emit({ type: "delete", namespace, count });
  return true;
}
