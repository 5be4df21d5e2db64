import { MnemeError } from "../error.ts";
import { checkPlace } from "../place.ts";
import { memoryStore } from "../store/memory-store.ts";
import type { Awaitable, Change, Store } from "../store/store.ts";
import type { CheckpointEntry } from "./checkpoint.ts";
import { CheckpointReader, type Head } from "./checkpoint-reader.ts";
import { META, RESTORING } from "./meta.ts";
import { type CheckedSettings, checkSettings } from "./options.ts";
import { policyText, readPolicy } from "./policy.ts";
import { type CheckedRestore, checkRestore, type RestoreLimits } from "./restoring.ts";
import type { CacheOptions, RestoreOptions } from "./semantic-cache.ts";

/** Removed in one commit, when a restore has failed. */
const UNDONE_AT_ONCE = 1000;

/** A new file that will take the place of the one at a path. */
interface Stage {
  store: Store;
  /** Puts what the closed store wrote in the place of what was there, in one step. Answers a store for it. */
  keep(): Awaitable<Store>;
  /** Leaves everything as it was. Idempotent; after `keep` it does nothing. */
  drop(): Awaitable<void>;
}

/** Brings a checkpoint to where the options say. Answers how to open it: all of it is there, or nothing has changed. */
export async function restore<V>(
  source: ReadableStream<Uint8Array>,
  options: RestoreOptions<V>,
): Promise<CacheOptions<V> & { store: Store }> {
  const { bytes, entries, entryBytes, ...limits } = options?.limits ?? {};
  const open = { ...options, limits, path: undefined };
  const settings = checkSettings<V>(options && open);
  checkPlace(options);
  const checked = checkRestore(source, options, { bytes, entries, entryBytes } as Partial<RestoreLimits>);
  const reader = await CheckpointReader.open(checked);
  try {
    checkFits(reader.head, settings);
    const { store = memoryStore(), path } = options;
    if (path === undefined) await fillStore(store, reader, checked, settings);
    return { ...open, store: path === undefined ? store : await restoreAt(path, reader, checked, settings) };
  } finally {
    await reader.close();
  }
}

async function restoreAt(
  path: string,
  reader: CheckpointReader,
  options: CheckedRestore,
  settings: CheckedSettings,
): Promise<Store> {
  const { openPath, stagePath } = await import("#path-store");
  const stage = await stagePath(path, options.replace);
  if (stage !== undefined) return fillStage(stage, reader, settings);
  const store = openPath(path);
  try {
    await fillStore(store, reader, options, settings);
    return store;
  } catch (error) {
    await store.close(); // the caller has no other way to
    throw error;
  }
}

function checkFits(head: Head, { embedder, policy: { normalise = head.normalise } }: CheckedSettings): void {
  const { fingerprint, dimensions } = embedder;
  if (head.fingerprint !== fingerprint || head.dimensions !== dimensions) {
    const show = (identity: typeof embedder | Head): string =>
      `"${identity.fingerprint}" with ${identity.dimensions} dimensions`;
    throw new MnemeError(
      head.fingerprint === fingerprint ? "dimension" : "fingerprint",
      `The checkpoint was filled by the embedder ${show(head)}, not by ${show(embedder)}.`,
      "Restore it with the embedder that filled it.",
    );
  }
  if (head.normalise === normalise) return;
  const problem = `The checkpoint was filled with "normalise" ${head.normalise}, not ${normalise}.`;
  throw new MnemeError("fingerprint", problem, "Restore it as it was filled.");
}

/** A file of its own: whatever goes wrong, it is thrown away. */
async function fillStage(stage: Stage, reader: CheckpointReader, settings: CheckedSettings): Promise<Store> {
  const { store } = stage;
  try {
    try {
      await store.open(identityOf(settings));
      for await (const batch of reader.batches()) await putAll(store, batch);
      await setMetas(store, reader);
    } finally {
      await store.close();
    }
    return await stage.keep();
  } finally {
    await stage.drop();
  }
}

async function fillStore(
  store: Store,
  reader: CheckpointReader,
  { replace }: CheckedRestore,
  settings: CheckedSettings,
): Promise<void> {
  await store.open(identityOf(settings));
  const policy = await store.getMeta(META.policy);
  const { normalise: kept } = readPolicy(policy);
  if (kept !== undefined && kept !== reader.head.normalise) {
    const problem = `The ${store.name} store was filled with "normalise" ${kept}, not ${reader.head.normalise}.`;
    throw new MnemeError("fingerprint", problem, "Use a new store.");
  }
  const entries = await store.count();
  if (!replace && (entries > 0 || policy === RESTORING)) {
    const found = policy === RESTORING ? "is being restored, or a restore was cut short" : `has ${entries} entries`;
    const remedy = "Pass { replace: true } to give up what is there, or use another store.";
    throw new MnemeError("conflict", `The ${store.name} store ${found}.`, remedy);
  }
  if (policy === RESTORING) await store.clear(); // rubble
  if (policy !== RESTORING && entries > 0) await exchange(store, reader, settings);
  else await fillEmpty(store, reader, policy);
}

/** Batch by batch, taken back if it does not come to a good end. Until then no cache opens the store. */
async function fillEmpty(store: Store, reader: CheckpointReader, policy: string | undefined): Promise<void> {
  const ids: number[] = [];
  await store.setMeta(META.policy, RESTORING);
  try {
    for await (const batch of reader.batches()) await putAll(store, batch, ids);
    await setMetas(store, reader);
  } catch (error) {
    try {
      for (let at = 0; at < ids.length; at += UNDONE_AT_ONCE) {
        await store.commit([{ remove: ids.slice(at, at + UNDONE_AT_ONCE) }]);
      }
      await store.setMeta(
        META.policy,
        policy && policy !== RESTORING ? policy : policyText({ normalise: reader.head.normalise }),
      );
    } catch {
      // The store stays marked, and is not opened. What is told is what came first.
    }
    throw error;
  }
}

/** All of it in one commit, so that the old entries go when the new ones are there: it has to be held in memory. */
async function exchange(store: Store, reader: CheckpointReader, settings: CheckedSettings): Promise<void> {
  const entries: CheckpointEntry[] = [];
  for await (const batch of reader.batches()) entries.push(...batch);
  const old = await store.oldest(await store.count());
  await store.commit([{ remove: old }, ...entries.map(putOf)]);
  try {
    await setMetas(store, reader);
  } catch (error) {
    // The entries are in their place; what an index learnt is not worth going back.
    try {
      await settings.onEvent({ type: "error", operation: "restore", error });
    } catch {
      // Watching a restore must not break it.
    }
  }
}

async function putAll(store: Store, entries: readonly CheckpointEntry[], ids: number[] = []): Promise<void> {
  const { applied } = await store.commit(entries.map(putOf));
  for (const [id] of applied) ids.push(id!);
}

function putOf({ accessedAt, hits, ...put }: CheckpointEntry): Change {
  return { put, used: { at: accessedAt, hits } };
}

/** The policy goes last: it ends the mark. */
async function setMetas(store: Store, reader: CheckpointReader): Promise<void> {
  for (const key of Object.values(META)) {
    const value = reader.metas.get(key);
    if (key !== META.policy && value !== undefined) await store.setMeta(key, value);
  }
  await store.setMeta(META.policy, reader.metas.get(META.policy) ?? policyText({ normalise: reader.head.normalise }));
}

function identityOf({ embedder: { fingerprint, dimensions } }: CheckedSettings): {
  fingerprint: string;
  dimensions: number;
} {
  return { fingerprint, dimensions };
}
