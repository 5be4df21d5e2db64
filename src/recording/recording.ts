import type { GetOptions, PutOptions, WrapOptions } from "../cache/call-options.ts";
import type { CacheSettings } from "../cache/options.ts";
import { SemanticCache } from "../cache/semantic-cache.ts";
import { argumentError, MnemeError } from "../error.ts";
import type { NewEntry } from "../store/entry.ts";
import { memoryStore } from "../store/memory-store.ts";
import { drive, eachStep } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { keyOf, scopeIn } from "../text/key.ts";
import { scopeOf } from "../text/scope.ts";
import { foreign, isRecording, parse, print, type Recorded } from "./recorded-text.ts";
import { fileAt, type RecordingFile } from "./recording-file.ts";

export type { RecordingFile } from "./recording-file.ts";

/**
 * "record": all is computed anew, and replaces the file. "replay": nothing is; what the file has no answer to fails. "auto": what the
 * file has is replayed, what it has not is computed and added.
 */
export type RecordingMode = "record" | "replay" | "auto";

export interface RecordingOptions<V = string> extends Pick<CacheSettings<V>, "onEvent" | "usage" | "prices"> {
  mode: RecordingMode;
  /** The file, in Node, Deno and Bun. */
  path?: string | undefined;
  /** What reads and writes it elsewhere. */
  file?: RecordingFile | undefined;
}

/**
 * A cache for tests of what asks models: answers come from a file that is kept with the tests. Only the very same question has one, so
 * nothing is embedded. The file is written by `flush` and `close`.
 */
export async function openRecording<V = string>(options: RecordingOptions<V>): Promise<SemanticCache<V>> {
  const { mode, path, file = fileAt(path!), ...settings } = checked(options);
  const name = path ?? "the recording";
  const text = await file.read();
  const recorded = mode === "record" ? [] : parseIf(text, name);
  if (text !== undefined && mode === "record" && !isRecording(text)) throw foreign(name);
  if (text === undefined && mode === "replay") throw absent(name);
  const store = memoryStore() as Store;
  const cache = await SemanticCache.open<V>({ ...EXACTLY, ...settings, store });
  await store.commit(recorded.map((entry) => ({ put: entryOf(entry) })));

  let kept = mode === "record" ? undefined : print(recorded);
  /** Whether there was anything new. */
  const write = async (): Promise<boolean> => {
    const now = await entriesIn(store);
    const printed = print(now);
    // Who recorded nothing has not come far enough to know better than the file.
    if (printed === kept || (now.length === 0 && (text === undefined || mode === "record"))) return false;
    await file.write(printed);
    kept = printed;
    return true;
  };
  let saving: Promise<unknown> = Promise.resolve();
  /** One after another: of two writes at once the one with less in it may end last. */
  const save = (): Promise<boolean> => {
    const saved = saving.then(write);
    saving = saved.catch(() => {}); // told to who waits for it
    return saved;
  };
  const computed = <F>(compute: F, query: string, options: GetOptions | undefined): F | (() => never) => {
    if (mode !== "replay") return compute;
    return () => {
      throw unrecorded(name, recorded, query, options);
    };
  };
  const { get, getMany, put, putMany, wrap, stream, flush, close } = ownVerbs(cache);
  const verbs: Pick<SemanticCache<V>, "get" | "getMany" | "put" | "putMany" | "wrap" | "stream"> = {
    get: (query, options) => get(query, exactly(options)),
    getMany: (queries, options) => getMany(queries, exactly(options)),
    put: (query, response, options) => put(query, response, exactly(options)),
    putMany: (items, options) => putMany(Array.isArray(items) ? items.map(exactly) : items, options),
    wrap: (query, compute, options) => wrap(query, computed(compute, query, options), exactly(options)),
    stream: (query, produce, options) => stream(query, computed(produce, query, options), exactly(options)),
  };
  return Object.assign(cache, verbs, mode !== "replay" && savingVerbs(flush, close, save));
}

/** What the cache does by itself, before verbs of ours take the place of its. */
function ownVerbs<V>(cache: SemanticCache<V>) {
  return {
    get: cache.get.bind(cache),
    getMany: cache.getMany.bind(cache),
    put: cache.put.bind(cache),
    putMany: cache.putMany.bind(cache),
    wrap: cache.wrap.bind(cache),
    stream: cache.stream.bind(cache) as typeof cache.stream,
    flush: cache.flush.bind(cache),
    close: cache.close.bind(cache),
  };
}

