import { argumentError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { eachStep, type Steps, step } from "../store/steps.ts";
import { amend } from "./amendment.ts";
import { checkNamespace, checkTags } from "./call-options.ts";
import type { Engine } from "./engine.ts";
import { raised } from "./ledger.ts";
import type { LedgerText } from "./ledger-text.ts";
import { OWN_TAGS } from "./marks.ts";
import { removeAsRead } from "./removal.ts";

/** Which entries: all of a namespace, or those with any of the tags, in whichever namespace. */
export interface Invalidation {
  namespace?: string | undefined;
  tags?: readonly string[] | undefined;
}

/** Removed in one go while sweeping. */
const BATCH = 100;

function checkInvalidation(given: Invalidation): Required<Invalidation> {
  const { namespace, tags } = given ?? {};
  if (namespace !== undefined) checkNamespace(namespace);
  const checked = checkTags(tags);
  if ((namespace === undefined) === (checked.length === 0)) {
    const remedy = "Use clear() for everything, and a tag that names the namespace for both at once.";
    throw argumentError("invalidate", "a namespace or tags, one of them", given, remedy);
  }
  return { namespace, tags: checked };
}

/**
 * Whatever was put until now is not served any more; however much there is, it takes as many writes. The rows stay until `vacuum`.
 */
export function* invalidate(engine: Engine, given: Invalidation): Steps<void> {
  engine.ensureOpen();
  const { namespace, tags } = checkInvalidation(given);
  const version = yield* step(engine.store.version());
  const said = (names: readonly string[]): LedgerText["tags"] => names.map((name) => [name, version]);
  yield* amend(engine, (ledger) => ({
    ...ledger,
    namespaces: [...raised(ledger.namespaces, said(namespace === undefined ? [] : [namespace]))],
    tags: [...raised(ledger.tags, said(tags!))],
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

/** Removes the rows that were declared invalid, and then what was said of them; returns how many there were. */
export function* sweepInvalid(engine: Engine): Steps<number> {
  const { ledger, store } = engine;
  // What is heard of while the scan runs may be of rows that it has passed: that stays said.
  const { said } = ledger;
  const batches: Entry[][] = [[]];
  yield* eachStep(store.scan(), (entry) => {
    if (!ledger.isInvalid(entry)) return;
    if (batches.at(-1)!.length === BATCH) batches.push([]);
    // What is not needed would be memory for nothing.
    batches.at(-1)!.push({ ...entry, text: "", value: "null", vector: null, metadata: {} });
  });
  let removed = 0;
  for (const batch of batches) {
    removed += (yield* removeAsRead(engine, batch, (entry) => ledger.isInvalid(entry))).length;
  }
  const isNews = (swept: ReadonlyMap<string, number>) => {
    return ([name, version]: readonly [string, number]): boolean => version > (swept.get(name) ?? -1);
  };
  // Whoever has not heard that these are over with finds no such rows.
  yield* amend(engine, (text) => ({
    ...text,
    namespaces: text.namespaces.filter(isNews(said.namespaces)),
    tags: text.tags.filter(isNews(said.tags)),
  }));
  return removed;
}
