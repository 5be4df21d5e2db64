import { CONFLICT, NEWER } from "./postgres-error.ts";

// The tables and the function of a store, in a schema of their own. Names are the store's, so nothing of a caller's stands in
// a text but the schema's name, which is checked to be a plain identifier.

export const SCHEMA = 1;
/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
export const REMEMBERED_COMMITS = 10_000;

/** Names may be longer than an index takes, so what is indexed is their hash. */
export function hash(text: string): string {
  return `sha256(convert_to(${text}, 'UTF8'))`;
}

/** Of a namespace and a key, in one column: only one index has it, so there is nothing for a planner to guess. */
export function place(namespace: string, key: string): string {
  return `sha256(${hash(namespace)} || ${hash(key)})`;
}

/** Held until the end of a transaction by those who make or alter tables. */
export function installing(schema: string): string {
  return `PERFORM pg_advisory_xact_lock(hashtextextended('mneme:${schema}', 0));`;
}

/**
 * Makes what is missing, or brings an older store forward: one statement, so one transaction. Of many at once the first does
 * it, and the others see that it is done.
 */
export function install(schema: string): string {
  const s = `"${schema}"`;
  return `DO $install$
DECLARE
  known integer := 0;
BEGIN
  ${installing(schema)}
  IF to_regnamespace('${s}') IS NULL THEN
    CREATE SCHEMA ${s};
  END IF;
  IF to_regclass('${s}.state') IS NOT NULL THEN
    SELECT schema INTO STRICT known FROM ${s}.state;
  END IF;
  IF known > ${SCHEMA} THEN
    RAISE 'schema %', known USING ERRCODE = '${NEWER}';
  END IF;
  IF known < 1 THEN
    ${FIRST.map((make) => `${make(s)};`).join("\n    ")}
  END IF;
END
$install$`;
}

const FIRST: ((s: string) => string)[] = [
  // One row. Whoever changes entries holds it until the end of the transaction, so versions and ids appear in their order.
  (s) => `CREATE TABLE ${s}.state (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      schema integer NOT NULL, version bigint NOT NULL, last_id bigint NOT NULL, identity text, search text
    )`,
  (s) => `CREATE TABLE ${s}.meta (key_hash bytea PRIMARY KEY, key text NOT NULL, value text NOT NULL)`,
  (s) => `CREATE TABLE ${s}.entries (
      id bigint PRIMARY KEY,
      place bytea NOT NULL UNIQUE, namespace_hash bytea NOT NULL,
      revision bigint NOT NULL, hits bigint NOT NULL,
      created double precision NOT NULL, accessed double precision NOT NULL, expires double precision,
      namespace text NOT NULL, key text NOT NULL,
      vector bytea, text text NOT NULL, value text NOT NULL, metadata text NOT NULL, tags text NOT NULL
    )`,
  // Float32s do not compress: they are neither tried nor unpacked.
  (s) => `ALTER TABLE ${s}.entries ALTER COLUMN vector SET STORAGE EXTERNAL`,
  // The server's statistics would keep whole texts, and not lose them with the rows.
  (s) => withoutStatistics(`${s}.entries`, "namespace", "key", "vector", "text", "value", "metadata", "tags"),
  (s) => withoutStatistics(`${s}.meta`, "key", "value"),
  (s) => `CREATE INDEX entries_by_namespace ON ${s}.entries (namespace_hash, id)`,
  (s) => `CREATE INDEX entries_by_namespace_and_use ON ${s}.entries (namespace_hash, accessed, id)`,
  (s) => `CREATE INDEX entries_by_use ON ${s}.entries (accessed, id)`,
  (s) => `CREATE INDEX entries_by_expiry ON ${s}.entries (expires) WHERE expires IS NOT NULL`,
  (s) => `CREATE INDEX entries_by_revision ON ${s}.entries (revision)`,
  (s) => `CREATE TABLE ${s}.removed (version bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (version, id))`,
  write,
  (s) => `INSERT INTO ${s}.state (schema, version, last_id) VALUES (${SCHEMA}, 0, 0)`,
];

export function withoutStatistics(table: string, ...columns: string[]): string {
  return `ALTER TABLE ${table} ${columns.map((column) => `ALTER COLUMN ${column} SET STATISTICS 0`).join(", ")}`;
}

/**
 * A commit, in one call: a list of changes, each by name. Answers JSON: the version afterwards, and the ids each affected.
 *
 * Rows are locked in the order of their ids before the first is changed, so two commits never wait for each other in a ring;
 * touches alone do not take the state's row, so they wait for nobody but a commit that changes the same entries.
 */
