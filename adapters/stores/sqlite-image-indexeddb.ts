import { promisifyRequest } from "idb-keyval";
import { MnemeError } from "../../src/index.ts";
import type { Statement } from "./sqlite-driver.ts";
import type { SqliteImage, Stored } from "./sqlite-image.ts";

/** An image lies in pieces of so many bytes: pages enough that reading them all is quick, few enough to write some. */
const PIECE = 32 * 1024;
/** Pieces in hand at a time. */
const RUN = 64;
/** The one object store. */
const PIECES = "pieces";
/** The keys of the log: an array is greater than any number. */
const LOG = (): IDBKeyRange => IDBKeyRange.bound(["log"], ["log", []]);

/**
 * A database in IndexedDB, as pieces of its image (keys ["image", n]), its size (["size"]) and what was committed since
 * (["log", n]). Every step is one transaction. One tab holds it at a time.
 */
export function indexedDBImage(name: string): SqliteImage {
  return new IndexedDBImage(name);
}

class IndexedDBImage implements SqliteImage {
  readonly #name: string;
  #database: IDBDatabase | undefined;
  #next = 0;
  #appended = 0;
  #letGo: (() => Promise<unknown>) | undefined;

  constructor(name: string) {
    if (typeof name !== "string" || name === "") {
      throw new MnemeError("argument", "indexedDBImage expected the name of a database.", 'For example "answers".');
    }
    this.#name = name;
  }

  async exists(): Promise<boolean> {
    const all = await indexedDB.databases?.(); // first: WebKit may keep an empty database whose making was undone
    if (all !== undefined && !all.some(({ name }) => name === this.#name)) return false;
    const request = indexedDB.open(this.#name);
    let made = false;
    request.onupgradeneeded = () => {
      made = true;
      request.transaction!.abort(); // as if it had never been
    };
    try {
      (await promisifyRequest(request)).close();
      return true;
    } catch (error) {
      if (made) return false;
      throw error;
    }
  }

  async open(): Promise<Stored> {
    this.#letGo = await hold(`mneme-image:${this.#name}`);
    try {
      this.#database = await openDatabase(this.#name);
      return await this.#read(this.#database.transaction(PIECES).objectStore(PIECES));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async append(batch: readonly Statement[]): Promise<number> {
    await this.#change(async (pieces) => {
      pieces.add(batch, ["log", this.#next]);
    });
    this.#next++;
    this.#appended += bytesIn(batch);
    return this.#appended;
  }

  async replace(image: Uint8Array): Promise<void> {
    const count = Math.ceil(image.length / PIECE);
    await this.#change(async (pieces) => {
      for (let first = 0; first < count; first += RUN) {
        const range = IDBKeyRange.bound(["image", first], ["image", first + RUN], false, true);
        const old = await promisifyRequest<Uint8Array[]>(pieces.getAll(range));
        for (let n = first; n < Math.min(first + RUN, count); n++) {
          const piece = image.subarray(n * PIECE, (n + 1) * PIECE);
          if (!equal(piece, old[n - first])) pieces.put(piece.slice(), ["image", n]);
        }
      }
      pieces.delete(IDBKeyRange.bound(["image", count], ["image", []]));
      pieces.delete(LOG());
      pieces.put(image.length, ["size"]);
    });
    this.#appended = 0;
  }

  async close(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
    await this.#letGo?.();
    this.#letGo = undefined;
  }

  /** One transaction: all of the changes, or none. */
  async #change(work: (pieces: IDBObjectStore) => Promise<void>): Promise<void> {
    const transaction = this.#database!.transaction(PIECES, "readwrite");
    const done = promisifyRequest(transaction);
    try {
      await work(transaction.objectStore(PIECES));
    } catch (error) {
      done.catch(() => {}); // this error is the one to tell
      try {
        transaction.abort();
      } catch {
        // A request that failed has ended it already.
      }
      throw error;
    }
    await done;
  }

  async #read(pieces: IDBObjectStore): Promise<Stored> {
    const size = await promisifyRequest<number | undefined>(pieces.get(["size"]));
    const image = new Uint8Array(size ?? 0);
    for (let first = 0; first * PIECE < image.length; first += RUN) {
      const range = IDBKeyRange.bound(["image", first], ["image", first + RUN], false, true);
      const run = await promisifyRequest<Uint8Array[]>(pieces.getAll(range));
      for (const [i, piece] of run.entries()) image.set(piece, (first + i) * PIECE);
    }
    const log = await promisifyRequest<Statement[][]>(pieces.getAll(LOG()));
    const keys = (await promisifyRequest(pieces.getAllKeys(LOG()))) as [string, number][];
    this.#next = (keys.at(-1)?.[1] ?? -1) + 1;
    this.#appended = log.reduce((sum, batch) => sum + bytesIn(batch), 0);
    return { image: size === undefined ? undefined : image, log, appended: this.#appended };
  }
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(PIECES);
  const database = await promisifyRequest(request);
  database.onversionchange = () => database.close(); // someone deletes it: holding on would block them
  return database;
}

/** One tab or worker at a time; the browser lets go for one that has died. Returns what lets go. */
async function hold(name: string): Promise<() => Promise<unknown>> {
  const { locks } = navigator;
  if (locks === undefined) {
    throw new MnemeError(
      "unsupported",
      "This place has no Web Locks, so a second tab could not be kept from the database.",
      "Serve the page over https, or use indexedDBStore, which tabs may share.",
    );
  }
  return new Promise((resolve, reject) => {
    const held: Promise<unknown> = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) throw heldError();
      return new Promise<void>((letGo) => {
        resolve(() => {
          letGo();
          return held;
        });
      });
    });
    held.catch(reject);
  });
}

function heldError(): MnemeError {
  return new MnemeError(
    "store",
    "Another tab or worker holds the database: the sql.js store has one writer at a time.",
    "Close it there, or use indexedDBStore, which tabs may share.",
  );
}

function bytesIn(batch: readonly Statement[]): number {
  let bytes = 0;
  for (const { sql, parameters } of batch) {
    bytes += sql.length;
    for (const value of parameters)
      bytes += typeof value === "string" ? value.length : ((value as Uint8Array)?.length ?? 8);
  }
  return bytes;
}

function equal(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}
