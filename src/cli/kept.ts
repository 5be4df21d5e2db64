import type { Store } from "mneme";

/** What a cache keeps in its store beside the entries. */
export interface Kept {
  /** What is filling the store and has not ended; such a store is not opened by a cache. */
  unfinished: "restore" | "reembed" | null;
  policy: {
    normalise?: boolean;
    threshold?: number;
    maxEntries?: number | null;
    quotas?: [namespace: string, most: number][];
    slidingTtl?: boolean;
  };
  /** By namespace, up to the last flush. */
  counts: Map<string, Counts>;
}

interface Counts {
  hitsExact: number;
  hitsSemantic: number;
  misses: number;
}

const UNFINISHED: Record<string, "restore" | "reembed"> = { restoring: "restore", reembedding: "reembed" };

export async function keptIn(store: Store): Promise<Kept> {
  const policy = await store.getMeta("policy");
  const unfinished = UNFINISHED[policy ?? ""] ?? null;
  const counts = read<[string, Counts][]>(await store.getMeta("counters"), []);
  return { unfinished, policy: unfinished ? {} : read<Kept["policy"]>(policy, {}), counts: new Map(counts) };
}

/** Damaged, it says nothing. */
function read<T>(text: string | undefined, otherwise: T): T {
  try {
    return JSON.parse(text ?? "") as T;
  } catch {
    return otherwise;
  }
}
