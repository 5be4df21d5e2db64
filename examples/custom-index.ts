// An index of one's own, whole: a map of vectors per namespace, each scored. mneme/testing says that it keeps every promise.
import type { VectorIndex } from "mneme";

export function plainIndex({ dimensions }: { dimensions: number }): VectorIndex {
  const namespaces = new Map<string, Map<number, Float32Array>>();
  const ids = (namespace?: string): number[] =>
    [...namespaces].flatMap(([name, rows]) => (namespace === undefined || name === namespace ? [...rows.keys()] : []));
  const remove = (id: number): boolean => [...namespaces.values()].some((rows) => rows.delete(id));
  return {
    dimensions,
    exact: true,
    get size() {
      return ids().length;
    },
    get bytes() {
      return ids().length * dimensions * 4;
    },
    add(id, namespace, vector) {
      remove(id); // it may have been in another namespace
      const rows = namespaces.get(namespace) ?? new Map<number, Float32Array>();
      namespaces.set(namespace, rows.set(id, vector.slice())); // a copy: the caller may change theirs
    },
    remove,
    ids,
    clear(namespace) {
      if (namespace === undefined) namespaces.clear();
      else namespaces.delete(namespace);
    },
    search(namespace, vector, k, threshold, filter = () => true) {
      const passes = typeof filter === "function" ? filter : (id: number) => filter.has(id);
      return [...(namespaces.get(namespace) ?? [])]
        .map(([id, row]) => ({ id, similarity: row.reduce((sum, x, i) => sum + x * vector[i]!, 0) }))
        .filter(({ id, similarity }) => similarity >= threshold && passes(id))
        .sort((a, b) => b.similarity - a.similarity || a.id - b.id)
        .slice(0, k);
    },
  };
}
