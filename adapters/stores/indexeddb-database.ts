import { promisifyRequest } from "idb-keyval";
import type { Entry } from "../../src/index.ts";

/** The layout of the database. A higher number in a browser means that a newer mneme wrote there. */
const SCHEMA = 1;

/** An entry but for its vector, which lies apart: filling an index reads vectors only. */
export type EntryRecord = Omit<Entry, "vector">;

export interface VectorRecord {
  id: number;
  namespace: string;
  vector: Float32Array | null;
  expiresAt: number | null;
  revision: number;
}

export interface RemovedRecord {
  id: number;
  version: number;
}

export const STORES = ["entries", "vectors", "removed", "meta", "state"] as const;

/** Opens the database, making what it lacks. `onLost` is told when the connection ends without our doing. */
export function openDatabase(name: string, onLost: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, SCHEMA);
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () => create(request.result);
    // Another tab holds an older version open and does not let go.
    request.onblocked = () => reject(new DOMException("another tab holds the database open", "BlockedError"));
    promisifyRequest(request).then((database) => {
      // Someone wants to delete or upgrade it: holding on would block them.
      database.onversionchange = () => {
        database.close();
        onLost();
      };
      database.onclose = onLost;
      resolve(database);
    }, reject);
  });
}

function create(database: IDBDatabase): void {
  const entries = database.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
  entries.createIndex("key", ["namespace", "key"], { unique: true });
  entries.createIndex("use", ["accessedAt", "id"]);
  entries.createIndex("namespaceUse", ["namespace", "accessedAt", "id"]);
  entries.createIndex("namespace", ["namespace", "id"]);
  entries.createIndex("expiry", "expiresAt"); // null is no key: what never expires is not in it
  entries.createIndex("revision", "revision");
  const vectors = database.createObjectStore("vectors", { keyPath: "id" });
  vectors.createIndex("namespace", ["namespace", "id"]);
  const removed = database.createObjectStore("removed", { keyPath: "id" });
  removed.createIndex("version", "version");
  database.createObjectStore("meta");
  database.createObjectStore("state");
}

/** Everything under [namespace, …] of an index: an array is greater than any number or text. */
export function within(namespace: string, after?: number): IDBKeyRange {
  return IDBKeyRange.bound(
    after === undefined ? [namespace] : [namespace, after],
    [namespace, []],
    after !== undefined,
  );
}
