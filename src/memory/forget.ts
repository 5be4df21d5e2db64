import { argumentError } from "../error.ts";
import type { Change } from "../store/store.ts";
import { checkId, checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import { isHandoff } from "./handoff.ts";
import { dropLinks } from "./links.ts";
import type { Row } from "./row.ts";
import { SHELF } from "./shelf.ts";
import { isAbout } from "./subjects.ts";

/** Whom or what to forget; all that is given has to fit. */
export interface Forgetting {
  /** Everything about somebody: what was remembered with this `subject`, or with it as `metadata.subject` or `author`, and what was made of that. In every namespace, unless one is given. */
  subject?: string | undefined;
  /** Everything of a namespace. */
  namespace?: string | undefined;
  /** Everything with this tag: an import is undone by its tag. */
  tag?: string | undefined;
}

/** So many are removed at once. */
const BATCH = 500;

/** Removes it, and what it was before it changed. False: there is none of this id in this namespace. */
export async function forgetOne(engine: Engine, namespace: string, id: string): Promise<boolean> {
  return (await forgetThese(engine, [{ namespace: checkNamespace(namespace), id: checkId(id) }])) > 0;
}

/** The same of several; returns how many there were. */
export async function forgetThese(
  engine: Engine,
  these: readonly { readonly namespace: string; readonly id: string }[],
): Promise<number> {
  const { catalogue } = engine;
  const forgotten = await removeAll(engine, () =>
    these.flatMap(({ namespace, id }) => {
      const row = catalogue.get(id);
      if (row?.namespace === namespace) return [row];
      return catalogue.pastOf(id).filter((past) => past.namespace === namespace); // what moved away meanwhile is another's
    }),
  );
  const counts = new Map<string, number>();
  for (const { namespace, id } of these) {
    if (forgotten.has(id)) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  for (const [namespace, count] of counts) engine.emit({ type: "forget", namespace, count });
  return forgotten.size;
}

/**
 * Forgets many at once, and sees to it that nothing of a subject is left: neither what the memories were before they changed, nor
 * in the files of a store that can be made to write them anew. Returns how many memories that were.
 */
export async function forgetMany(engine: Engine, forgetting: Forgetting): Promise<number> {
  const { subject, namespace, tag } = forgetting;
  for (const [name, given] of Object.entries({ subject, tag })) {
    if (given !== undefined && (typeof given !== "string" || given === "")) {
      throw argumentError(name, "a text with something in it", given, "Leave it out if it does not matter.");
    }
  }
  if (namespace !== undefined) checkNamespace(namespace);
  if (subject === undefined && namespace === undefined && tag === undefined) {
    throw argumentError(
      "forget",
      "an id, or a subject, tag or namespace",
      forgetting,
      "To forget all, close and remove the store.",
    );
  }
  const isMeant = (row: Row): boolean =>
    (namespace === undefined || row.namespace === namespace) &&
    (tag === undefined || row.tags.includes(tag)) &&
    (subject === undefined || isAbout(row, subject));
  // Also what only once was about it.
  const forgotten = await removeAll(engine, () =>
    [...engine.catalogue.of(namespace), ...engine.catalogue.past()].filter(isMeant),
  );
  if (tag === undefined && subject === undefined) await dropLinks(engine, namespace!);
  if (subject !== undefined) await engine.store.scrub?.();
  engine.emit({ type: "forget", namespace, count: forgotten.size });
  return forgotten.size;
}

/**
 * Until none are left: others may write meanwhile. All that the memories were goes with them, and before them, so that who has to
 * do it again after a failure finds it. Returns the ids of memories that are gone by it.
 */
async function removeAll(engine: Engine, meant: () => readonly Row[]): Promise<Set<string>> {
  const { catalogue } = engine;
  const forgotten = new Set<string>();
  for (;;) {
    await engine.follow(0);
    const rows = meant();
    if (rows.length === 0) return forgotten;
    const memories = new Set(rows.filter(({ knownUntil }) => knownUntil === undefined));
    const past = new Set([...memories].flatMap(({ id }) => catalogue.pastOf(id)));
    for (const row of rows) if (!memories.has(row)) past.add(row);
    const all = [...past, ...memories];
    await removeSlots(engine, all);
    for (let at = 0; at < all.length; at += BATCH) {
      const batch = all.slice(at, at + BATCH);
      const { applied } = await engine.commit([{ remove: batch.map(({ seq }) => seq) }]);
      const gone = new Set(applied[0]);
      for (const row of batch) {
        if (gone.has(row.seq) && memories.has(row)) forgotten.add(row.id);
        catalogue.drop(row.seq);
      }
    }
  }
}

/** Slots that these hold, or held. */
async function removeSlots(engine: Engine, rows: readonly Row[]): Promise<void> {
  const holders = new Set(rows.filter(isHandoff).map(({ id }) => id));
  if (holders.size === 0) return;
  const changes: Change[] = [];
  for await (const entry of engine.store.scan({ namespace: SHELF.slots })) {
    if (holders.has(JSON.parse(entry.value) as string)) changes.push({ remove: [entry.id] });
  }
  if (changes.length > 0) await engine.commit(changes);
}
