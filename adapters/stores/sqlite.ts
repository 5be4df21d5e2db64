import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type Entry,
  type Identity,
  type JsonObject,
  MnemeError,
  type NewEntry,
  type ScanOptions,
  type StoreCheck,
  type SyncStore,
} from "../../src/index.ts";
import type { Row, SqliteDriver, SqlValue } from "./sqlite-driver.ts";
import { fromSql, toSql } from "./sqlite-text.ts";

const SCHEMA = 1;
/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
const REMEMBERED_COMMITS = 10_000;
const PAGE = 500;

const TABLES = `
  CREATE TABLE IF NOT EXISTS mneme (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, value TEXT NOT NULL, vector BLOB,
    metadata TEXT NOT NULL, tags TEXT NOT NULL,
    createdAt NUMERIC NOT NULL, accessedAt NUMERIC NOT NULL, expiresAt NUMERIC,
    hits INTEGER NOT NULL, revision INTEGER NOT NULL,
    UNIQUE (namespace, key)
  );
  CREATE INDEX IF NOT EXISTS by_use ON entries (accessedAt, id);
  CREATE INDEX IF NOT EXISTS by_namespace_use ON entries (namespace, accessedAt, id);
  CREATE INDEX IF NOT EXISTS by_expiry ON entries (expiresAt) WHERE expiresAt IS NOT NULL;
  CREATE INDEX IF NOT EXISTS by_revision ON entries (revision);
  CREATE TABLE IF NOT EXISTS removed (id INTEGER PRIMARY KEY, version INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS removed_by_version ON removed (version);
`;

const PUT = `
  INSERT INTO entries (namespace, key, text, value, vector, metadata, tags, createdAt, accessedAt, expiresAt, hits, revision)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, 0, ?10)
  ON CONFLICT (namespace, key) DO UPDATE SET
    text = ?3, value = ?4, vector = ?5, metadata = ?6, tags = ?7, createdAt = ?8, accessedAt = ?8, expiresAt = ?9,
    hits = 0, revision = ?10
  RETURNING id`;

/** A list of ids is one JSON parameter, so that every statement has one text and stays prepared. */
const LISTED = "id IN (SELECT value FROM json_each(?1))";

/** The Store Protocol in a SQLite file. The driver chooses the engine. */
export function sqliteStore(driver: SqliteDriver): SyncStore {
  return new SqliteStore(driver);
}

