import { argumentError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { eachStep, type Steps, step } from "../store/steps.ts";
import type { Engine } from "./engine.ts";
import { type LedgerText, OWN_TAGS } from "./ledger.ts";
import { checkNamespace, checkTags } from "./options.ts";

/** Which entries: all of a namespace, or those with any of the tags, in whichever namespace. */
export interface Invalidation {
  namespace?: string | undefined;
  tags?: readonly string[] | undefined;
}

/** Removed in one go while sweeping. */
const BATCH = 100;

export function checkInvalidation({ namespace, tags }: Invalidation): Required<Invalidation> {
  if (namespace !== undefined) checkNamespace(namespace);
  const checked = checkTags(tags);
  if ((namespace === undefined) === (checked.length === 0)) {
    const remedy = "Use clear() for everything, and a tag that names the namespace for both at once.";
    throw argumentError("invalidate", "a namespace or tags, one of them", { namespace, tags }, remedy);
  }
  return { namespace, tags: checked };
}

/**
 * Whatever was put until now is not served any more; however much there is, it is one write. The rows stay until `vacuum`.
 */
export function* invalidate(engine: Engine, given: Invalidation): Steps<void> {
  engine.ensureOpen();
  const { namespace, tags } = checkInvalidation(given);
  const version = yield* step(engine.store.version());
  yield* engine.ledger.amend(engine.store, (ledger) => ({
    ...ledger,
    namespaces: namespace === undefined ? ledger.namespaces : raised(ledger.namespaces, [namespace], version),
    tags: raised(ledger.tags, tags!, version),
  }));
  yield* tellOthers(engine);
  engine.emit({ type: "invalidate", namespace, tags: tags! });
}

/** Raises the version, by which others know that there is something to heed: an entry that is over comes, and goes. */
function* tellOthers(engine: Engine): Steps<void> {
  const now = engine.now();
  const put = {
    namespace: OWN_TAGS,
    key: "",
    text: "",
    value: "null",
    vector: null,
    metadata: {},
    tags: [],
    createdAt: now,
    expiresAt: now,
  };
  const { applied } = yield* engine.commit([{ put }]);
  yield* engine.commit([{ remove: applied[0]! }]);
}

function raised(versions: LedgerText["tags"], names: readonly string[], version: number): LedgerText["tags"] {
  const all = new Map(versions);
  for (const name of names) all.set(name, Math.max(version, all.get(name) ?? 0));
  return [...all];
}

/** Removes the rows that were declared invalid, and then what was said of them; returns how many there were. */
export function* sweepInvalid(engine: Engine): Steps<number> {
  const { ledger, store } = engine;
  if (!ledger.invalidates) return 0;
  const version = yield* step(store.version());
  const batches: Entry[][] = [[]];
  yield* eachStep(store.scan(), (entry) => {
    if (!ledger.isInvalid(entry)) return;
    if (batches.at(-1)!.length === BATCH) batches.push([]);
    // Its vector would be memory for nothing.
    batches.at(-1)!.push({ ...entry, vector: null });
  });
  let removed = 0;
  for (const batch of batches) {
    if (batch.length === 0) continue;
    // A put may have renewed an entry since it was read: only what is still as it was goes.
    const there = yield* step(store.getMany(batch.map(({ id }) => id)));
    const same = batch.filter(({ revision }, i) => there[i]?.revision === revision);
    const { applied } = yield* engine.commit([{ remove: same.map(({ id }) => id) }]);
    for (const id of applied[0]!) engine.projection.remove(id);
    for (const { id, namespace } of same) if (applied[0]!.includes(id)) engine.population.removed(namespace, 1);
    removed += applied[0]!.length;
  }
  // What was said before the scan has been done. Whoever does not know yet finds no such rows.
  const later = ([, said]: readonly [string, number]): boolean => said > version;
  yield* ledger.amend(store, ({ rejected, namespaces, tags }) => ({
    rejected,
    namespaces: namespaces.filter(later),
    tags: tags.filter(later),
  }));
  return removed;
}
