import { type Entry, isExpired } from "../store/entry.ts";
import { eachStep, type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import type { LoadEngine } from "./open-index.ts";

// The index is a projection of the store. These fill it, and bring it up to date with what other writers did.

/** At opening: with what is kept beside the entries, and what changed since; without that, from the entries. */
export function* fill(engine: Engine, load: LoadEngine): Steps<void> {
  let version: number | undefined;
  if (engine.settings.vectors.resident === "codes") {
    const { KeptIndex } = yield* step(load());
    engine.kept = new KeptIndex(engine.store);
    try {
      version = yield* engine.kept.load(engine.projection);
    } catch (error) {
      engine.emit({ type: "error", operation: "open", error });
    }
  }
  if (version === undefined) {
    yield* engine.projection.prepare();
    yield* rebuild(engine, "open");
  } else {
    engine.known = version;
    for (const id of engine.index.ids()) engine.population.met(id);
    yield* refresh(engine);
  }
}

/** Where the store's version is not the one known, applies what changed since. */
export function* catchUp(engine: Engine): Steps<void> {
  if ((yield* step(engine.store.version())) !== engine.known) yield* refresh(engine);
}

/** Applies what changed since the version known. Runs may overlap each other and our own writes. */
export function* refresh(engine: Engine): Steps<void> {
  engine.ledger.expire(); // who changed that raised the version too
  const from = engine.known;
  const feed = yield* step(engine.store.changesSince(from));
  if (feed === undefined) return yield* rebuild(engine);
  // Overtaken: what it tells was written by us, or applied by another run, and may be older than what the index has.
  if (feed.version <= engine.known) return;
  engine.population.forget();
  for (const id of feed.removed) engine.projection.remove(id);
  const now = engine.now();
  for (const entry of feed.puts) place(engine, "refresh", entry, now);
  if (engine.known >= from) engine.known = feed.version; // else a write of ours answered late, and asks for more
}

/** Makes the index anew from the store. What is in it stays searchable meanwhile. */
function* rebuild(engine: Engine, operation = "refresh"): Steps<void> {
  // The version comes first: what is put while the scan runs, and perhaps not met by it, counts as not known.
  const from = engine.known;
  const version = yield* step(engine.store.version());
  const now = engine.now();
  const gone = new Set(engine.index.ids());
  yield* eachStep(engine.store.scan({ fields: "vectors" }), (entry) => {
    gone.delete(entry.id);
    place(engine, operation, entry, now);
  });
  for (const id of gone) engine.projection.remove(id);
  engine.population.forget();
  if (engine.known === from) engine.known = version;
}

/** The entry with the lowest id. */
export function* firstEntry(store: Store): Steps<Entry | undefined> {
  const entries = store.scan();
  const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  const first = yield* step<IteratorResult<Entry>>(iterator.next());
  if (first.done) return undefined;
  yield* step<unknown>(iterator.return?.());
  return first.value;
}

/** One damaged row costs its own hits, not the cache. */
function place(engine: Engine, operation: string, entry: Entry, now: number): void {
  const { id, vector } = entry;
  engine.population.met(id);
  if (vector === null || isExpired(entry, now)) engine.projection.remove(id);
  else engine.addToIndex(operation, id, entry, vector);
}
