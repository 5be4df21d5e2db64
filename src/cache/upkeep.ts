import { argumentError, MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import { checkNamespace } from "./call-options.ts";
import type { Engine } from "./engine.ts";
import type { Loaders } from "./loaders.ts";
import { type LoadEngine, openIndex } from "./open-index.ts";
import type { Stats } from "./stats.ts";

/** Removes what has expired, and what was declared invalid; returns how many entries that were. */
export function* vacuum(engine: Engine, load: Loaders["judging"], namespace?: string): Steps<number> {
  engine.ensureOpen();
  if (namespace !== undefined) checkNamespace(namespace);
  yield* engine.flush(); // a use that is still to be written may have kept an entry alive
  const now = engine.now();
  engine.ledger.expire(); // others may have said something by now
  yield* engine.ledger.heed(engine.ledger.ask(engine.store));
  let removed = 0;
  if (engine.ledger.invalidates) removed = yield* (yield* step(load())).sweepInvalid(engine);
  for (const name of namespace === undefined ? yield* step(engine.store.namespaces()) : [namespace]) {
    const { moment } = engine;
    const ids = yield* step(engine.store.removeExpired(now, name));
    if (ids.length === 0) continue;
    for (const id of ids) engine.projection.remove(id);
    yield* engine.noteRemoval(moment);
    engine.countExpired(name, ids.length);
    removed += ids.length;
  }
  return removed;
}

/** Makes the index anew in as little memory as it needs; returns how many bytes that gave back. */
export function* compact(engine: Engine, load: LoadEngine): Steps<number> {
  engine.ensureOpen();
  refuseShared(engine);
  if (!engine.keepsIndex) return 0;
  const { bytes } = engine.index;
  yield* engine.projection.replace(
    yield* openIndex(engine.settings, load, engine.store, engine.onIndexChange),
    engine.now(),
  );
  return Math.max(0, bytes - engine.index.bytes);
}

/** The same with numbers of another kind. They are made of what the store has, so none is rounded twice. */
export function* requantise(engine: Engine, load: LoadEngine, dtype: Stats["dtype"]): Steps<void> {
  engine.ensureOpen();
  refuseShared(engine);
  const { settings, store } = engine;
  if (settings.index !== "exact") {
    const remedy = "Give the dtype to the index's own factory, and open the cache anew.";
    throw new MnemeError("unsupported", "Only the library's exact index can change its dtype.", remedy);
  }
  if (dtype === undefined) throw argumentError("dtype", '"float32", "float16" or "int8"', dtype, "Name one.");
  const vectors = { ...settings.vectors, dtype };
  const next = yield* openIndex({ ...settings, vectors }, load, store, engine.onIndexChange);
  yield* engine.projection.replace(next, engine.now());
  engine.dtype = dtype;
}

/** Readers know the memory that the index lies in. */
function refuseShared({ settings }: Engine): void {
  if (settings.mode !== "shared") return;
  throw new MnemeError(
    "unsupported",
    "Other threads search this index where it lies.",
    "Close them all, and open anew.",
  );
}
