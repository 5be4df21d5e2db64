import { STORES } from "./indexeddb-database.ts";
import { translated } from "./indexeddb-error.ts";
import type { Tables } from "./indexeddb-records.ts";

/** All of the work or none of it; answers once the browser says that the transaction is complete. */
export async function transact<T>(
  database: IDBDatabase,
  operation: string,
  mode: "readonly" | "readwrite",
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  try {
    const transaction = database.transaction(STORES, mode);
    const complete = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
    });
    complete.catch(() => {}); // when the work fails, its own failure is the one to tell
    const tables = Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])) as Tables;
    let result: T;
    try {
      result = await work(tables);
    } catch (error) {
      abort(transaction);
      throw error;
    }
    await complete;
    return result;
  } catch (error) {
    throw translated(operation, error);
  }
}

/** Some failures have ended the transaction already. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // Then there is nothing to undo.
  }
}
