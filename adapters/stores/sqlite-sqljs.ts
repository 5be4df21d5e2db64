import { type Awaitable, drive, MnemeError, type Steps, step } from "../../src/index.ts";
import type { OpenDriver, Row, SqliteDriver, SqlValue, Statement, SyncSqliteDriver } from "./sqlite-driver.ts";
import type { SqliteImage, SyncSqliteImage } from "./sqlite-image.ts";

/** What is used of sql.js: what `await initSqlJs()` returns. */
export interface SqlJs {
  Database: new (image?: Uint8Array | null) => SqlJsDatabase;
}
interface SqlJsDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqlJsStatement;
  /** Takes a copy; it ends every prepared statement and forgets the settings. */
  export(): Uint8Array;
  close(): void;
}
interface SqlJsStatement {
  bind(values: readonly SqlValue[]): boolean;
  step(): boolean;
  getAsObject(): Record<string, unknown>;
  reset(): void;
}

/** The database has no other reader, and what makes it durable is the image. */
const SETTINGS = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF";
/** Rises with every change of rows or tables. */
const CHANGES = "SELECT total_changes() + schema_version AS n FROM pragma_schema_version";
/** A new image is made when so much was appended, and at least a part of the image's own size: the cost stays in proportion. */
const LEAST_APPENDED = 4 * 1024 * 1024;
const APPENDED_SHARE = 1 / 4;

/** SQLite in memory, by sql.js, in any runtime. With an image it outlives the process. */
export function sqlJs(SQL: SqlJs, image?: SyncSqliteImage): OpenDriver<SyncSqliteDriver>;
export function sqlJs(SQL: SqlJs, image: SqliteImage): OpenDriver<Awaitable<SqliteDriver>>;
export function sqlJs(SQL: SqlJs, image?: SqliteImage): OpenDriver<Awaitable<SqliteDriver>> {
  return Object.assign(() => drive(SqlJsDriver.open(SQL, image)), { peek: () => drive(SqlJsDriver.peek(SQL, image)) });
}

class SqlJsDriver implements SqliteDriver {
  readonly name = "sql.js";
  readonly #image: SqliteImage | undefined;
  readonly #database: SqlJsDatabase;
  readonly #statements = new Map<string, SqlJsStatement>();
  /** The image is replaced when so much has been appended. */
  #appendable = LEAST_APPENDED;
  #appended = 0;
  /** Set when memory is gone or may differ from the image: then nothing more can be promised. */
  #broken: MnemeError | undefined;
  /** The batch under way, where the image makes it wait. Others must not see its half-done work. */
  #turn: Promise<void> | undefined;

  private constructor(database: SqlJsDatabase, image: SqliteImage | undefined) {
    this.#database = database;
    this.#image = image;
    database.exec(SETTINGS);
  }

  static *open(SQL: SqlJs, image: SqliteImage | undefined): Steps<SqlJsDriver> {
    if (image === undefined) return new SqlJsDriver(new SQL.Database(), undefined);
    const stored = yield* step(image.open());
    try {
      const driver = new SqlJsDriver(new SQL.Database(stored.image && withoutLog(stored.image)), image);
      driver.#measure(stored.image);
      driver.#appended = stored.appended;
      for (const batch of stored.log) driver.#replay(batch);
      return driver;
    } catch (error) {
      yield* step(image.close());
      throw error;
    }
  }

  /** A new database in memory is as empty as one that is absent: it costs no more to look into it. */
  static *peek(SQL: SqlJs, image: SqliteImage | undefined): Steps<SqlJsDriver | undefined> {
    if (image?.exists !== undefined && !(yield* step(image.exists()))) return undefined;
    return yield* SqlJsDriver.open(SQL, image);
  }

