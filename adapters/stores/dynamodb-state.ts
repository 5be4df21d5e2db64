import { type Identity, MnemeError } from "../../src/index.ts";
import type { Item } from "./dynamodb-client.ts";
import { type Layout, SCHEMA } from "./dynamodb-layout.ts";
import type { Table } from "./dynamodb-table.ts";

/** What one item says of the whole store. Every commit that raises the version is on condition that it is as it was. */
export interface State extends Identity {
  version: number;
  lastId: number;
  total: number;
  /** A large commit that is being applied: where its log is, and how many of its steps are done. */
  pending: { log: string; step: number } | undefined;
  /** The writer that no other may commit before. */
  turn: string | undefined;
}

/** Undefined when the table has no such store. */
export async function readState(table: Table, layout: Layout): Promise<State | undefined> {
  const item = await table.get(layout.state);
  return item && stateOf(item);
}

export async function presentState(table: Table, layout: Layout): Promise<State> {
  const state = await readState(table, layout);
  if (state !== undefined) return state;
  throw new MnemeError(
    "store",
    "What the dynamodb store held is gone: another has deleted it.",
    "Open it with a new store.",
  );
}

/** The item of a new store. */
export function newState(layout: Layout, { fingerprint, dimensions }: Identity): Item {
  return {
    ...layout.state,
    schemaVersion: { N: String(SCHEMA) },
    fingerprint: { S: JSON.stringify(fingerprint) },
    dimensions: { N: String(dimensions) },
    version: { N: "0" },
    lastId: { N: "0" },
    entries: { N: "0" },
  };
}

export function stateOf(item: Item): State {
  const schema = Number(item.schemaVersion?.N);
  if (schema > SCHEMA) {
    throw new MnemeError(
      "newer",
      `The dynamodb store has schema ${schema}; this mneme knows ${SCHEMA}.`,
      "Update mneme, or use another table or prefix.",
    );
  }
  try {
    const state = {
      fingerprint: JSON.parse(item.fingerprint!.S!) as string,
      dimensions: Number(item.dimensions!.N),
      version: Number(item.version!.N),
      lastId: Number(item.lastId!.N),
      total: Number(item.entries!.N),
    };
    const { fingerprint, ...numbers } = state;
    if (schema !== SCHEMA || !Object.values(numbers).every(Number.isSafeInteger)) throw new Error("not a number");
    const pending = item.pending && { log: item.pending.S!, step: Number(item.step!.N) };
    return { ...state, pending, turn: item.turn?.S };
  } catch (cause) {
    throw new MnemeError(
      "corrupt",
      "The dynamodb store does not say which embedder filled it, or what its version is.",
      "Restore a backup, or use another table or prefix.",
      { cause },
    );
  }
}