/** What there is lies in memory until then. */
function savingVerbs(
  flush: () => Promise<void>,
  close: () => Promise<void>,
  save: () => Promise<boolean>,
): { flush(): Promise<void>; close(): Promise<void> } {
  const flushed = async (): Promise<boolean> => {
    await flush();
    return save();
  };
  let closing: Promise<void> | undefined;
  const closed = async (): Promise<void> => {
    // What was computed while the file was written is to be in it too.
    while (await flushed());
    await close();
  };
  return {
    async flush() {
      await flushed();
    },
    close() {
      closing ??= closed().catch((error: unknown) => {
        closing = undefined;
        throw error;
      });
      return closing;
    },
  };
}

/**
 * Only the exact layer is asked, for the text as it is; what is there is served, whatever is said of its age or worth. What cannot be
 * recorded, as it is no JSON, is told: a replay would lack it.
 */
const EXACTLY = {
  strict: true,
  embedder: {
    fingerprint: "recording",
    dimensions: 1,
    embed(): never {
      throw new MnemeError("unsupported", "A recording embeds nothing.", "Ask it for the very question.");
    },
  },
  normalise: false,
  guards: false,
  validate: false,
  waitUntil: false,
  limits: { queryBytes: Infinity, responseBytes: Infinity, metadataBytes: Infinity },
} as const;

/** What a call is told of all else is for caches that live longer. */
function exactly<O extends GetOptions | PutOptions | WrapOptions<never>>(options: O = {} as O): O {
  const bypass = undefined;
  const admit = undefined;
  return { ...options, semantic: false, embedding: undefined, ttl: null, staleAfter: undefined, bypass, admit };
}

function checked<V>(options: RecordingOptions<V>): RecordingOptions<V> {
  const { mode, file } = options ?? {};
  if (mode !== "record" && mode !== "replay" && mode !== "auto") {
    const remedy = '"replay" is for machines that run tests, the others are for making the file.';
    throw argumentError("mode", '"record", "replay" or "auto"', mode, remedy);
  }
  if (file !== undefined && (typeof file?.read !== "function" || typeof file.write !== "function")) {
    throw argumentError("file", "an object with read and write", file, "Or give a path.");
  }
  return options;
}

function parseIf(text: string | undefined, name: string): Recorded[] {
  return text === undefined ? [] : parse(text, name);
}

function entryOf({ namespace, query, scope = "", tags = [], metadata = {}, response }: Recorded): NewEntry {
  return {
    namespace,
    key: keyOf(query, scope),
    text: query,
    value: JSON.stringify(response),
    vector: null,
    metadata,
    tags,
    createdAt: Date.now(),
    expiresAt: null,
  };
}

async function entriesIn(store: Store): Promise<Recorded[]> {
  const entries: Recorded[] = [];
  await drive(
    eachStep(store.scan(), ({ namespace, key, text, value, tags, metadata }) => {
      const scope = scopeIn(key);
      entries.push({
        namespace,
        query: text,
        ...(scope !== "" && { scope }),
        ...(tags.length > 0 && { tags }),
        ...(Object.keys(metadata).length > 0 && { metadata }),
        response: JSON.parse(value),
      });
    }),
  );
  return entries;
}

function absent(name: string): MnemeError {
  return new MnemeError("unrecorded", `There is no recording ${name}.`, REMEDY);
}

const REMEDY =
  'Record it where the model can be asked: mode: "auto" asks for what is missing, "record" for all of it anew. Then keep the file with the tests.';

function unrecorded(
  name: string,
  recorded: readonly Recorded[],
  query: string,
  { namespace = "default", scope }: GetOptions = {},
): MnemeError {
  const shown = JSON.stringify(query.length > 100 ? `${query.slice(0, 100)}…` : query);
  const isElsewhere = recorded.some((entry) => entry.query === query);
  const where = `namespace ${JSON.stringify(namespace)}${scope === undefined ? "" : `, scope ${scopeOf(scope)}`}`;
  const hint = isElsewhere ? " It has one for another scope or namespace: what the answer depends on has changed." : "";
  return new MnemeError("unrecorded", `${name} has no answer to ${shown} (${where}).${hint}`, REMEDY);
}
