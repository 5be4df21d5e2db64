export { sqliteStore } from "./sqlite.ts";
export { type BetterDatabase, betterSqlite3 } from "./sqlite-better.ts";
export { type BunDatabase, bunSqlite } from "./sqlite-bun.ts";
export { type D1, d1 } from "./sqlite-d1.ts";
export type { Row, SqliteDriver, SqlValue, Statement, SyncSqliteDriver } from "./sqlite-driver.ts";
export { type DurableObjectStorage, durableObjectSql } from "./sqlite-durable-object.ts";
export { nodeSqlite } from "./sqlite-node.ts";
export { opfsSqlite, type WasmSqlite3 } from "./sqlite-opfs.ts";
