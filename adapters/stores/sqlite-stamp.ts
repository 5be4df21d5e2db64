import { checkIdentity, type Identity, MnemeError, type Steps, step } from "../../src/index.ts";
import type { Row, SqliteDriver, SqlValue, Statement } from "./sqlite-driver.ts";
import { encodeStatement, textOf } from "./sqlite-row.ts";
import * as statements from "./sqlite-statements.ts";

// What a database says of itself: its schema, and the embedder that filled it.

/** Undefined when there are no tables of ours. */
export function* stamped(driver: SqliteDriver): Steps<Identity | undefined> {
  const [tables] = yield* run(driver, [statements.hasTables], "read");
  if (tables!.length === 0) return undefined;
  const state = stateOf(yield* run(driver, [statements.readState], "read"));
  checkSchema(state);
  return identityOf(state);
}

/** Looks before it makes anything: a newer store's tables must not be added to. */
export function* stamp(driver: SqliteDriver, identity: Identity): Steps<void> {
  const [tables] = yield* run(driver, [statements.hasTables], "read");
  if (tables!.length > 0) checkSchema(stateOf(yield* run(driver, [statements.readState], "read")));
  const state = stateOf(yield* run(driver, statements.create(JSON.stringify(identity)), "write"));
  checkSchema(state);
  checkIdentity("sqlite", identityOf(state), identity);
}

export function run(driver: SqliteDriver, batch: readonly Statement[], mode: "read" | "write"): Steps<Row[][]> {
  return step(driver.batch(batch.map(encodeStatement), mode));
}

function stateOf(results: Row[][]): Record<string, SqlValue> {
  return Object.fromEntries(results.at(-1)!.map((row) => [row.name, row.value]));
}

function checkSchema({ schema }: Record<string, SqlValue>): void {
  if (typeof schema !== "number" || schema <= statements.SCHEMA) return;
  throw new MnemeError(
    "newer",
    `The sqlite store has schema ${schema}; this mneme knows ${statements.SCHEMA}.`,
    "Update mneme, or use another database.",
  );
}

function identityOf({ identity }: Record<string, SqlValue>): Identity {
  try {
    return JSON.parse(textOf(identity!)) as Identity;
  } catch (cause) {
    const problem = "The sqlite store does not say which embedder filled it.";
    throw new MnemeError("corrupt", problem, "Restore a backup, or use another database.", { cause });
  }
}
