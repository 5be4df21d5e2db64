import { type Identity, MnemeError } from "../../src/index.ts";
import type { Row } from "./postgres-client.ts";
import { SCHEMA } from "./postgres-schema.ts";
import { unescaped } from "./store-text.ts";

/** How a store is laid out, and what it was filled with. */
export interface State {
  schema: number;
  identity: string | null;
  /** The type of the engine's column, once it is there. */
  search: string | null;
}

export function stateOf(rows: readonly Row[]): State {
  const state = rows[0] && (JSON.parse(rows[0].state!) as Partial<State>);
  if (typeof state?.schema !== "number") throw corrupt("does not say how it is laid out");
  if (state.schema > SCHEMA) {
    throw new MnemeError(
      "newer",
      `The postgres store has schema ${state.schema}; this mneme knows ${SCHEMA}.`,
      "Update mneme, or use another schema of the database.",
    );
  }
  return { schema: state.schema, identity: state.identity ?? null, search: state.search ?? null };
}

export function identityOf(stamp: string): Identity {
  try {
    return JSON.parse(unescaped(stamp)) as Identity;
  } catch {
    throw corrupt("does not say which embedder filled it");
  }
}

function corrupt(what: string): MnemeError {
  return new MnemeError("corrupt", `The postgres store ${what}.`, "Restore a backup, or use another schema.");
}
