import type { Change, NewEntry, Put, ScanOptions } from "../../src/index.ts";
import type { SqlValue, Statement } from "./sqlite-driver.ts";

// Every SQL text of the store, for every engine. Nothing of a caller's stands in a text: all of it is parameters.

export const SCHEMA = 1;
/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
const REMEMBERED_COMMITS = 10_000;

/** The store's version is the greatest one anything was put or removed at: nothing has to be written to raise it. */
const VERSION = `max(
  ifnull((SELECT max(revision) FROM mneme_entries), 0), ifnull((SELECT max(version) FROM mneme_removed), 0))`;
/** The version that the commit under way will have, noted before its first change: after that one, VERSION has risen. */
const NEXT = "(SELECT value FROM mneme_state WHERE name = 'next')";
/** A list of ids is one JSON parameter, so that every statement has one text and stays prepared. */
const LISTED = "id IN (SELECT value FROM json_each(?1))";

export const hasTables: Statement = sql("SELECT 1 AS there FROM sqlite_master WHERE name = 'mneme_state'");
export const readState: Statement = sql("SELECT name, value FROM mneme_state");

/** ANALYZE, where someone runs it, keeps whole keys and names of namespaces. */
export const hasSamples: Statement = sql("SELECT 1 AS there FROM sqlite_master WHERE name = 'sqlite_stat4'");
export const forgetSamples: Statement = sql("DELETE FROM sqlite_stat4 WHERE tbl GLOB 'mneme_*'");

/** Makes what is missing, and stamps a new store; in one that is filled it changes nothing. */
export function create(identity: string): Statement[] {
  return [
    sql("CREATE TABLE IF NOT EXISTS mneme_state (name TEXT PRIMARY KEY, value) WITHOUT ROWID"),
    sql("CREATE TABLE IF NOT EXISTS mneme_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"),
    // What an index of vectors reads stands before the long texts, so that scanning never reads those.
    sql(`CREATE TABLE IF NOT EXISTS mneme_entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      namespace TEXT NOT NULL, key TEXT NOT NULL,
      revision INTEGER NOT NULL, expiresAt REAL, accessedAt REAL NOT NULL, createdAt REAL NOT NULL, hits INTEGER NOT NULL,
      vector BLOB, text TEXT NOT NULL, value TEXT NOT NULL, metadata TEXT NOT NULL, tags TEXT NOT NULL,
      UNIQUE (namespace, key)
    )`),
    // Every index ends with the id by itself.
    sql("CREATE INDEX IF NOT EXISTS mneme_by_use ON mneme_entries (accessedAt)"),
    sql("CREATE INDEX IF NOT EXISTS mneme_by_namespace ON mneme_entries (namespace, accessedAt)"),
    sql("CREATE INDEX IF NOT EXISTS mneme_by_expiry ON mneme_entries (expiresAt) WHERE expiresAt IS NOT NULL"),
    sql("CREATE INDEX IF NOT EXISTS mneme_by_revision ON mneme_entries (revision)"),
    sql(`CREATE TABLE IF NOT EXISTS mneme_removed (
      version INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (version, id)
    ) WITHOUT ROWID`),
    // Nothing can be put into it: a condition that does not hold tries to, which fails the whole transaction.
    sql("CREATE TABLE IF NOT EXISTS mneme_conflict (n INTEGER, CONSTRAINT mneme_conflict CHECK (n IS NULL))"),
    sql("INSERT OR IGNORE INTO mneme_state VALUES ('schema', ?), ('next', 0), ('identity', ?)", SCHEMA, identity),
    readState,
  ];
}

export function get(namespace: string, key: string): Statement {
  return sql("SELECT * FROM mneme_entries WHERE namespace = ? AND key = ?", namespace, key);
}

export function getMany(ids: readonly number[]): Statement {
  return sql(`SELECT * FROM mneme_entries WHERE ${LISTED}`, JSON.stringify(ids));
}

export function scanPage({ namespace, fields = "all" }: ScanOptions, after: number, size: number): Statement {
  const columns = fields === "all" ? "*" : "id, namespace, key, vector, expiresAt, revision";
  const select = `SELECT ${columns} FROM mneme_entries WHERE id > ?1`;
  return namespace === undefined
    ? sql(`${select} ORDER BY id LIMIT ?2`, after, size)
    : sql(`${select} AND namespace = ?3 ORDER BY id LIMIT ?2`, after, size, namespace);
}

export function oldest(n: number, namespace?: string): Statement {
  // A negative limit would mean "all", and one that is no integer is refused.
  const limit = n > 0 ? Math.min(Math.floor(n), Number.MAX_SAFE_INTEGER) : 0;
  return namespace === undefined
    ? sql("SELECT id FROM mneme_entries ORDER BY accessedAt, id LIMIT ?", limit)
    : sql("SELECT id FROM mneme_entries WHERE namespace = ? ORDER BY accessedAt, id LIMIT ?", namespace, limit);
}

export function count(namespace?: string): Statement {
  return namespace === undefined
    ? sql("SELECT count(*) AS n FROM mneme_entries")
    : sql("SELECT count(*) AS n FROM mneme_entries WHERE namespace = ?", namespace);
}

export const namespaces: Statement = sql("SELECT DISTINCT namespace FROM mneme_entries");
export const version: Statement = sql(`SELECT ${VERSION} AS version`);

