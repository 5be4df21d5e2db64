import { embed } from "../embedder.ts";
import { MnemeError } from "../error.ts";
import { type Entry, isExpired, type NewEntry } from "../store/entry.ts";
import { drive } from "../store/steps.ts";
import type { Change, ScanOptions, Uses } from "../store/store.ts";
import { normalise } from "../text/normalise.ts";
import { unit } from "../vectors/vector-index.ts";
import { Ledger } from "./ledger.ts";
import { portableTags } from "./marks.ts";
import { MIGRATION } from "./migration.ts";
import type { ReembedResult } from "./reembed.ts";
import type { ReembedSettings } from "./reembed-options.ts";
import { type Progress, withProbe } from "./reembed-progress.ts";

/** What a batch of entries becomes in the destination. */
interface Prepared {
  entries: readonly Entry[];
  puts: { put: NewEntry; used: Uses }[];
  remove: number[];
  counts: Partial<Counts>;
}
type Counts = Omit<ReembedResult, "entries">;

/** Failures that another try would meet again. */
const LASTING = new Set(["argument", "dimension", "unsupported", "vector"]);
const REST_EVERY_MS = 50;
const GO_ON = "Nothing is lost: run it again with the same stores, and it goes on where it was.";

/** Carries entries over, in batches: many are embedded at a time, and committed in the order they were read. */
export class Transfer {
  readonly progress: Progress;
  readonly counts: Counts = { embedded: 0, kept: 0, skipped: 0, removed: 0 };
  readonly #settings: ReembedSettings;
  readonly #total: number;
  #rested = Date.now();

  constructor(settings: ReembedSettings, progress: Progress, total: number) {
    this.#settings = settings;
    this.progress = progress;
    this.#total = total;
  }

