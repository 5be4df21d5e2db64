import { MnemeError } from "../error.ts";
import {
  type CheckpointEntry,
  corrupt,
  END,
  entriesName,
  FORMAT,
  HEAD,
  isCount,
  MANIFEST,
  MEMBER,
  METAS,
  newer,
  objectIn,
  parsedObject,
  Seal,
  textIn,
  VERSION,
} from "./checkpoint.ts";
import { checkedEntry, entryOf } from "./checkpoint-line.ts";
import { inflated } from "./gzip.ts";
import { META } from "./meta.ts";
import { checkPolicy } from "./options.ts";
import type { CheckedRestore } from "./restoring.ts";
import { type Member, TarReader, tooLarge } from "./tar.ts";

/** So many entries are committed at once, or fewer that are long. */
const BATCH = 256;
/** The name under which the Python reference puts a whole SQLite database into its checkpoints. */
const PYTHON_STORE = "store";
const NEWLINE = 10;

/** What the beginning of a checkpoint says of the rest. */
export interface Head {
  fingerprint: string;
  dimensions: number;
  normalise: boolean;
  entries: number | undefined;
}

/** Reads a checkpoint. Whoever gets to the end of `batches` has read one that is whole; before, nothing is certain. */
export class CheckpointReader {
  readonly #tar: TarReader;
  readonly #options: CheckedRestore;
  readonly #seal = new Seal();
  #entries = 0;
  #isOurs = true;
  /** By key, what the store kept beside entries. Known once `batches` has begun. */
  metas: ReadonlyMap<string, string> = new Map();
  head!: Head;

  private constructor(options: CheckedRestore) {
    this.#options = options;
    this.#tar = new TarReader(inflated(options.source, options.signal), options.limits.bytes);
  }

