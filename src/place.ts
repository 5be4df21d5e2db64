import { argumentError } from "./error.ts";

/** Entries live in a store, or at a path, or in memory. */
export function checkPlace({ store, path }: { store?: unknown; path?: string | undefined }): void {
  if (path === undefined) return;
  if (store !== undefined) {
    throw argumentError("path", 'to stand alone, without "store"', path, "Give one of the two.");
  }
  if (typeof path === "string" && path !== "") return;
  throw argumentError("path", "a file name", path, "Name the file the entries shall live in.");
}
