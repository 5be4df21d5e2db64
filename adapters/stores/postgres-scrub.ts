import type { Row, Statement } from "./postgres-client.ts";
import { isHeld, SEEN } from "./postgres-error.ts";

// Copies the tables, so that the files of old rows go. Unlike VACUUM FULL, CLUSTER may be part of a transaction: it can be
// given a limit for waiting, be looked at before it counts, and reach the server by a pooler.

export type Scrub = (run: (statement: Statement) => Promise<readonly Row[]>) => Promise<void>;

/** So long it is tried again while others are in its way: as long as SQLite's writers wait. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 100;
/** Everybody else queues behind one who waits for a whole table. */
const LONGEST_WAIT_MS = 1000;
/** The small one first: it tells as well whether it can be done. */
const TABLES = ["meta", "entries"];

/** A PGlite's process is the server, and its write-ahead log lies beside the tables: that goes, too. */
export function scrubOf(schema: string, isPGlite: boolean): Scrub {
  return async (run) => {
    const [row] = await run(statement("SELECT txid_current()::text AS now"));
    const copying = statement(copied(schema, BigInt(row!.now!)));
    for (const end = performance.now() + PATIENCE_MS; ; ) {
      try {
        await run(copying);
        break;
      } catch (failure) {
        if (!isHeld(failure) || performance.now() > end) throw failure;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    if (isPGlite) for (const text of DROP_LOG) await run(statement(text));
  };
}

/** As rows and catalogs have the number of a transaction. */
const SHORT = 2n ** 32n;

/**
 * What was removed but may still be seen by some transaction is copied, too. Whether there can be any, of all that was removed
 * before the transaction `now`, a copied table says by the number from which on it knows transactions.
 */
function copied(schema: string, now: bigint): string {
  const copies = TABLES.map((name) => {
    const table = `"${schema}".${name}`;
    return `CLUSTER ${table} USING ${name}_pkey;
  ALTER TABLE ${table} SET WITHOUT CLUSTER; -- whoever clusters the database is not to do it again
  IF (SELECT age(relfrozenxid) > age('${now % SHORT}'::xid) FROM pg_class WHERE oid = '${table}'::regclass) THEN
    RAISE 'seen' USING ERRCODE = '${SEEN}';
  END IF;`;
  });
  return `DO $scrub$
BEGIN
  IF txid_current() = ${now} THEN
    RAISE 'the same transaction' USING ERRCODE = 'active_sql_transaction';
  END IF;
  PERFORM set_config('lock_timeout', '${LONGEST_WAIT_MS}', true);
  ${copies.join("\n  ")}
END
$scrub$`;
}

/** Old segments of the log are deleted, instead of being kept to be written over. */
const DROP_LOG = ["SET wal_recycle = off", "SELECT pg_switch_wal()", "CHECKPOINT", "RESET wal_recycle"];

function statement(text: string): Statement {
  return { text, parameters: [], reads: false };
}
