import type { Change, ScanOptions } from "../../src/index.ts";
import type { Parameter, Statement } from "./postgres-client.ts";
import { hash, place, REMEMBERED_COMMITS } from "./postgres-schema.ts";
import { encodeVector } from "./store-base64.ts";
import { escaped } from "./store-text.ts";

// Every statement of the store once its schema stands. Nothing of a caller's stands in a text: all of it is parameters, and
// each is declared a text, so that no client guesses a type.

/** What `write` is told beside a caller's own changes. */
export type Removal =
  | { expire: number; namespace: string | undefined }
  | { clear: true; namespace: string | undefined };

const COLUMNS: Record<string, string> = {
  id: "e.id::text",
  namespace: "e.namespace",
  revision: "e.revision::text",
  expires: "e.expires::text",
  vector: "encode(e.vector, 'base64')",
  key: "e.key",
  text: "e.text",
  value: "e.value",
  metadata: "e.metadata",
  tags: "e.tags",
  created: "e.created::text",
  accessed: "e.accessed::text",
  hits: "e.hits::text",
};
export const ENTRY: string = selected(Object.keys(COLUMNS));
const VECTORS = selected(["id", "namespace", "key", "revision", "expires", "vector"]);
const NOTHING = Object.keys(COLUMNS)
  .map(() => "NULL")
  .join(", ");

/** A page of a scan has at most so many rows, and is cut where its texts and vectors pass so many bytes. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 4_000_000;

export class Statements {
  readonly #schema: string;
  readonly #entries: string;

  /** The name is a plain identifier. */
  constructor(schema: string) {
    this.#schema = `"${schema}"`;
    this.#entries = `${this.#schema}.entries AS e`;
  }

  /** Whatever columns a newer version has. */
  readState(): Statement {
    return reading(`SELECT to_jsonb(s)::text AS state FROM ${this.#schema}.state AS s`);
  }

  /** The first to stamp a new store does; the others are told by whom it was. */
  stamp(identity: string): Statement {
    return writing(
      `UPDATE ${this.#schema}.state AS s SET identity = coalesce(identity, $1::text) RETURNING to_jsonb(s)::text AS state`,
      escaped(identity),
    );
  }

  get(namespace: string, key: string): Statement {
    return reading(
      `SELECT ${ENTRY} FROM ${this.#entries}
        WHERE e.place = ${place("$1::text", "$2::text")}`,
      escaped(namespace),
      escaped(key),
    );
  }

  getMany(ids: readonly number[]): Statement {
    return reading(`SELECT ${ENTRY} FROM ${this.#entries} WHERE e.id = ANY ($1::text::bigint[])`, `{${known(ids)}}`);
  }

  /** Each row tells whether there may be more than the page holds. */
  page({ namespace, fields = "all" }: ScanOptions, after: number): Statement {
    const columns = fields === "all" ? ENTRY : VECTORS;
    const bytes = `coalesce(octet_length(i.vector), 0)${
      fields === "all"
        ? " + octet_length(i.text) + octet_length(i.value) + octet_length(i.metadata) + octet_length(i.tags)"
        : ""
    }`;
    const inside = namespace === undefined ? "" : `AND namespace_hash = ${hash("$2::text")}`;
    return reading(
      `SELECT ${columns}, e.more::text AS more FROM (
        SELECT i.*, count(*) OVER () = ${PAGE_ROWS} OR sum(${bytes}) OVER () > ${PAGE_BYTES} AS more, sum(${bytes}) OVER (ORDER BY i.id) AS upto, ${bytes} AS own FROM (
          SELECT * FROM ${this.#schema}.entries WHERE id > $1::text::bigint ${inside} ORDER BY id LIMIT ${PAGE_ROWS}
        ) AS i
      ) AS e WHERE e.upto - e.own < ${PAGE_BYTES} ORDER BY e.id`,
      whole(after),
      ...(namespace === undefined ? [] : [escaped(namespace)]),
    );
  }

  oldest(n: number, namespace?: string): Statement {
    const limit = n > 0 ? whole(n) : "0";
    return namespace === undefined
      ? reading(`SELECT id::text AS id FROM ${this.#entries} ORDER BY e.accessed, e.id LIMIT $1::text::bigint`, limit)
      : reading(
          `SELECT id::text AS id FROM ${this.#entries} WHERE e.namespace_hash = ${hash("$2::text")}
            ORDER BY e.accessed, e.id LIMIT $1::text::bigint`,
          limit,
          escaped(namespace),
        );
  }

  count(namespace?: string): Statement {
    const count = `SELECT count(*)::text AS n FROM ${this.#entries}`;
    return namespace === undefined
      ? reading(count)
      : reading(`${count} WHERE e.namespace_hash = ${hash("$1::text")}`, escaped(namespace));
  }

  /** From each namespace straight to the next: entries are not read. */
  namespaces(): Statement {
    const next = (where: string): string =>
      `SELECT e.namespace_hash, e.namespace FROM ${this.#entries} ${where} ORDER BY e.namespace_hash LIMIT 1`;
    return reading(
      `WITH RECURSIVE n AS (
        (${next("")}) UNION ALL SELECT f.* FROM n, LATERAL (${next("WHERE e.namespace_hash > n.namespace_hash")}) AS f
      ) SELECT namespace FROM n`,
    );
  }

  write(changes: readonly (Change | Removal)[]): Statement {
    return writing(`SELECT ${this.#schema}.write($1::text::jsonb) AS result`, JSON.stringify(changes.map(changeOf)));
  }

  version(): Statement {
    return reading(`SELECT version::text AS version FROM ${this.#schema}.state`);
  }

  /** Whole entries, and a last row with the rest: one statement, so one moment. None where the feed no longer knows. */
  changesSince(since: number): Statement {
    const knows = `(SELECT $1::text::bigint BETWEEN s.version - ${REMEMBERED_COMMITS} AND s.version FROM ${this.#schema}.state AS s)`;
    return reading(
      `SELECT ${ENTRY}, NULL::text AS head FROM ${this.#entries} WHERE e.revision > $1::text::bigint AND ${knows}
      UNION ALL SELECT ${NOTHING}, json_build_object('version', s.version, 'removed', ARRAY(
        SELECT r.id FROM ${this.#schema}.removed AS r WHERE r.version > $1::text::bigint ORDER BY r.version, r.id
      ))::text FROM ${this.#schema}.state AS s WHERE ${knows}`,
      whole(since),
    );
  }

  getMeta(key: string): Statement {
    return reading(`SELECT value FROM ${this.#schema}.meta WHERE key_hash = ${hash("$1::text")}`, escaped(key));
  }

  getMetas(keys: readonly string[]): Statement {
    const hashes = `SELECT ${hash("k")} FROM jsonb_array_elements_text($1::text::jsonb) AS k`;
    return reading(
      `SELECT key, value FROM ${this.#schema}.meta WHERE key_hash IN (${hashes})`,
      JSON.stringify(keys.map(escaped)),
    );
  }

  setMeta(key: string, value: string): Statement {
    return writing(
      `INSERT INTO ${this.#schema}.meta VALUES (${hash("$1::text")}, $1::text, $2::text)
        ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value`,
      escaped(key),
      escaped(value),
    );
  }

  swapMeta(key: string, before: string | undefined, after: string): Statement {
    const own = [escaped(key), escaped(after)];
    return before === undefined
      ? this.#counted(
          `INSERT INTO ${this.#schema}.meta VALUES (${hash("$1::text")}, $1::text, $2::text)
            ON CONFLICT (key_hash) DO NOTHING`,
          ...own,
        )
      : this.#counted(
          `UPDATE ${this.#schema}.meta SET value = $2::text WHERE key_hash = ${hash("$1::text")} AND value = $3::text`,
          ...own,
          escaped(before),
        );
  }

  /** One row, how many rows were written, whatever the number: no row is no answer. */
  #counted(text: string, ...parameters: Parameter[]): Statement {
    return writing(`WITH done AS (${text} RETURNING 1) SELECT count(*)::text AS done FROM done`, ...parameters);
  }

  /** What must hold of the rows; each that does not is told. */
  integrity(): Statement {
    const s = this.#schema;
    const wrong = (what: string, where: string): string =>
      `SELECT count(*)::text || ' ${what}' AS problem FROM ${this.#entries}, ${s}.state AS s WHERE ${where} HAVING count(*) > 0`;
    return reading(
      [
        wrong("entries are later than the version of the store", "e.revision > s.version"),
        wrong("entries have an id that was not given yet", "e.id > s.last_id"),
        wrong(
          "entries cannot be found by their key",
          `e.namespace_hash <> ${hash("e.namespace")} OR e.place <> ${place("e.namespace", "e.key")}`,
        ),
        wrong("vectors are no float32s", "octet_length(e.vector) % 4 <> 0"),
        wrong("entries are noted as removed", `EXISTS (SELECT FROM ${s}.removed AS r WHERE r.id = e.id)`),
      ].join("\nUNION ALL "),
    );
  }
}