class SqliteStore implements SyncStore {
  readonly name = "sqlite";
  readonly #driver: SqliteDriver;
  #state: "new" | "open" | "closed" = "new";

  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  open(identity: Identity): void {
    if (this.#state === "closed") throw this.#closedError();
    this.#attempt("open", () => {
      this.#driver.script("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      this.#transaction(() => {
        this.#driver.script(TABLES);
        const schema = this.#fact("schema");
        if (typeof schema === "number" && schema > SCHEMA) {
          throw new MnemeError(
            "newer",
            `The sqlite store has schema ${schema}; this mneme knows ${SCHEMA}.`,
            "Update mneme, or use another file.",
          );
        }
        const stamped = this.#fact("identity");
        if (typeof stamped === "string") checkIdentity(this.name, JSON.parse(stamped) as Identity, identity);
        else {
          const { fingerprint, dimensions } = identity;
          this.#setFact("schema", SCHEMA);
          this.#setFact("version", 0);
          this.#setFact("identity", JSON.stringify({ fingerprint, dimensions }));
        }
      });
    });
    this.#state = "open";
  }

  get(namespace: string, key: string): Entry | undefined {
    const [row] = this.#all("get", "SELECT * FROM entries WHERE namespace = ? AND key = ?", namespace, key);
    return row && entryOf(row);
  }

  getMany(ids: readonly number[]): (Entry | undefined)[] {
    const rows = this.#all("getMany", `SELECT * FROM entries WHERE ${LISTED}`, JSON.stringify(ids));
    const entries = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = entries.get(id);
      return row && entryOf(row);
    });
  }

  *scan(options: ScanOptions = {}): Iterable<Entry> {
    const { namespace, fields = "all" } = options;
    const columns = fields === "all" ? "*" : "id, namespace, vector, expiresAt, revision";
    const where = namespace === undefined ? "" : "AND namespace = ?3";
    for (let after = options.after ?? 0; ; ) {
      const rows = this.#all(
        "scan",
        `SELECT ${columns} FROM entries WHERE id > ?1 ${where} ORDER BY id LIMIT ?2`,
        ...[after, PAGE, ...(namespace === undefined ? [] : [namespace])],
      );
      for (const row of rows) yield entryOf(row);
      if (rows.length < PAGE) return;
      after = rows.at(-1)!.id as number;
    }
  }

  oldest(n: number, namespace?: string): number[] {
    const rows =
      namespace === undefined
        ? this.#all("oldest", "SELECT id FROM entries ORDER BY accessedAt, id LIMIT ?", Math.max(0, n))
        : this.#all(
            "oldest",
            "SELECT id FROM entries WHERE namespace = ? ORDER BY accessedAt, id LIMIT ?",
            ...[namespace, Math.max(0, n)],
          );
    return rows.map(idOf);
  }

  count(namespace?: string): number {
    const [row] =
      namespace === undefined
        ? this.#all("count", "SELECT count(*) AS n FROM entries")
        : this.#all("count", "SELECT count(*) AS n FROM entries WHERE namespace = ?", namespace);
    return row!.n as number;
  }

  namespaces(): string[] {
    return this.#all("namespaces", "SELECT DISTINCT namespace FROM entries")
      .map((row) => row.namespace as string)
      .sort();
  }

  commit(changes: readonly Change[]): CommitResult {
    this.#ensureOpen();
    return this.#attempt("commit", () =>
      this.#transaction(() => {
        const before = this.#fact("version") as number;
        const applied = changes.map((change) => this.#apply(change, before + 1));
        const changed = changes.some((change, index) => !("touch" in change) && applied[index]!.length > 0);
        if (changed) this.#bumpTo(before + 1);
        return { version: changed ? before + 1 : before, applied };
      }),
    );
  }

  removeExpired(now: number, namespace?: string): number[] {
    const where = namespace === undefined ? "" : "AND namespace = ?2";
    return this.#removeWhere(`expiresAt <= ?1 ${where}`, ...[now, ...(namespace === undefined ? [] : [namespace])]);
  }

  clear(namespace?: string): number {
    return (namespace === undefined ? this.#removeWhere("true") : this.#removeWhere("namespace = ?1", namespace))
      .length;
  }

  version(): number {
    this.#ensureOpen();
    return this.#attempt("version", () => this.#fact("version") as number);
  }

  changesSince(version: number): ChangeFeed | undefined {
    this.#ensureOpen();
    return this.#attempt("changesSince", () =>
      this.#transaction(() => {
        const current = this.#fact("version") as number;
        if (version > current || version < current - REMEMBERED_COMMITS) return undefined;
        return {
          version: current,
          puts: this.#rows("SELECT * FROM entries WHERE revision > ? ORDER BY id", version).map(entryOf),
          removed: this.#rows("SELECT id FROM removed WHERE version > ? ORDER BY version, id", version).map(idOf),
        };
      }),
    );
  }

  getMeta(key: string): string | undefined {
    const [row] = this.#all("getMeta", "SELECT value FROM meta WHERE key = ?", key);
    return row?.value as string | undefined;
  }

  setMeta(key: string, value: string): void {
    this.#all("setMeta", "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value);
  }

  check(): StoreCheck {
    if (this.#state !== "open") return { ok: false, reason: this.#closedError().message };
    try {
      const problems = this.#rows("PRAGMA integrity_check").map((row) => String(row.integrity_check));
      return problems.join() === "ok" ? { ok: true } : { ok: false, reason: problems.join("; ") };
    } catch (error) {
      return { ok: false, reason: String(error) };
    }
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#driver.close();
  }

  #apply(change: Change, version: number): number[] {
    if ("put" in change) {
      if (change.when !== undefined) this.#checkCondition(change.put, change.when);
      return this.#put(change.put, version);
    }
    if ("touch" in change) {
      const { touch, at, expiresAt } = change;
      const expiry = expiresAt === undefined ? "" : ", expiresAt = ?3";
      return this.#rows(
        `UPDATE entries SET accessedAt = ?2, hits = hits + 1 ${expiry} WHERE ${LISTED} RETURNING id`,
        ...[JSON.stringify(touch), at, ...(expiresAt === undefined ? [] : [expiresAt])],
      ).map(idOf);
    }
    const { remove, when } = change;
    return when === undefined
      ? this.#remove(version, LISTED, JSON.stringify(remove))
      : this.#remove(version, `${LISTED} AND expiresAt <= ?2`, JSON.stringify(remove), when.expiredAt);
  }

  #put(put: NewEntry, version: number): number[] {
    const { namespace, key, text, value, vector, metadata, tags, createdAt, expiresAt } = put;
    const blob = vector && new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    return this.#rows(
      PUT,
      ...[namespace, key, text, value, blob, JSON.stringify(metadata), JSON.stringify(tags)],
      ...[createdAt, expiresAt, version],
    ).map(idOf);
  }

  #checkCondition({ namespace, key }: NewEntry, when: "absent" | { revision: number }): void {
    const [row] = this.#rows("SELECT revision FROM entries WHERE namespace = ? AND key = ?", namespace, key);
    if (row?.revision === (when === "absent" ? undefined : when.revision)) return;
    throw new MnemeError(
      "conflict",
      `A put expected ${when === "absent" ? "the key to be absent" : `revision ${when.revision}`}, ` +
        `but ${row === undefined ? "the key is absent" : `it is at revision ${row.revision}`}.`,
      "Read the entry again and decide anew.",
    );
  }

  #remove(version: number, where: string, ...parameters: SqlValue[]): number[] {
    const ids = this.#rows(`DELETE FROM entries WHERE ${where} RETURNING id`, ...parameters).map(idOf);
    this.#rows("INSERT INTO removed SELECT value, ?2 FROM json_each(?1)", JSON.stringify(ids), version);
    return ids;
  }

  #removeWhere(where: string, ...parameters: SqlValue[]): number[] {
    this.#ensureOpen();
    return this.#attempt("remove", () =>
      this.#transaction(() => {
        const version = (this.#fact("version") as number) + 1;
        const ids = this.#remove(version, where, ...parameters);
        if (ids.length > 0) this.#bumpTo(version);
        return ids;
      }),
    );
  }

  #bumpTo(version: number): void {
    this.#setFact("version", version);
    this.#rows("DELETE FROM removed WHERE version <= ?", version - REMEMBERED_COMMITS);
  }

  #fact(name: string): SqlValue | undefined {
    return this.#rows("SELECT value FROM mneme WHERE name = ?", name)[0]?.value;
  }

  #setFact(name: string, value: SqlValue): void {
    this.#rows("INSERT OR REPLACE INTO mneme (name, value) VALUES (?, ?)", name, value);
  }

  /** The only way to the driver's rows: every text is spelt so that every engine gives it back as it was. */
  #rows(sql: string, ...parameters: SqlValue[]): Row[] {
    const rows = this.#driver.all(
      sql,
      ...parameters.map((value) => (typeof value === "string" ? toSql(value) : value)),
    );
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) if (typeof value === "string") row[column] = fromSql(value);
    }
    return rows;
  }

  #all(operation: string, sql: string, ...parameters: SqlValue[]): Row[] {
    this.#ensureOpen();
    return this.#attempt(operation, () => this.#rows(sql, ...parameters));
  }

  /** IMMEDIATE: a writer waits for the lock at the start, never fails half-way for want of it. */
  #transaction<T>(work: () => T): T {
    this.#driver.script("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#driver.script("COMMIT");
      return result;
    } catch (error) {
      this.#driver.script("ROLLBACK");
      throw error;
    }
  }

  #attempt<T>(operation: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof MnemeError) throw cause;
      const message = String((cause as Error)?.message ?? cause);
      if (/not a database|malformed|corrupt/i.test(message)) {
        throw new MnemeError(
          "corrupt",
          "The sqlite store's file is damaged.",
          "Restore a backup, or delete the file.",
          {
            cause,
          },
        );
      }
      throw new MnemeError("store", `The sqlite store failed in ${operation}: ${message}.`, "See the cause.", {
        cause,
      });
    }
  }

  #ensureOpen(): void {
    if (this.#state !== "open") throw this.#closedError();
  }

  #closedError(): MnemeError {
    return this.#state === "new"
      ? new MnemeError("closed", "The sqlite store is not open yet.", "Call open() first.")
      : new MnemeError("closed", "The sqlite store is closed.", "Open the file with a new store.");
  }
}

function idOf(row: Row): number {
  return row.id as number;
}

/** A row of "vectors" only leaves the other fields empty. */
function entryOf(row: Row): Entry {
  const blob = row.vector as Uint8Array | null;
  return {
    id: row.id as number,
    namespace: row.namespace as string,
    key: (row.key ?? "") as string,
    text: (row.text ?? "") as string,
    value: (row.value ?? "") as string,
    // Copied: a Float32Array must start at a multiple of 4 bytes, and the engine's buffer is not ours to keep.
    vector: blob && new Float32Array(blob.slice().buffer),
    metadata: JSON.parse((row.metadata ?? "{}") as string) as JsonObject,
    tags: JSON.parse((row.tags ?? "[]") as string) as string[],
    createdAt: (row.createdAt ?? 0) as number,
    accessedAt: (row.accessedAt ?? 0) as number,
    expiresAt: row.expiresAt as number | null,
    hits: (row.hits ?? 0) as number,
    revision: row.revision as number,
  };
}
