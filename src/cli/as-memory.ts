import { type Embedder, type Identity, MnemeError } from "mneme";
import { sameAs } from "./as-cache.ts";

/** What a store of memories is stamped with, before what its embedder is called. */
const STAMP = "memories of ";
const NONE = "no embedder";

/** Stands in for the embedder of a store of memories, for commands that embed nothing. Null: it has none. */
export function memoriesOf({ fingerprint, dimensions }: Identity, address: string): Embedder | null {
  if (!fingerprint.startsWith(STAMP)) {
    const problem = `${address} holds the entries of a cache, no memories.`;
    throw new MnemeError("fingerprint", problem, "`mneme dump` and `mneme restore` are for those.");
  }
  const name = fingerprint.slice(STAMP.length);
  return name === NONE ? null : sameAs({ fingerprint: name, dimensions });
}
