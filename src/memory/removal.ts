import type { NewEntry } from "../store/entry.ts";
import type { Change } from "../store/store.ts";
import type { Row } from "./row.ts";
import { SHELF } from "./shelf.ts";

/**
 * The changes that remove memories, if each is still what is known of it: who changes, moves or renews one meanwhile makes them a
 * conflict. A store removes without asking; so they are overwritten first, on that condition, with nothing.
 */
export function removalOf(rows: readonly Row[]): Change[] {
  const emptied = rows.map(({ id, revision }) => ({ put: { ...NOTHING, key: id }, when: { revision } }));
  return [...emptied, { remove: rows.map(({ seq }) => seq) }];
}

const NOTHING: Omit<NewEntry, "key"> = {
  namespace: SHELF.memories,
  text: "",
  value: "",
  vector: null,
  metadata: {},
  tags: [],
  createdAt: 0,
  expiresAt: null,
};
