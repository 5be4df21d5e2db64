import { FILE_SETTINGS } from "../../adapters/stores/sqlite-driver.ts";
import type { NewEntry } from "../../src/index.ts";
import type { BareDatabase } from "./engines.ts";

/** What one writes without a library: a table of the same columns and a unique key, one prepared statement each. */
export class BareTable {
  readonly #database: BareDatabase;
  readonly #insert;
  readonly #get;
  readonly #begin;
  readonly #commit;
  readonly #evict;

  constructor(database: BareDatabase) {
    this.#database = database;
    database.exec(FILE_SETTINGS);
    database.exec(`CREATE TABLE IF NOT EXISTS entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT, key TEXT, text TEXT, value TEXT, vector BLOB, metadata TEXT,
      tags TEXT, createdAt REAL, accessedAt REAL, expiresAt REAL, hits INTEGER, revision INTEGER, UNIQUE (namespace, key))`);
    this.#insert = database.prepare("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, '{}', '[]', ?, ?, NULL, 0, 1)");
    this.#get = database.prepare("SELECT * FROM entries WHERE namespace = ? AND key = ?");
    this.#begin = database.prepare("BEGIN");
    this.#commit = database.prepare("COMMIT");
    this.#evict = database.prepare("DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?)");
  }

  insert({ namespace, key, text, value, vector, createdAt }: NewEntry): void {
    this.#insert.run(namespace, key, text, value, new Uint8Array(vector!.buffer), createdAt, createdAt);
  }

  insertAll(entries: readonly NewEntry[]): void {
    this.#begin.run();
    for (const entry of entries) this.insert(entry);
    this.#commit.run();
  }

  get(key: string): unknown {
    return this.#get.all("default", key);
  }

  /** The ones put first: it keeps no order of use. */
  evict(count: number): void {
    this.#evict.run(count);
  }

  close(): void {
    this.#database.close();
  }
}

/** Reads every vector once and keeps none. */
export function readVectors(database: BareDatabase): number {
  let bytes = 0;
  for (const row of database.prepare("SELECT id, namespace, vector FROM entries").iterate()) {
    bytes += (row as { vector: Uint8Array }).vector.length;
  }
  database.close();
  return bytes;
}