function changeOf(change: Change | Removal): object {
  if ("put" in change) {
    const { namespace, key, text, value, vector, metadata, tags, createdAt, expiresAt } = change.put;
    const { at: accessed, hits } = change.used ?? { at: createdAt, hits: 0 };
    return {
      do: "put",
      accessed: numeral(accessed),
      hits: numeral(hits),
      namespace: escaped(namespace),
      key: escaped(key),
      text: escaped(text),
      value: escaped(value),
      vector: vector && encodeVector(vector),
      metadata: escaped(JSON.stringify(metadata)),
      tags: escaped(JSON.stringify(tags)),
      created: numeral(createdAt),
      expires: numeral(expiresAt),
      when: change.when === "absent" ? null : change.when && numeral(change.when.revision),
    };
  }
  if ("touch" in change) {
    const { at, expiresAt } = change;
    return {
      do: "touch",
      ids: known(change.touch),
      at: numeral(at),
      expires: expiresAt === undefined ? undefined : numeral(expiresAt),
    };
  }
  if ("remove" in change) {
    return { do: "remove", ids: known(change.remove), expired: change.when && time(change.when.expiredAt) };
  }
  const namespace = change.namespace === undefined ? null : escaped(change.namespace);
  return "expire" in change ? { do: "expire", at: time(change.expire), namespace } : { do: "clear", namespace };
}

/** JSON has no Infinity and no NaN; the server takes them as texts. */
function numeral(value: number | null): number | string | null {
  return value === null || Number.isFinite(value) ? value : String(value);
}

/** Nothing is expired at what is no time, though to the server NaN is past every number. */
function time(value: number): number | string | null {
  return Number.isNaN(value) ? null : numeral(value);
}

/** Those that may be somebody's. */
function known(ids: readonly number[]): number[] {
  return ids.filter((id) => Number.isSafeInteger(id) && id > 0);
}

function whole(value: number): string {
  return String(Math.max(0, Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER)));
}

function selected(columns: readonly string[]): string {
  return columns.map((name) => `${COLUMNS[name]} AS ${name}`).join(", ");
}

function reading(text: string, ...parameters: Parameter[]): Statement {
  return { text, parameters, reads: true };
}

function writing(text: string, ...parameters: Parameter[]): Statement {
  return { text, parameters, reads: false };
}
