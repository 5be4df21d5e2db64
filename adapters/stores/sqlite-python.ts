import { type CheckpointEntry, type CheckpointImporter, type JsonObject, MnemeError } from "../../src/index.ts";
import type { Row, SqliteDriver } from "./sqlite-driver.ts";
import { translated } from "./sqlite-error.ts";
import { hasNodeSqlite, nodeSqlite } from "./sqlite-node.ts";
import { type SqlJs, sqlJs } from "./sqlite-sqljs.ts";
import { loadSqlJs } from "./sqlite-sqljs-package.ts";

/** Rows read at a time. */
const PAGE = 200;

/**
 * For `SemanticCache.restore`: reads checkpoints of the Python reference, which hold a whole SQLite database. It is read from a
 * private temporary file by this runtime's own engine; with sql.js, which browsers can use, in memory.
 */
export function pythonImporter(SQL?: SqlJs): CheckpointImporter {
  return {
    async *entries(image, signal) {
      const { driver, dispose } = await openImage(image, SQL);
      try {
        yield* entriesOf(driver, signal);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw translated("restore", error);
      } finally {
        await driver.close();
        dispose();
      }
    },
  };
}

interface OpenImage {
  driver: SqliteDriver;
  dispose(): void;
}

async function openImage(image: AsyncIterable<Uint8Array>, SQL: SqlJs | undefined): Promise<OpenImage> {
  if (SQL === undefined && hasNodeSqlite()) return openInFile(image);
  const engine = SQL ?? (await loadSqlJs());
  const pieces: Uint8Array[] = [];
  for await (const piece of image) pieces.push(piece.slice()); // a window of a larger buffer would keep all of that
  const bytes = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const stored = { image: bytes, log: [], appended: 0 };
  try {
    const driver = await sqlJs(engine, { open: () => stored, append: () => 0, replace: () => {}, close: () => {} })();
    return { driver, dispose: () => {} };
  } catch (error) {
    throw translated("restore", error);
  }
}

async function openInFile(image: AsyncIterable<Uint8Array>): Promise<OpenImage> {
  const { closeSync, mkdtempSync, openSync, rmSync, writeSync } = process.getBuiltinModule("node:fs");
  const { tmpdir } = process.getBuiltinModule("node:os");
  const { join } = process.getBuiltinModule("node:path");
  const folder = mkdtempSync(join(tmpdir(), "mneme-")); // the owner's alone
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "store.db");
    const file = openSync(path, "wx", 0o600);
    try {
      for await (const piece of image) {
        for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      }
    } finally {
      closeSync(file);
    }
    return { driver: await nodeSqlite(path)(), dispose };
  } catch (error) {
    dispose();
    throw translated("restore", error);
  }
}

async function* entriesOf(driver: SqliteDriver, signal: AbortSignal | undefined): AsyncGenerator<CheckpointEntry> {
  const query = async (sql: string, ...parameters: number[]): Promise<Row[]> =>
    (await driver.batch([{ sql, parameters }], "read"))[0]!;
  // Whoever made the database may have put views and triggers into it: it is read as plain tables, and only if it is whole.
  await query("PRAGMA trusted_schema = OFF");
  await query("PRAGMA cell_size_check = ON");
  const tables = await query("SELECT type FROM sqlite_schema WHERE name = 'entries'");
  if (tables.length !== 1 || tables[0]!.type !== "table") throw bad("has no table of entries");
  const problems = (await query("PRAGMA integrity_check")).map((row) => String(Object.values(row)[0]));
  if (problems.join() !== "ok") throw bad(`is damaged: ${problems[0]}`);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    signal?.throwIfAborted();
    const rows = await query(
      "SELECT rowid AS row, * FROM entries WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
      after,
      PAGE,
    );
    for (const row of rows) yield entryOf(row);
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.row as number;
  }
}

/** Times are seconds there, and how long an entry lives is counted from when it was made. */
function entryOf(row: Row): CheckpointEntry {
  const { namespace, query_hash, query, response, ttl } = row;
  const milliseconds = (value: unknown): number => {
    if (typeof value !== "number") throw bad("has a time that is no number");
    return value * 1000;
  };
  const createdAt = milliseconds(row.created_at);
  return {
    namespace: textOf(namespace),
    key: textOf(query_hash),
    text: textOf(query),
    value: JSON.stringify(textOf(response)),
    vector: vectorOf(row.embedding),
    metadata: metadataOf(row.metadata),
    tags: [],
    createdAt,
    accessedAt: milliseconds(row.last_accessed_at),
    expiresAt: ttl === null ? null : createdAt + milliseconds(ttl),
    hits: Number(row.access_count),
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw bad("has something else where a text belongs");
}

function metadataOf(value: unknown): JsonObject {
  if (value === null) return {};
  try {
    return JSON.parse(textOf(value)) as JsonObject; // whether it is an object is checked by whoever takes it
  } catch (cause) {
    throw bad("has metadata that is not JSON", cause);
  }
}

/** One without a direction was stored all the same; here the entry serves the exact layer. */
function vectorOf(value: unknown): Float32Array | null {
  if (!(value instanceof Uint8Array) || value.length % 4 !== 0) throw bad("has a vector that is not float32 numbers");
  const vector = new Float32Array(value.slice().buffer);
  return vector.every((x) => x === 0) ? null : vector;
}

function bad(problem: string, cause?: unknown): MnemeError {
  return new MnemeError("corrupt", `The database in the checkpoint ${problem}.`, "Take another checkpoint.", { cause });
}
