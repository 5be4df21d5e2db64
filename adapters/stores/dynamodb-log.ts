import { MnemeError } from "../../src/index.ts";
import { pause } from "./dynamodb-client.ts";
import { decoded } from "./dynamodb-items.ts";
import { keyOf, type Layout, padded } from "./dynamodb-layout.ts";
import { presentState, readState, type State } from "./dynamodb-state.ts";
import type { Table } from "./dynamodb-table.ts";
import { transact } from "./dynamodb-transaction.ts";
import type { Turn } from "./dynamodb-turn.ts";
import type { Write } from "./dynamodb-writes.ts";
import { fromBase64, toBase64 } from "./store-base64.ts";

// A commit that is too large for one transaction. It is written down whole, in a log; one conditional write names the log
// in the state, from which moment on the commit is certain; then it is applied in steps, each a transaction that counts
// itself. No other commit begins before the last step, and whoever finds steps missing does them: it happens whole or not
// at all, whenever its writer dies. The version rises with the last step.

/** Room is left for the write that counts the step. */
const STEP_WRITES = 99;
/** A transaction may have 4 MB. */
const STEP_BYTES = 3_000_000;
const LOG_ITEM_BYTES = 350_000;
/** So many looks at a commit that does not get on before its writer is taken for dead: about half a second. */
const PATIENCE = 12;
const LOOK_MS = 40;

/** What the state says after the last step. */
export interface End {
  version: number;
  lastId: number;
  total: number;
}
interface Log {
  steps: Write[][];
  end: End;
}

/** Whether all of it fits into one transaction. */
export function isSmall(writes: readonly Write[]): boolean {
  return stepsOf(writes).length <= 1;
}

/** Answers false when the state moved on meanwhile: nothing was done. */
export async function commitLarge(
  table: Table,
  layout: Layout,
  turn: Turn,
  state: State,
  writes: readonly Write[],
  end: End,
): Promise<boolean> {
  const name = `${padded(state.version + 1)}/${crypto.randomUUID()}`;
  const text = JSON.stringify({ steps: stepsOf(writes.map(unconditional)), end } satisfies Log, withBase64);
  const bytes = new TextEncoder().encode(text);
  const items = Array.from({ length: Math.ceil(bytes.length / LOG_ITEM_BYTES) }, (_, n) => ({
    ...keyOf(layout.log, `${name}/${padded(n)}`),
    bytes: { B: bytes.slice(n * LOG_ITEM_BYTES, (n + 1) * LOG_ITEM_BYTES) },
  }));
  await table.batchWrite(items.map((Item) => ({ PutRequest: { Item } })));
  const begun = await transact(table, [
    {
      Update: {
        TableName: table.name,
        Key: layout.state,
        UpdateExpression: "SET pending = :log, step = :none REMOVE turn",
        ConditionExpression: `version = :was AND attribute_not_exists(pending) AND ${turn.condition}`,
        ExpressionAttributeValues: {
          ...turn.values,
          ":log": { S: name },
          ":none": { N: "0" },
          ":was": { N: String(state.version) },
        },
      },
    },
  ]);
  if (begun === undefined) {
    turn.used();
    await apply(table, layout, { log: name, step: 0 });
  }
  await deleteLog(table, layout, name);
  return begun === undefined;
}

/** Waits for the large commit that another has begun, and ends it when that other does not. */
export async function settle(table: Table, layout: Layout, state: State): Promise<void> {
  let { pending } = state;
  for (let idle = 0; pending !== undefined; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = (await presentState(table, layout)).pending;
    if (now === undefined) return;
    idle = now.log === pending.log && now.step === pending.step ? idle + 1 : 0;
    pending = now;
    if (idle < PATIENCE) continue;
    await apply(table, layout, pending);
    await deleteLog(table, layout, pending.log);
    return;
  }
}

