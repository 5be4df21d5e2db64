/** Where in a store things lie. Ids are unique among all namespaces because all memories lie on one shelf. */
export const SHELF = {
  /** Key: the memory's id. */
  memories: "memories",
  /** What memories were before they changed. Key: the revision it had, ":", the id. */
  past: "past",
  /** Which memory holds a slot. Key: JSON of namespace and slot. */
  slots: "slots",
} as const;

export const META = {
  /** JSON: namespace → links to others. */
  links: "memory/links",
  /** When a task of maintenance was last begun. */
  done: (task: string): string => `memory/done/${task}`,
} as const;

/** What a store of memories is stamped with, so that no cache takes it for its own, or memories for answers. */
export function fingerprintOf(embedder: string): string {
  return `memories of ${embedder}`;
}