  /** Where there are files. */
  get snapshot(): ((path: string) => Awaitable<void>) | undefined {
    const fs = globalThis.process?.getBuiltinModule?.("node:fs");
    return fs && ((path) => this.#inTurn(() => fs.writeFileSync(path, this.#export())));
  }

  get scrub(): (() => Awaitable<void>) | undefined {
    if (this.#image !== undefined && !this.#image.scrubs) return undefined;
    return () => this.#inTurn(() => drive(this.#scrub()));
  }

  batch(statements: readonly Statement[], mode: "read" | "write"): Awaitable<Row[][]> {
    return this.#inTurn(() => drive(mode === "read" ? this.#read(statements) : this.#write(statements)));
  }

  close(): Awaitable<void> {
    return this.#inTurn(() => drive(this.#close()));
  }

  #inTurn<T>(work: () => Awaitable<T>): Awaitable<T> {
    const result = this.#turn === undefined ? work() : this.#turn.then(work);
    if (!(result instanceof Promise)) return result;
    const turn: Promise<void> = result.then(nothing, nothing).then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
    return result;
  }

  *#read(statements: readonly Statement[]): Steps<Row[][]> {
    if (this.#broken) throw this.#broken;
    return statements.map((statement) => this.#all(statement));
  }

  /** The image comes before COMMIT: what it refuses never happened. */
  *#write(statements: readonly Statement[]): Steps<Row[][]> {
    if (this.#broken) throw this.#broken;
    let kept = false;
    let rows: Row[][];
    this.#database.exec("BEGIN");
    try {
      const before = this.#changes();
      rows = statements.map((statement) => this.#all(statement));
      if (this.#image !== undefined && this.#changes() !== before) {
        this.#appended = yield* step(this.#image.append(statements));
        kept = true;
      }
      this.#database.exec("COMMIT");
    } catch (cause) {
      if (!this.#rollBack() || kept) this.#break(cause);
      throw cause;
    }
    if (this.#appended >= this.#appendable) yield* this.#checkpoint();
    return rows;
  }

  /** A batch of the log ran once: if it does not run again, the image is not the one it was written for. */
  #replay(batch: readonly Statement[]): void {
    try {
      this.#database.exec("BEGIN");
      for (const statement of batch) this.#all(statement);
      this.#database.exec("COMMIT");
    } catch (cause) {
      const problem = "The log of the sql.js store does not fit its image.";
      throw new MnemeError("corrupt", problem, "Restore a backup, or use another file.", { cause });
    }
  }

  /** What was committed is kept without it: a failure leaves a longer log, and the next attempt for later. */
  *#checkpoint(): Steps<void> {
    try {
      yield* this.#replaceImage();
    } catch {
      this.#appendable *= 2;
    }
  }

  *#replaceImage(): Steps<void> {
    const image = this.#export();
    yield* step(this.#image!.replace(image));
    this.#appended = 0;
    this.#measure(image);
  }

  *#scrub(): Steps<void> {
    if (this.#broken) throw this.#broken;
    this.#database.exec("VACUUM");
    if (this.#image !== undefined) yield* this.#replaceImage();
  }

  *#close(): Steps<void> {
    try {
      if (this.#image !== undefined && this.#appended > 0 && !this.#broken) yield* this.#checkpoint();
      if (!this.#broken) this.#database.close();
    } finally {
      yield* step(this.#image?.close());
    }
  }

  #measure(image: Uint8Array | undefined): void {
    this.#appendable = Math.max(LEAST_APPENDED, (image?.length ?? 0) * APPENDED_SHARE);
  }

  #export(): Uint8Array {
    if (this.#broken) throw this.#broken;
    try {
      const image = this.#database.export();
      this.#statements.clear();
      this.#database.exec(SETTINGS);
      return image;
    } catch (cause) {
      this.#break(cause); // sql.js has closed the database by then; what was committed is in the log
      throw cause;
    }
  }

  #changes(): SqlValue {
    return this.#all({ sql: CHANGES, parameters: [] })[0]!.n!;
  }

  #all({ sql, parameters }: Statement): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    const rows: Row[] = [];
    try {
      statement.bind(parameters);
      while (statement.step()) rows.push(statement.getAsObject() as Row);
    } finally {
      statement.reset(); // one left in mid-way would hold the transaction open
    }
    return rows;
  }

  /** Some failures end the transaction by themselves. */
  #rollBack(): boolean {
    try {
      this.#database.exec("ROLLBACK");
      return true;
    } catch (error) {
      return String(error).includes("no transaction");
    }
  }

  #break(cause: unknown): void {
    const problem = "The sql.js store lost its database in memory.";
    this.#broken = new MnemeError("store", problem, "Open a new store: it reads what was written.", { cause });
  }
}

/** An image that another engine kept with a write-ahead log says so in its header; in memory there is no such log. */
function withoutLog(image: Uint8Array): Uint8Array {
  const WRITE_VERSION = 18;
  const READ_VERSION = 19;
  if (image[WRITE_VERSION] === 2) image[WRITE_VERSION] = 1;
  if (image[READ_VERSION] === 2) image[READ_VERSION] = 1;
  return image;
}

function nothing(): void {}
