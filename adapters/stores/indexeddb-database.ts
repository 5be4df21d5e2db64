import { promisifyRequest } from "idb-keyval";
import type { Entry } from "../../src/index.ts";
import type { Loss } from "./indexeddb-error.ts";

/** The layout of the database. A higher number in a browser means that a newer mneme wrote there. */
const SCHEMA = 1;

/** An entry but for its vector, which lies apart: filling an index reads vectors only. */
export type EntryRecord = Omit<Entry, "vector">;

export interface VectorRecord {
  id: number;
  namespace: string;
  key: string;
  vector: Float32Array | null;
  expiresAt: number | null;
  revision: number;
}

export interface RemovedRecord {
  id: number;
  version: number;
}

export const STORES = ["entries", "vectors", "removed", "meta", "state"] as const;

/**
 * Opens the database, making what it lacks. `onLost` is told when the connection ends without our doing. `schema` is for
 * tests of what a newer mneme will meet.
 */
export function openDatabase(name: string, onLost: (loss: Loss) => void, schema = SCHEMA): Promise<IDBDatabase> {
  const request = indexedDB.open(name, schema);
  return new Promise((resolve, reject) => {
    let refused = false;
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion === 0) create(request.result);
    };
    // Someone holds an older version open and does not let go.
    request.onblocked = () => {
      refused = true;
      reject(new DOMException("an older version is held open", "BlockedError"));
    };
    promisifyRequest(request).then((database) => {
      // Someone wants to delete or upgrade it: holding on would block them.
      database.onversionchange = ({ newVersion }) => {
        database.close();
        onLost(newVersion === null ? "deleted" : "upgraded");
      };
      database.onclose = () => onLost("ended");
      if (refused)
        database.close(); // they let go after all, but nobody waits for it any more
      else resolve(database);
    }, reject);
  });
}

/** The database if there is one, undefined if not: then none is made. */
export async function existingDatabase(name: string): Promise<IDBDatabase | undefined> {
  if (!(await isListed(name))) return undefined;
  const request = indexedDB.open(name, SCHEMA);
  let absent = false;
  request.onupgradeneeded = ({ oldVersion }) => {
    absent = oldVersion === 0;
    if (absent) request.transaction!.abort(); // as if it had never been
  };
  try {
    return await promisifyRequest(request);
  } catch (error) {
    if (absent) return undefined;
    throw error;
  }
}

/** Asked before opening, where it can be: WebKit may keep an empty database whose making was undone. */
async function isListed(name: string): Promise<boolean> {
  const all = await indexedDB.databases?.();
  return all === undefined || all.some((database) => database.name === name);
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