  /** Reads no more than the head. */
  static async open(options: CheckedRestore): Promise<CheckpointReader> {
    const reader = new CheckpointReader(options);
    try {
      await reader.#readHead();
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  async *batches(): AsyncGenerator<CheckpointEntry[]> {
    let batch: CheckpointEntry[] = [];
    let weight = 0;
    const { signal, limits } = this.#options;
    for await (const entry of this.#isOurs ? this.#ours() : this.#imported()) {
      if (++this.#entries > limits.entries) throw tooLarge("entries", `more than ${limits.entries} entries`);
      weight += entry.value.length + entry.text.length + 4 * this.head.dimensions;
      if (batch.push(entry) < BATCH && weight < MEMBER) continue;
      yield batch;
      signal?.throwIfAborted();
      this.#tell();
      batch = [];
      weight = 0;
    }
    if (batch.length > 0) yield batch;
    this.#tell();
  }

  async close(): Promise<void> {
    await this.#tar.close();
  }

  async #readHead(): Promise<void> {
    const manifest = objectIn(await this.#content(MANIFEST, HEAD), MANIFEST);
    this.#isOurs = manifest.format === FORMAT;
    if (!this.#isOurs && !("format_version" in manifest)) throw corrupt("has a manifest that is not of a checkpoint");
    this.head = this.#isOurs ? headOf(manifest) : pythonHeadOf(manifest);
    if (this.#isOurs || this.#options.importer !== undefined) return;
    throw new MnemeError(
      "unsupported",
      "The checkpoint was written by the Python reference, which puts a SQLite database into it.",
      'Pass { importer: pythonImporter() }, of "mneme/sqlite".',
    );
  }

  async *#ours(): AsyncGenerator<CheckpointEntry> {
    this.metas = metasOf(objectIn(await this.#content(METAS, HEAD), METAS), this.head);
    const { entryBytes } = this.#options.limits;
    for (let number = 1; ; number++) {
      const member = await this.#next();
      if (member.name === END) return await this.#checkEnd(member);
      const name = entriesName(number);
      if (member.name !== name) throw unexpected(member);
      const tooLong = `an entry of more than ${entryBytes} bytes`;
      if (member.size > MEMBER + entryBytes) throw tooLarge("entryBytes", tooLong);
      for (const line of linesOf(await this.#sealed(), name)) {
        if (line.length > entryBytes) throw tooLarge("entryBytes", tooLong);
        yield entryOf(textIn(line, name), this.head.dimensions, name);
      }
    }
  }

  async *#imported(): AsyncGenerator<CheckpointEntry> {
    const member = await this.#next();
    if (member.name !== PYTHON_STORE) throw unexpected(member);
    const image = this.#tar.stream();
    const { importer, signal } = this.#options;
    for await (const entry of importer!.entries(image, signal)) {
      yield checkedEntry(entry, this.head.dimensions, PYTHON_STORE);
    }
    for await (const _ of image); // what the importer did not want to know
    await this.#checkNothingFollows();
  }

  async #checkEnd(member: Member): Promise<void> {
    const { hash } = this.#seal;
    if (member.size > HEAD) throw unexpected(member);
    const end = objectIn(await this.#tar.content(), END);
    if (end.entries !== this.#entries || end.sha256 !== hash) throw corrupt("is damaged: its checksum is another");
    await this.#checkNothingFollows();
  }

  async #checkNothingFollows(): Promise<void> {
    const member = await this.#tar.next();
    if (member !== undefined) throw unexpected(member);
  }

  async #content(name: string, limit: number): Promise<Uint8Array> {
    const member = await this.#next();
    if (member.name !== name || member.size > limit) throw unexpected(member);
    return this.#sealed();
  }

  async #next(): Promise<Member> {
    const member = await this.#tar.next();
    if (member === undefined) throw corrupt("ends too soon");
    return member;
  }

  async #sealed(): Promise<Uint8Array> {
    const content = await this.#tar.content();
    await this.#seal.add(content);
    return content;
  }

  #tell(): void {
    try {
      this.#options.onProgress({ entries: this.#entries, total: this.head.entries, bytes: this.#tar.bytes });
    } catch {
      // Watching a restore must not break it.
    }
  }
}

function headOf({ version, fingerprint, dimensions, normalise, entries }: Record<string, unknown>): Head {
  checkVersion("format", version, VERSION);
  if (typeof normalise !== "boolean") throw corrupt("does not say how its texts were normalised");
  return { ...identityOf(fingerprint, dimensions), normalise, entries: isCount(entries) ? entries : undefined };
}

function pythonHeadOf(manifest: Record<string, unknown>): Head {
  checkVersion("format", manifest.format_version, 1);
  checkVersion("schema", manifest.schema_version, 1);
  if (manifest.store_backend !== "sqlite") throw corrupt("is of the Python reference, but not of its SQLite store");
  const identity = identityOf(manifest.embedder_fingerprint, manifest.embedder_dim);
  return { ...identity, normalise: true, entries: undefined };
}

function checkVersion(what: string, version: unknown, known: number): void {
  if (!isCount(version) || version === 0) throw corrupt(`does not say the version of its ${what}`);
  if (version > known) throw newer(`has version ${version} of its ${what}; this mneme knows ${known}`);
}

function identityOf(fingerprint: unknown, dimensions: unknown): Pick<Head, "fingerprint" | "dimensions"> {
  if (typeof fingerprint === "string" && isCount(dimensions)) return { fingerprint, dimensions };
  throw corrupt("does not say which embedder filled it");
}

/** What an index learnt and what was counted does no harm, whatever it is; limits and thresholds could. */
function metasOf(given: Record<string, unknown>, { normalise }: Head): Map<string, string> {
  const entries = Object.entries(given);
  const areTexts = entries.every((entry): entry is [string, string] => typeof entry[1] === "string");
  if (!areTexts) throw corrupt(`has a "${METAS}" with something else than texts`);
  const metas = new Map(entries);
  const policy = metas.get(META.policy);
  if (policy === undefined) return metas;
  const { quotas, ...rest } = parsedObject(policy, METAS);
  try {
    const checked = checkPolicy({ ...rest, quotas: Object.fromEntries(quotas as [string, number][]) });
    if (checked.normalise === normalise) {
      return metas.set(META.policy, JSON.stringify({ ...checked, quotas: [...checked.quotas!] }));
    }
  } catch (error) {
    throw corrupt(`has a "${METAS}" with limits or thresholds that none can be`, error);
  }
  throw corrupt("says in two ways how its texts were normalised");
}

function* linesOf(content: Uint8Array, name: string): Iterable<Uint8Array> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(NEWLINE, at);
    if (end < 0) throw corrupt(`has a "${name}" without an end of its last line`);
    yield content.subarray(at, end);
    at = end + 1;
  }
}

/** Names that would lead out of a folder, files that come twice, and whatever else a checkpoint does not have. */
function unexpected({ name, size }: Member): MnemeError {
  return corrupt(`has an unexpected file ${JSON.stringify(name.slice(0, 100))} of ${size} bytes`);
}