function write(s: string): string {
  const namespaceOfChange = hash("change->>'namespace'");
  const placeOfChange = place("change->>'namespace'", "change->>'key'");
  return `CREATE FUNCTION ${s}.write(changes jsonb) RETURNS text LANGUAGE plpgsql AS $write$
#variable_conflict use_column
DECLARE
  change jsonb;
  present bigint;
  next bigint;
  last bigint;
  one bigint;
  found_revision bigint;
  affected bigint[];
  applied text[] := '{}';
  changed boolean := false;
  removing boolean := false;
BEGIN
  IF EXISTS (SELECT FROM jsonb_array_elements(changes) AS c WHERE c->>'do' <> 'touch') THEN
    SELECT version, last_id INTO STRICT present, last FROM ${s}.state FOR UPDATE;
  ELSE
    SELECT version, last_id INTO STRICT present, last FROM ${s}.state;
  END IF;
  next := present + 1;
  IF jsonb_array_length(changes) > 1 OR changes->0->'ids' IS NOT NULL THEN
    PERFORM FROM ${s}.entries WHERE id = ANY (ARRAY(
      SELECT i::bigint FROM jsonb_array_elements(changes) AS c, jsonb_array_elements_text(c->'ids') AS i
      UNION
      SELECT e.id FROM jsonb_array_elements(changes) AS c JOIN ${s}.entries AS e
        ON e.place = ${place("c->>'namespace'", "c->>'key'")}
        WHERE c->>'do' = 'put'
    )) ORDER BY id FOR NO KEY UPDATE;
  END IF;

  FOR change IN SELECT value FROM jsonb_array_elements(changes) LOOP
    affected := NULL;
    CASE change->>'do'
    WHEN 'put' THEN
      IF change->'when' IS NOT NULL THEN
        SELECT revision INTO found_revision FROM ${s}.entries WHERE place = ${placeOfChange};
        IF found_revision::double precision IS DISTINCT FROM (change->>'when')::double precision THEN
          RAISE 'conflict' USING ERRCODE = '${CONFLICT}';
        END IF;
      END IF;
      INSERT INTO ${s}.entries AS e (id, place, namespace_hash, revision, hits, created, accessed, expires,
          namespace, key, vector, text, value, metadata, tags)
        VALUES (last + 1, ${placeOfChange}, ${namespaceOfChange}, next, (change->>'hits')::bigint,
          (change->>'created')::double precision, (change->>'accessed')::double precision, (change->>'expires')::double precision,
          change->>'namespace', change->>'key', decode(change->>'vector', 'base64'),
          change->>'text', change->>'value', change->>'metadata', change->>'tags')
        ON CONFLICT (place) DO UPDATE SET
          revision = excluded.revision, hits = excluded.hits, created = excluded.created, accessed = excluded.accessed,
          expires = excluded.expires, vector = excluded.vector, text = excluded.text, value = excluded.value,
          metadata = excluded.metadata, tags = excluded.tags
        RETURNING e.id INTO one;
      last := greatest(last, one);
      affected := ARRAY[one];
      changed := true;
    WHEN 'touch' THEN
      WITH used AS (
        UPDATE ${s}.entries SET hits = hits + 1, accessed = (change->>'at')::double precision,
          expires = CASE WHEN change->'expires' IS NULL THEN expires ELSE (change->>'expires')::double precision END
        WHERE id = ANY (ARRAY(SELECT i::bigint FROM jsonb_array_elements_text(change->'ids') AS i))
        RETURNING id
      ) SELECT array_agg(id) INTO affected FROM used;
    ELSE
      CASE change->>'do'
      WHEN 'remove' THEN
        affected := ARRAY(SELECT i::bigint FROM jsonb_array_elements_text(change->'ids') AS i);
      WHEN 'expire' THEN
        IF change->>'namespace' IS NULL THEN
          affected := ARRAY(SELECT id FROM ${s}.entries WHERE expires <= (change->>'at')::double precision
            ORDER BY id FOR NO KEY UPDATE);
        ELSE
          affected := ARRAY(SELECT id FROM ${s}.entries WHERE expires <= (change->>'at')::double precision
            AND namespace_hash = ${namespaceOfChange} ORDER BY id FOR NO KEY UPDATE);
        END IF;
      WHEN 'clear' THEN
        IF change->>'namespace' IS NULL THEN
          affected := ARRAY(SELECT id FROM ${s}.entries ORDER BY id FOR NO KEY UPDATE);
        ELSE
          affected := ARRAY(SELECT id FROM ${s}.entries WHERE namespace_hash = ${namespaceOfChange}
            ORDER BY id FOR NO KEY UPDATE);
        END IF;
      END CASE;
      WITH gone AS (
        DELETE FROM ${s}.entries WHERE id = ANY (affected)
          AND (change->'expired' IS NULL OR expires <= (change->>'expired')::double precision)
        RETURNING id
      ), noted AS (
        INSERT INTO ${s}.removed SELECT next, id FROM gone
      ) SELECT array_agg(id) INTO affected FROM gone;
      IF affected IS NOT NULL THEN
        changed := true;
        removing := true;
      END IF;
    END CASE;
    applied := array_append(applied, '[' || coalesce(array_to_string(affected, ','), '') || ']');
  END LOOP;

  IF removing THEN
    DELETE FROM ${s}.removed WHERE version < next - ${REMEMBERED_COMMITS};
  END IF;
  IF changed THEN
    UPDATE ${s}.state SET version = next, last_id = last;
    present := next;
  END IF;
  RETURN '{"version":' || present || ',"applied":[' || array_to_string(applied, ',') || ']}';
END
$write$`;
}
