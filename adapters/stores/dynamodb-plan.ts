import { MnemeError, type Uses } from "../../src/index.ts";
import { type Digests, expiresAtOf, type Head, type Packed } from "./dynamodb-items.ts";

// What a commit will do, worked out from what is stored before anything is written.

export type PackedChange =
  | { put: Packed; digests: Digests; when?: "absent" | { revision: number } | undefined; used?: Uses | undefined }
  | { touch: number[]; at: number; expiresAt?: number | null | undefined }
  | { remove: number[]; when?: { expiredAt: number } | undefined };

/** An entry that the commit is about, as its changes leave it. */
export interface Row {
  id: number;
  digests: Digests;
  /** As it was before; undefined when the commit makes it. */
  before: Head | undefined;
  put: Packed | undefined;
  revision: number;
  /** Hits to add; and of an entry that is put, all it has. */
  hits: number;
  accessedAt: number | undefined;
  expiresAt: number | null;
  /** A touch of this commit set the expiry. */
  moved: boolean;
  gone: boolean;
  /** It goes because of the expiry that was read: it must still have that one. */
  guarded: boolean;
}

export interface Plan {
  rows: Row[];
  applied: number[][];
  /** Something was put or removed: the version rises. */
  raised: boolean;
  lastId: number;
}

/** "conflict": a put's condition does not hold. */
export function planned(
  changes: readonly PackedChange[],
  heads: readonly Head[],
  { version, lastId }: { version: number; lastId: number },
): Plan | "conflict" {
  const rows = new Map<number, Row>();
  const byKey = new Map<string, Row>();
  for (const before of heads) {
    const row = rowOf(before.id, before, before);
    rows.set(row.id, row);
    byKey.set(before.keyDigest, row);
  }
  const applied: number[][] = [];
  for (const change of changes) {
    if ("put" in change) {
      let row = byKey.get(change.digests.keyDigest);
      const { when } = change;
      if (when !== undefined && row?.revision !== (when === "absent" ? undefined : when.revision)) return "conflict";
      if (row === undefined) {
        row = rowOf(++lastId, change.digests, undefined);
        rows.set(row.id, row);
        byKey.set(change.digests.keyDigest, row);
      }
      const { createdAt, expiresAt } = change.put;
      const { at, hits } = change.used ?? { at: createdAt, hits: 0 };
      Object.assign(row, { put: change.put, revision: version + 1, accessedAt: at, expiresAt, hits, moved: false });
      applied.push([row.id]);
    } else {
      const ids = new Set("touch" in change ? change.touch : change.remove);
      const affected = [...ids].filter((id) => {
        const row = rows.get(id);
        if (row === undefined || row.gone) return false;
        if ("touch" in change) touch(row, change.at, change.expiresAt);
        else if (!remove(row, change.when?.expiredAt)) return false;
        else byKey.delete(row.digests.keyDigest);
        return true;
      });
      applied.push(affected);
    }
  }
  const all = [...rows.values()];
  return { rows: all, applied, raised: all.some((row) => row.gone || row.put !== undefined), lastId };
}

export function conflict(): MnemeError {
  return new MnemeError(
    "conflict",
    "A put's condition did not hold: the key was there, or not at the revision expected.",
    "Read the entry again and decide anew.",
  );
}

function touch(row: Row, at: number, expiresAt: number | null | undefined): void {
  row.hits++;
  row.accessedAt = at;
  if (expiresAt === undefined) return;
  row.expiresAt = expiresAt;
  row.moved = true;
}

function remove(row: Row, expiredAt: number | undefined): boolean {
  if (expiredAt !== undefined) {
    if (row.expiresAt === null || row.expiresAt > expiredAt) return false;
    row.guarded = row.put === undefined && !row.moved;
  }
  row.gone = true;
  return true;
}

function rowOf(id: number, { keyDigest, namespaceDigest }: Digests, before: Head | undefined): Row {
  return {
    id,
    digests: { keyDigest, namespaceDigest },
    before,
    put: undefined,
    revision: before?.revision ?? 0,
    hits: 0,
    accessedAt: undefined,
    expiresAt: before === undefined ? null : expiresAtOf(before),
    moved: false,
    gone: false,
    guarded: false,
  };
}