export function integrity(pragma = "PRAGMA integrity_check"): Statement {
  return sql(pragma);
}

/** Each change as statements, of which the last returns the ids it affected. */
export function changes(all: readonly Change[]): Statement[][] {
  return all.map((change) => {
    if ("put" in change) return [...condition(change.put, change.when), put(change, NEXT)];
    if ("touch" in change) return [touch(change.touch, change.at, change.expiresAt)];
    const ids = JSON.stringify(change.remove);
    return change.when === undefined
      ? remove(LISTED, ids)
      : remove(`${LISTED} AND expiresAt <= ?2`, ids, change.when.expiredAt);
  });
}

/** The commonest commit by far: one statement, which returns both the id and the version. */
export function putAlone(change: Put): Statement {
  return put(change, `1 + ${VERSION}`);
}

/** Comes before the statements of all other commits; `version` comes last. */
export const begin: Statement = sql(`UPDATE mneme_state SET value = 1 + ${VERSION} WHERE name = 'next'`);

export function expired(now: number, namespace?: string): Statement[] {
  return namespace === undefined
    ? remove("expiresAt <= ?1", now)
    : remove("expiresAt <= ?1 AND namespace = ?2", now, namespace);
}

export function all(namespace?: string): Statement[] {
  return namespace === undefined ? remove("true") : remove("namespace = ?1", namespace);
}

export function changesSince(since: number): Statement[] {
  return [
    version,
    sql("SELECT * FROM mneme_entries WHERE revision > ? ORDER BY id", since),
    sql("SELECT id FROM mneme_removed WHERE version > ? ORDER BY version, id", since),
  ];
}

/** Whether the feed still knows every removal since then. */
export function remembers(since: number, current: number): boolean {
  return since >= 0 && since <= current && since >= current - REMEMBERED_COMMITS;
}

export function getMeta(key: string): Statement {
  return sql("SELECT value FROM mneme_meta WHERE key = ?", key);
}

export function setMeta(key: string, value: string): Statement {
  return sql("INSERT OR REPLACE INTO mneme_meta VALUES (?, ?)", key, value);
}

/** A row if it was done. */
export function swapMeta(key: string, before: string | undefined, after: string): Statement {
  return before === undefined
    ? sql("INSERT INTO mneme_meta VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING 1 AS done", key, after)
    : sql("UPDATE mneme_meta SET value = ? WHERE key = ? AND value = ? RETURNING 1 AS done", after, key, before);
}

function put({ put: entry, used }: Put, revision: string): Statement {
  const { namespace, key, text, value, vector, metadata, tags, createdAt, expiresAt } = entry;
  const { at, hits } = used ?? { at: createdAt, hits: 0 };
  const blob = vector && new Uint8Array(vector.slice().buffer); // a copy: it may have to wait its turn
  return sql(
    `INSERT INTO mneme_entries
      (namespace, key, revision, expiresAt, accessedAt, createdAt, hits, vector, text, value, metadata, tags)
    VALUES (?1, ?2, ${revision}, ?9, ?10, ?8, ?11, ?5, ?3, ?4, ?6, ?7)
    ON CONFLICT (namespace, key) DO UPDATE SET
      revision = excluded.revision, expiresAt = ?9, accessedAt = ?10, createdAt = ?8, hits = ?11,
      vector = ?5, text = ?3, value = ?4, metadata = ?6, tags = ?7
    RETURNING id, revision AS version`,
    ...[
      namespace,
      key,
      text,
      value,
      blob,
      JSON.stringify(metadata),
      JSON.stringify(tags),
      createdAt,
      expiresAt,
      at,
      hits,
    ],
  );
}

function condition({ namespace, key }: NewEntry, when?: "absent" | { revision: number }): Statement[] {
  if (when === undefined) return [];
  const found = "EXISTS (SELECT 1 FROM mneme_entries WHERE namespace = ?1 AND key = ?2";
  return when === "absent"
    ? [sql(`INSERT INTO mneme_conflict SELECT 1 WHERE ${found})`, namespace, key)]
    : [sql(`INSERT INTO mneme_conflict SELECT 1 WHERE NOT ${found} AND revision = ?3)`, namespace, key, when.revision)];
}

function touch(ids: readonly number[], at: number, expiresAt?: number | null): Statement {
  const update = "UPDATE mneme_entries SET accessedAt = ?2, hits = hits + 1";
  return expiresAt === undefined
    ? sql(`${update} WHERE ${LISTED} RETURNING id`, JSON.stringify(ids), at)
    : sql(`${update}, expiresAt = ?3 WHERE ${LISTED} RETURNING id`, JSON.stringify(ids), at, expiresAt);
}

/** Removals older than the feed remembers are forgotten by the next one. */
function remove(where: string, ...parameters: SqlValue[]): Statement[] {
  return [
    sql(`DELETE FROM mneme_removed WHERE version < ${NEXT} - ?`, REMEMBERED_COMMITS),
    sql(`INSERT INTO mneme_removed SELECT ${NEXT}, id FROM mneme_entries WHERE ${where}`, ...parameters),
    sql(`DELETE FROM mneme_entries WHERE ${where} RETURNING id`, ...parameters),
  ];
}

function sql(text: string, ...parameters: SqlValue[]): Statement {
  return { sql: text, parameters };
}
