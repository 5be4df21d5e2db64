import type { Change } from "../store/store.ts";
import { ConflictError } from "./check.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import type { CheckedImport, Imported, ImportFormat } from "./importing.ts";
import { type Kept, putOf } from "./record.ts";
import type { Row } from "./row.ts";

/** A memory that is to be here, with what it was. */
export interface Candidate {
  line: number;
  kept: Kept;
  /** Oldest first. */
  former: Kept[];
}

/** What the vectors of an import are. */
export type Vectors =
  /** They come along. */
  | "given"
  /** They are of another embedder: new ones are made, of former states too. */
  | "foreign"
  /** There are none yet. */
  | "none";

/** So many states of memories are written at once, and so many texts embedded. */
export const BATCH = 64;
const LISTED = 100;
/** An embedder that failed so often in a row is not asked again by this import: what is left is repaired later. */
const FAILURES = 3;

/** Takes memories in, batch by batch: all of a batch, or none of it. */
export class Intake {
  readonly result: Imported;
  /** Lines read so far. */
  lines = 0;
  readonly #engine: Engine;
  readonly #options: CheckedImport;
  readonly #vectors: Vectors;
  #failures = 0;

  constructor(engine: Engine, options: CheckedImport, format: ImportFormat, vectors: Vectors) {
    this.#engine = engine;
    this.#options = options;
    this.#vectors = vectors;
    const counts = { imported: 0, skipped: 0, replaced: 0, reembedded: 0, pending: 0 };
    this.result = { format, ...counts, rejected: [], unlisted: 0, tag: undefined };
  }

  /** "128 memories had been imported before." */
  get told(): string {
    const done = this.result.imported + this.result.replaced;
    return `${done === 1 ? "1 memory" : `${done} memories`} had been imported before.`;
  }

  reject(line: number, reason: string): void {
    const { rejected } = this.result;
    if (rejected.length < LISTED) rejected.push({ line, reason });
    else this.result.unlisted++;
  }

  /** No id is in it twice. */
  async take(batch: readonly Candidate[]): Promise<void> {
    this.#engine.ensureOpen();
    await this.#engine.follow();
    const wanted = this.#sorted(batch).wanted.map(({ candidate }) => candidate);
    const embedded = new Map(await this.#embedded(wanted));
    this.#options.signal?.throwIfAborted(); // from here on it is written, whoever still waits for it
    await this.#engine.untilSettled("What is to be imported", () => this.#write(batch, embedded));
    this.tell();
  }

  tell(): void {
    const { imported, skipped, replaced, rejected, unlisted } = this.result;
    const refused = rejected.length + unlisted;
    try {
      this.#options.onProgress({ lines: this.lines, imported, skipped, replaced, rejected: refused });
    } catch {
      // Watching an import must not break it.
    }
  }

  async #write(batch: readonly Candidate[], embedded: ReadonlyMap<Candidate, Candidate>): Promise<void> {
    await this.#engine.follow();
    const { wanted, skipped, refused } = this.#sorted(batch);
    const changes: Change[] = [];
    const done: { kept: Kept; replaces: boolean }[] = [];
    let late = 0;
    for (const { candidate, row } of wanted) {
      const ready = embedded.get(candidate);
      if (ready === undefined) {
        late++; // it was here a moment ago
        continue;
      }
      const past = row === undefined ? [] : this.#engine.catalogue.pastOf(row.id);
      if (past.length > 0) changes.push({ remove: past.map(({ seq }) => seq) });
      changes.push(putOf(ready.kept, { when: row === undefined ? "absent" : { revision: row.revision } }));
      // No memory was ever at a revision below 0: none that it will have here takes their keys.
      changes.push(...ready.former.map((former, i) => putOf(former, { past: -1 - i })));
      done.push({ kept: ready.kept, replaces: row !== undefined });
    }
    if (changes.length > 0) await this.#engine.commit(changes);

    const { result } = this;
    result.skipped += skipped + late;
    for (const { line, reason } of refused) this.reject(line, reason);
    for (const { kept, replaces } of done) {
      if (replaces) result.replaced++;
      else result.imported++;
      if (this.#vectors === "given") continue;
      if (kept.memory.pending) result.pending++;
      else if (this.#vectors === "foreign" && kept.vector !== null) result.reembedded++;
    }
  }

  /** What is to become of each, by what is here now. */
  #sorted(batch: readonly Candidate[]): {
    wanted: { candidate: Candidate; row: Row | undefined }[];
    skipped: number;
    refused: { line: number; reason: string }[];
  } {
    const { onConflict } = this.#options;
    const wanted: { candidate: Candidate; row: Row | undefined }[] = [];
    const refused: { line: number; reason: string }[] = [];
    const said = new Set<string>();
    let skipped = 0;
    for (const candidate of batch) {
      const { line, kept } = candidate;
      const { id, namespace } = kept.memory;
      const row = this.#engine.catalogue.get(id);
      if (row !== undefined && (onConflict === "error" || row.namespace !== namespace)) {
        const there = `The id ${JSON.stringify(id)} is that of a memory in ${row.namespace === namespace ? "the same" : "another"} namespace`;
        if (onConflict === "error") throw this.#conflict(there, line);
        refused.push({ line, reason: `${there}, which was left as it is.` });
      } else if (row !== undefined && onConflict === "skip") skipped++;
      else if (this.#vectors === "none" && row === undefined && this.#isSaid(kept, said)) skipped++;
      else wanted.push({ candidate, row });
    }
    return { wanted, skipped, refused };
  }

  /** Whether a memory of its namespace says the same, or said it until it was superseded; or one before it in the batch. */
  #isSaid({ fingerprint, memory: { namespace } }: Kept, said: Set<string>): boolean {
    const name = `${fingerprint} ${namespace}`;
    if (said.has(name)) return true;
    said.add(name);
    const now = this.#engine.now();
    for (const row of this.#engine.catalogue.twins(fingerprint)) {
      if (row.namespace === namespace && (row.expiresAt === null || row.expiresAt > now)) return true;
    }
    return false;
  }

  #conflict(there: string, line: number): ConflictError {
    const problem = `${there}; it came again in line ${line}. ${this.told}`;
    return new ConflictError(problem, 'Pass { onConflict: "skip" } to leave alone what is here, or "replace".');
  }

