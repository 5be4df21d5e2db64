import { argumentError, MnemeError } from "../error.ts";
import { checkId, checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import { isHandoff } from "./handoff.ts";
import { dropLinks } from "./links.ts";
import { removalOf } from "./removal.ts";
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
const BATCH = 100;

/** Removes it, and what it was before it changed. False: there is none of this id in this namespace. */
export async function forgetOne(engine: Engine, namespace: string, id: string): Promise<boolean> {
  checkNamespace(namespace);
  checkId(id);
  const isForgotten = await engine.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
    await engine.follow(0);
    const row = engine.catalogue.get(id);
    const memories = row?.namespace === namespace ? [row] : [];
    const past = engine.catalogue.pastOf(id).filter((one) => one.namespace === namespace);
    if (memories.length + past.length === 0) return false;
    const seqs = past.map(({ seq }) => seq);
    while (seqs.length > BATCH) await engine.commit([{ remove: seqs.splice(0, BATCH) }]);
    // At once, and not one that was moved to another namespace meanwhile.
    const slots = await slotsOf(engine, [...memories, ...past]);
    await engine.commit([{ remove: [...seqs, ...slots] }, ...removalOf(memories)]);
    return memories.length > 0;
  });
  if (isForgotten) engine.emit({ type: "forget", namespace, count: 1 });
  return isForgotten;
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
  const { store } = engine;
  if (subject !== undefined) await store.scrub?.();
  const scrubbed = subject === undefined ? {} : { scrubbed: store.scrub !== undefined };
  engine.emit({ type: "forget", namespace, count: forgotten.size, ...scrubbed });
  return forgotten.size;
}

/**
 * Until none are left: others may write meanwhile. A memory goes with all that it was, if it is still what it was when it was
 * chosen: what has moved to another namespace since is not ours to remove. Returns the ids of memories that are gone by it.
 */
async function removeAll(engine: Engine, meant: () => readonly Row[]): Promise<Set<string>> {
  const { catalogue } = engine;
  const forgotten = new Set<string>();
  for (;;) {
    await engine.follow(0);
    const rows = meant();
    if (rows.length === 0) return forgotten;
    const memories = rows.filter(({ knownUntil }) => knownUntil === undefined);
    const going = new Set(memories.map(({ id }) => id));
    const groups = [
      ...memories.map((row) => [row, ...catalogue.pastOf(row.id)]),
      ...rows.filter((row) => row.knownUntil !== undefined && !going.has(row.id)).map((row) => [row]),
    ];
    const slots = await slotsOf(engine, groups.flat());
    if (slots.length > 0) await engine.commit([{ remove: slots }]);
    for (let at = 0; at < groups.length; at += BATCH) {
      for (const id of await remove(engine, groups.slice(at, at + BATCH))) forgotten.add(id);
    }
  }
}

/** Each group is a memory and all that it was, or only something that one was. Returns the ids of memories that went. */
async function remove(engine: Engine, groups: readonly (readonly Row[])[]): Promise<string[]> {
  const rows = groups.flat();
  const memories = rows.filter(({ knownUntil }) => knownUntil === undefined);
  const past = rows.filter(({ knownUntil }) => knownUntil !== undefined).map(({ seq }) => seq);
  try {
    await engine.commit([{ remove: past }, ...removalOf(memories)]);
  } catch (error) {
    if (error instanceof MnemeError && error.code === "conflict") return []; // and they are chosen anew
    throw error;
  }
  return memories.map(({ id }) => id);
}

/** The numbers of the slots that these hold, or held. */
async function slotsOf(engine: Engine, rows: readonly Row[]): Promise<number[]> {
  const holders = new Set(rows.filter(isHandoff).map(({ id }) => id));
  const slots: number[] = [];
  if (holders.size === 0) return slots;
  for await (const entry of engine.store.scan({ namespace: SHELF.slots })) {
    if (holders.has(JSON.parse(entry.value) as string)) slots.push(entry.id);
  }
  return slots;
}
