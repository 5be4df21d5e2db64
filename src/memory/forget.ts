import { argumentError } from "../error.ts";
import type { Change } from "../store/store.ts";
import { checkId, checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
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
  await engine.follow(0);
  const known = these.filter(({ namespace, id }) => engine.catalogue.get(id)?.namespace === namespace);
  const places = new Map<number, string>();
  const removed = await removeAll(engine, () =>
    known.flatMap(({ namespace, id }) => {
      const row = engine.catalogue.get(id);
      const rows = [...(row === undefined ? [] : [row]), ...engine.catalogue.pastOf(id)];
      if (row?.namespace === namespace) places.set(row.seq, namespace);
      return rows.filter((row) => row.namespace === namespace); // what moved away meanwhile is another's
    }),
  );
  const gone = [...places].filter(([seq]) => removed.has(seq));
  const counts = new Map<string, number>();
  for (const [, namespace] of gone) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  for (const [namespace, count] of counts) engine.emit({ type: "forget", namespace, count });
  return gone.length;
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
  const forgotten = new Set<string>();
  await removeAll(engine, () => {
    const rows = [...engine.catalogue.of(namespace)].filter(isMeant);
    for (const { id } of rows) forgotten.add(id);
    // Also what only once was about it.
    const past = [...engine.catalogue.past()].filter(isMeant);
    return [...new Set([...withPast(engine, rows), ...past])];
  });
  await removeSlots(engine, forgotten);
  if (tag === undefined && subject === undefined) await dropLinks(engine, namespace!);
  if (subject !== undefined) await engine.store.scrub?.();
  engine.emit({ type: "forget", namespace, count: forgotten.size });
  return forgotten.size;
}

/** Until none are left: others may write meanwhile. Returns the numbers of those removed here. */
async function removeAll(engine: Engine, meant: () => readonly Row[]): Promise<Set<number>> {
  const removed = new Set<number>();
  for (;;) {
    await engine.follow(0);
    const seqs = meant().map(({ seq }) => seq);
    if (seqs.length === 0) return removed;
    for (let at = 0; at < seqs.length; at += BATCH) {
      const { applied } = await engine.commit([{ remove: seqs.slice(at, at + BATCH) }]);
      for (const seq of applied[0]!) removed.add(seq);
      for (const seq of seqs.slice(at, at + BATCH)) engine.catalogue.drop(seq);
    }
  }
}

function withPast(engine: Engine, rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => [row, ...engine.catalogue.pastOf(row.id)]);
}

/** Slots that what is gone held. */
async function removeSlots(engine: Engine, gone: ReadonlySet<string>): Promise<void> {
  if (gone.size === 0) return;
  const changes: Change[] = [];
  for await (const entry of engine.store.scan({ namespace: SHELF.slots })) {
    if (gone.has(JSON.parse(entry.value) as string)) changes.push({ remove: [entry.id] });
  }
  if (changes.length > 0) await engine.commit(changes);
}