  /** Each with its vectors, and marked where it is still to be given one. */
  async #embedded(candidates: readonly Candidate[]): Promise<[Candidate, Candidate][]> {
    if (this.#vectors === "given") return candidates.map((candidate) => [candidate, candidate]);
    const states = candidates.flatMap(({ kept, former }) => [kept, ...former]);
    const meant = states.filter(({ memory }) => memory.embed !== false);
    const vectors = await this.#vectorsOf([...new Set(meant.map(({ memory }) => memory.content))]);
    return candidates.map((candidate) => {
      const kept = this.#withVector(candidate.kept, vectors);
      const former = candidate.former.map((state) => this.#withVector(state, vectors));
      return [candidate, { ...candidate, kept, former }];
    });
  }

  async #vectorsOf(contents: readonly string[]): Promise<Map<string, Float32Array>> {
    const { settings } = this.#engine;
    const { signal } = this.#options;
    const found = new Map<string, Float32Array>();
    if (settings.embedder === undefined) return found;
    for (let at = 0; at < contents.length && this.#failures < FAILURES; at += BATCH) {
      const texts = contents.slice(at, at + BATCH);
      const ms = 6 * settings.embedWithin.remember;
      const vectors = await vectorsOf(this.#engine, texts, { operation: "import", ms, signal });
      this.#failures = vectors === undefined ? this.#failures + 1 : 0;
      vectors?.forEach((vector, i) => {
        found.set(texts[i]!, vector);
      });
    }
    return found;
  }

  #withVector(state: Kept, vectors: ReadonlyMap<string, Float32Array>): Kept {
    const { repair: _repair, ...kept } = state;
    const { pending: _pending, ...memory } = kept.memory;
    const isMeant = memory.embed !== false;
    const vector = (isMeant && vectors.get(memory.content)) || null;
    const isOwed =
      isMeant && vector === null && this.#engine.settings.embedder !== undefined && kept.knownUntil === undefined;
    return { ...kept, vector, memory: isOwed ? { ...memory, pending: true } : memory };
  }
}