/** Does the steps that are left. Another may be doing the same: each step happens once. */
async function apply(table: Table, layout: Layout, pending: { log: string; step: number }): Promise<void> {
  let log: Log | undefined;
  for (let { step } = pending, attempt = 0; ; ) {
    log ??= await readLog(table, layout, pending.log);
    if (log !== undefined) {
      const reasons = await transact(table, [countStep(table, layout, pending.log, step, log), ...log.steps[step]!]);
      if (reasons === undefined) {
        attempt = 0;
        if (++step === log.steps.length) return;
        continue;
      }
    }
    const now = (await readState(table, layout))?.pending;
    if (now?.log !== pending.log) return; // another has ended it
    if (log === undefined) {
      throw new MnemeError(
        "corrupt",
        "A large commit was begun in the dynamodb store, but its log is gone.",
        "Restore a backup, or use another table or prefix.",
      );
    }
    step = now.step;
    await pause(attempt++);
  }
}

function countStep(table: Table, layout: Layout, name: string, step: number, { steps, end }: Log): Write {
  const last = step === steps.length - 1;
  const values = { ":log": { S: name }, ":step": { N: String(step) } };
  return {
    Update: {
      TableName: table.name,
      Key: layout.state,
      UpdateExpression: last
        ? "SET version = :version, lastId = :lastId, entries = :total REMOVE pending, step"
        : "SET step = :next",
      ConditionExpression: "pending = :log AND step = :step",
      ExpressionAttributeValues: {
        ...values,
        ...(last
          ? {
              ":version": { N: String(end.version) },
              ":lastId": { N: String(end.lastId) },
              ":total": { N: String(end.total) },
            }
          : { ":next": { N: String(step + 1) } }),
      },
    },
  };
}

async function readLog(table: Table, layout: Layout, name: string): Promise<Log | undefined> {
  const items = await logItems(table, layout, name);
  if (items.length === 0) return undefined;
  try {
    return JSON.parse(decoded(items.map(({ bytes }) => bytes!.B!)), withBytes) as Log;
  } catch {
    return undefined; // another is deleting it: it has been applied
  }
}

/** It has been applied, or never will be. What stays of it when this fails is deleted by `trim`. */
async function deleteLog(table: Table, layout: Layout, name: string): Promise<void> {
  const items = await logItems(table, layout, name);
  await table.batchWrite(items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })));
}

function logItems(table: Table, layout: Layout, name: string) {
  return table.all({
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :name)",
    ExpressionAttributeValues: { ":pk": { S: layout.log }, ":name": { S: `${name}/` } },
  });
}

function stepsOf(writes: readonly Write[]): Write[][] {
  const steps: Write[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = sizeOf(write);
    const step = steps.at(-1);
    if (step === undefined || step.length === STEP_WRITES || bytes + size > STEP_BYTES) {
      steps.push([write]);
      bytes = size;
    } else {
      step.push(write);
      bytes += size;
    }
  }
  return steps;
}

/** At most: a UTF-16 unit takes up to three bytes. */
function sizeOf({ Put }: Write): number {
  if (Put === undefined) return 1000;
  return Object.values(Put.Item).reduce((sum, { S = "", B }) => sum + 3 * S.length + (B?.length ?? 0) + 40, 0);
}

/**
 * Once begun, a step must be possible. Nothing can have removed an entry: that would have raised the version. But where a
 * touch moved an expiry just before, the entry goes all the same, as if the touch had come after.
 */
function unconditional(write: Write): Write {
  if (write.Delete !== undefined) {
    const { TableName, Key } = write.Delete;
    return { Delete: { TableName, Key } };
  }
  if (write.Update === undefined) return write;
  const { ConditionExpression, ...update } = write.Update;
  return { Update: update };
}

function withBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { base64: toBase64(value) } : value;
}

function withBytes(_: string, value: unknown): unknown {
  const base64 = (value as { base64?: unknown } | null)?.base64;
  if (typeof base64 !== "string") return value;
  const bytes = fromBase64(base64);
  if (bytes === undefined) throw new TypeError("what should be base64 is not");
  return bytes;
}
