import type { Entry } from "../store/entry.ts";
import type { Identity, Store } from "../store/store.ts";
import { keyOf } from "../text/key.ts";

/** How far a run has come, kept in the destination. Written after what it tells of is committed, never before. */
export interface Progress {
  /** One run, whatever its stores are called. */
  run: string;
  /** Null where the source cannot tell. */
  from: Identity | null;
  namespaces: string[] | null;
  normalise: boolean;
  /** The source's version up to which its changes need not be asked for. */
  version: number;
  /** All entries of the source with ids up to this one are there. */
  after: number;
  done: number;
  /** Whether the scan has ended. */
  scanned: boolean;
  /** What the source said of rejected and invalid entries when it was last heeded; null: nothing. */
  ledger: string | null;
  /** Whether entries may be there that the source no longer has. */
  prune: boolean;
  /** Some entries that were met, by which the source is known again. */
  probes: Probe[];
}

/** A store never gives an id to another name. */
interface Probe {
  id: number;
  name: string;
}

/** The first, and so many of the latest: a source that evicts keeps those longest. */
const PROBES = 8;

export function withProbe(probes: readonly Probe[], entry: Entry): Probe[] {
  const [first, ...latest] = [...probes, { id: entry.id, name: nameOf(entry) }];
  return [first!, ...latest.slice(-PROBES)];
}

/** Whether a store is the one these were taken from. When all of them have gone it cannot be told, and is taken for another. */
export async function probeFits(store: Store, probes: readonly Probe[]): Promise<boolean> {
  if (probes.length === 0) return true; // nothing was committed yet
  const entries = await store.getMany(probes.map(({ id }) => id));
  const there = entries.flatMap((entry, i) => (entry === undefined ? [] : [nameOf(entry) === probes[i]!.name]));
  return there.length > 0 && there.every(Boolean);
}

/** Of one length, however long a namespace is. */
function nameOf({ namespace, key }: Entry): string {
  return keyOf(JSON.stringify([namespace, key]));
}