  /** All entries behind the last one known to be there. With `compare`, those that are there already are left as they are. */
  async scan(compare: boolean): Promise<void> {
    const { from, namespaces } = this.#settings;
    const options: ScanOptions = { after: this.progress.after };
    if (namespaces?.length === 1) options.namespace = namespaces[0]!;
    await this.#carry(from.scan(options), compare, async ({ entries }) => {
      const last = entries.at(-1)!;
      const { done, probes } = this.progress;
      await this.save({ after: last.id, done: done + entries.length, probes: withProbe(probes, last) });
    });
  }

  /** Entries in their present state, over what is there. */
  async apply(entries: readonly Entry[]): Promise<void> {
    await this.#carry(entries, true, async () => {});
  }

  /** Removes what the source no longer has, or has declared invalid. */
  async prune(): Promise<void> {
    const { from, to, batch } = this.#settings;
    for await (const entries of inBatches(to.scan(), batch)) {
      await this.#rest();
      const there = await Promise.all(entries.map(({ namespace, key }) => from.get(namespace, key)));
      const gone = entries.filter((_, i) => there[i] === undefined || this.#ledger.isInvalid(there[i])).map(idOf);
      if (gone.length > 0) await to.commit([{ remove: gone }]);
      this.counts.removed += gone.length;
    }
  }

  /** Of the source. */
  get #ledger(): Ledger {
    return Ledger.of(this.progress.ledger ?? undefined);
  }

  async save(change: Partial<Progress>): Promise<void> {
    Object.assign(this.progress, change);
    await this.#settings.to.setMeta(MIGRATION, JSON.stringify(this.progress));
  }

  /** No more is read than is being embedded: memory holds so many batches, however many entries there are. */
  async #carry(
    entries: AsyncIterable<Entry> | Iterable<Entry>,
    compare: boolean,
    onStored: (batch: Prepared) => Promise<void>,
  ): Promise<void> {
    const { batch, concurrency, namespaces } = this.#settings;
    const wanted = namespaces && new Set(namespaces);
    const underWay: Promise<Prepared>[] = [];
    const storeNext = async (): Promise<void> => {
      const prepared = await underWay[0]!;
      await this.#store(prepared);
      underWay.shift();
      await onStored(prepared);
      this.#tell();
    };
    try {
      for await (const read of inBatches(entries, batch, wanted)) {
        await this.#rest();
        const preparing = this.#prepare(read, compare);
        preparing.catch(() => {}); // told when its turn comes
        underWay.push(preparing);
        if (underWay.length >= concurrency) await storeNext();
      }
      while (underWay.length > 0) await storeNext();
    } catch (error) {
      await this.#rescue(underWay);
      throw error;
    }
  }

  /** What was embedded behind a failure is paid for: it is stored too, and the next run finds it there. */
  async #rescue(underWay: readonly Promise<Prepared>[]): Promise<void> {
    for (const result of await Promise.allSettled(underWay)) {
      if (result.status === "rejected") continue;
      try {
        await this.#store(result.value);
      } catch {
        return; // it was the store that failed: the first failure is the one to tell
      }
    }
  }

  async #prepare(entries: readonly Entry[], compare: boolean): Promise<Prepared> {
    const { to, clock } = this.#settings;
    const prepared: Prepared = { entries, puts: [], remove: [], counts: {} };
    const there = compare ? await Promise.all(entries.map(({ namespace, key }) => to.get(namespace, key))) : [];
    const now = clock();
    const ledger = this.#ledger;
    const embedding = new Map<string, NewEntry[]>(); // a text of many namespaces is embedded once
    let [kept, skipped] = [0, 0];
    for (const [i, entry] of entries.entries()) {
      const old = there[i];
      const same = old !== undefined && contentOf(old) === contentOf(entry);
      const isInvalid = ledger.isInvalid(entry);
      if (isInvalid || isExpired(entry, now)) {
        skipped++;
        // Of an entry that was overwritten since; what is expired here is so there.
        if (old !== undefined && (isInvalid || !same)) prepared.remove.push(old.id);
      } else if (same) {
        kept++;
        if (old.hits === entry.hits && old.accessedAt === entry.accessedAt) continue;
        prepared.puts.push({ put: { ...newEntryOf(entry), vector: old.vector }, used: usesOf(entry) });
      } else {
        const put: NewEntry = newEntryOf(entry);
        prepared.puts.push({ put, used: usesOf(entry) });
        if (entry.vector === null) continue; // only the exact layer was to find it
        if (old?.vector && old.text === entry.text) put.vector = old.vector;
        else {
          const text = this.progress.normalise ? normalise(entry.text) : entry.text;
          embedding.set(text, [...(embedding.get(text) ?? []), put]);
        }
      }
    }
    const texts = [...embedding.keys()];
    const vectors = texts.length === 0 ? [] : await this.#embed(texts);
    for (const [i, text] of texts.entries()) for (const put of embedding.get(text)!) put.vector = vectors[i]!;
    prepared.counts = { kept, skipped, embedded: texts.length };
    return prepared;
  }

  async #store({ puts, remove, counts }: Prepared): Promise<void> {
    const { to } = this.#settings;
    const changes: Change[] = [...puts];
    if (remove.length > 0) changes.push({ remove });
    if (changes.length > 0) await to.commit(changes);
    for (const [name, count] of Object.entries(counts)) this.counts[name as keyof Counts] += count;
    this.counts.removed += remove.length;
  }

  async #embed(texts: readonly string[]): Promise<Float32Array[]> {
    const { embedder, signal, attempts, waitMs } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        const vectors = await drive(embed(embedder, texts, signal));
        return vectors.map((vector) => unit(vector, embedder.dimensions));
      } catch (cause) {
        signal?.throwIfAborted();
        const lasting = cause instanceof MnemeError && LASTING.has(cause.code);
        if (lasting) throw new MnemeError(cause.code, cause.message, GO_ON, { cause });
        if (attempt >= attempts) {
          throw new MnemeError("embedder", `The embedder failed ${attempt} times in a row.`, GO_ON, { cause });
        }
        await pause(waitMs * 2 ** (attempt - 1), signal);
      }
    }
  }

  /** Between stores that answer at once nothing else would get its turn, nor an abort be heard. */
  async #rest(): Promise<void> {
    const { signal } = this.#settings;
    if (Date.now() - this.#rested >= REST_EVERY_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      this.#rested = Date.now();
    }
    signal?.throwIfAborted();
  }

  #tell(): void {
    const { onProgress } = this.#settings;
    try {
      onProgress?.({ done: this.progress.done, total: this.#total, embedded: this.counts.embedded });
    } catch {
      // Watching must not break it.
    }
  }
}

/** Those of the namespaces wanted. The iterator is closed when the reading ends early. */
async function* inBatches(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  size: number,
  wanted?: ReadonlySet<string> | undefined,
): AsyncIterable<Entry[]> {
  let batch: Entry[] = [];
  for await (const entry of entries) {
    if (wanted !== undefined && !wanted.has(entry.namespace)) continue;
    batch.push(entry);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function idOf({ id }: Entry): number {
  return id;
}

function newEntryOf({ namespace, key, text, value, metadata, tags, createdAt, expiresAt }: Entry): NewEntry {
  return { namespace, key, text, value, vector: null, metadata, tags: portableTags(tags), createdAt, expiresAt };
}

function usesOf({ accessedAt, hits }: Entry): Uses {
  return { at: accessedAt, hits };
}

/** All that two entries of one name have in common when one is the other, embedded anew. */
function contentOf({ text, value, vector, metadata, tags, createdAt, expiresAt }: Entry): string {
  return JSON.stringify([text, value, vector !== null, metadata, portableTags(tags), createdAt, expiresAt]);
}

/** Longer each time, and not for all callers alike: many that failed together would come back together. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
      ms * (0.5 + Math.random() / 2),
    );
    signal?.addEventListener("abort", leave, { once: true });
  });
}
