import { type Entry, MnemeError, type Nearby, type NearestWanted } from "../../src/index.ts";
import type { Statement } from "./postgres-client.ts";
import { NO_PGVECTOR } from "./postgres-error.ts";
import { installing, place, withoutStatistics } from "./postgres-schema.ts";
import { ENTRY } from "./postgres-statements.ts";
import { escaped } from "./store-text.ts";

// Searching inside the engine, by pgvector. The float32s of a row stay what they are; beside them stands a column of pgvector's,
// filled by a trigger whoever writes, with an HNSW index by cosine.

export interface HnswOptions {
  /** Neighbours each node is linked to; counts when the index is made. By default 16. */
  m?: number;
  /** Candidates looked at while a row is put in; counts when the index is made. By default 64. */
  efConstruction?: number;
  /** Candidates looked at by a search. By default 100. */
  efSearch?: number;
}

/** Of pgvector: an HNSW index takes so many dimensions of float32, and so many of float16. */
const FLOAT32_DIMENSIONS = 2000;
const FLOAT16_DIMENSIONS = 4000;
/** A scope with no more rows is scanned: that is exact, and sooner than an index shared with larger ones. */
const FEW_ROWS = 2000;
/** No answer is that long; a search asks for one more, and the server counts in 32 bits. */
export const MOST_NEIGHBOURS: number = 2 ** 31 - 2;
/** By so much may the engine's cosine be off, in float16; what it lets through is scored again. */
const SLACK = 0.01;

const RANGES: Record<keyof HnswOptions, [least: number, most: number, otherwise: number]> = {
  m: [2, 100, 16],
  efConstruction: [4, 1000, 64],
  efSearch: [1, 1000, 100],
};

/** Whole numbers in pgvector's ranges: they stand in statements. */
export function checkedHnsw(options: HnswOptions = {}): Required<HnswOptions> {
  const checked = Object.entries(RANGES).map(([name, [least, most, otherwise]]) => {
    const value = options[name as keyof HnswOptions] ?? otherwise;
    if (Number.isInteger(value) && value >= least && value <= most) return [name, value];
    throw new MnemeError(
      "argument",
      `"hnsw.${name}" expected a whole number from ${least} to ${most}, got ${String(value)}.`,
      `Leave it out for ${otherwise}.`,
    );
  });
  const hnsw = Object.fromEntries(checked) as Required<HnswOptions>;
  if (hnsw.efConstruction >= 2 * hnsw.m) return hnsw;
  throw new MnemeError(
    "argument",
    `"hnsw.efConstruction" expected at least twice hnsw.m, got ${hnsw.efConstruction} for ${hnsw.m}.`,
    "pgvector asks for it.",
  );
}

/** Makes the column, fills it, and makes the index: one statement, so one transaction. */
export function installSearch(
  schema: string,
  dimensions: number,
  { m, efConstruction }: Required<HnswOptions>,
): Statement {
  if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= FLOAT16_DIMENSIONS)) {
    throw new MnemeError(
      "unsupported",
      `pgvector's index takes up to ${FLOAT16_DIMENSIONS} dimensions, not ${dimensions}.`,
      'Leave out vectors: "pgvector".',
    );
  }
  const s = `"${schema}"`;
  const type = dimensions <= FLOAT32_DIMENSIONS ? "vector" : "halfvec";
  const text = `DO $search$
DECLARE
  home text;
BEGIN
  ${installing(schema)}
  IF (SELECT search FROM ${s}.state) IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS vector;
  SELECT nspname INTO STRICT home FROM pg_extension AS x JOIN pg_namespace AS n ON n.oid = extnamespace
    WHERE extname = 'vector' AND string_to_array(extversion, '.')::int[] >= ARRAY[0, 8];
  EXECUTE format('SELECT ''[1]''::%I.vector', home); -- from here on the server knows pgvector's settings
  ${FLOATS(s)};
  EXECUTE format('ALTER TABLE ${s}.entries ADD COLUMN scope bytea, ADD COLUMN embedding %I.${type}(${dimensions})', home);
  ${withoutStatistics(`${s}.entries`, "embedding")};
  EXECUTE format($make$${EMBED(s, type, dimensions)}$make$, home);
  CREATE TRIGGER embed BEFORE INSERT OR UPDATE OF vector ON ${s}.entries FOR EACH ROW EXECUTE FUNCTION ${s}.embed();
  UPDATE ${s}.entries SET vector = vector;
  CREATE INDEX entries_by_scope ON ${s}.entries (scope);
  EXECUTE format('CREATE INDEX entries_by_embedding ON ${s}.entries USING hnsw (embedding %I.${type}_cosine_ops)
    WITH (m = ${m}, ef_construction = ${efConstruction})', home);
  EXECUTE format($make$${NEAREST(s, type)}$make$, home);
  UPDATE ${s}.state SET search = '${type}';
EXCEPTION WHEN no_data_found OR undefined_file OR feature_not_supported THEN
  RAISE 'pgvector' USING ERRCODE = '${NO_PGVECTOR}';
END
$search$`;
  return { text, parameters: [], reads: false };
}

/** Little-endian float32s as numbers; null for what is none. The server has no function for it. */
const FLOATS = (
  s: string,
): string => `CREATE FUNCTION ${s}.floats(bytes bytea) RETURNS real[] LANGUAGE sql IMMUTABLE STRICT AS $floats$
  SELECT ARRAY(
    SELECT CASE WHEN exponent < 255 THEN ((1 - 2 * (bits >> 31)) * power(2::double precision, greatest(exponent, 1) - 150)
      * ((bits & 8388607) + CASE WHEN exponent > 0 THEN 8388608 ELSE 0 END))::real END
    FROM (
      SELECT bits, (bits >> 23) & 255 AS exponent FROM (
        SELECT get_byte(bytes, 4 * i) + 256 * get_byte(bytes, 4 * i + 1) + 65536 * get_byte(bytes, 4 * i + 2)
          + 16777216::bigint * get_byte(bytes, 4 * i + 3) AS bits
        FROM generate_series(0, length(bytes) / 4 - 1) AS i
      ) AS b
    ) AS e
  )
$floats$`;

/**
 * What has another length or an infinite number in it is stored, and not found by searching: it is in no scope. A scope is of a
 * namespace, and both are in one column: there is nothing for a planner to guess.
 */
const EMBED = (s: string, type: string, dimensions: number): string => `
CREATE FUNCTION ${s}.embed() RETURNS trigger LANGUAGE plpgsql AS $embed$
DECLARE
  bytes bytea := NEW.vector || ''::bytea; -- a copy: what lies apart from its row would be fetched anew for each byte
  numbers real[];
BEGIN
  NEW.embedding := NULL;
  NEW.scope := NULL;
  IF length(bytes) = ${4 * dimensions} THEN
    numbers := ${s}.floats(bytes);
    IF array_position(numbers, NULL) IS NULL THEN
      NEW.embedding := numbers::%1$I.${type};
      NEW.scope := ${place("NEW.namespace", "left(NEW.key, greatest(strpos(NEW.key, ':') - 1, 0))")};
    END IF;
  END IF;
  RETURN NEW;
END
$embed$`;

/**
 * Small scopes are scanned. In others the index is followed until enough rows of the scope are found, however many it shares
 * the index with; should pgvector give up before that, they are scanned, too. Sorting is made to look dear, so that the
 * planner prefers the index where it may be used; what looks dear would also be compiled, which takes longer than it runs.
 */
const NEAREST = (s: string, type: string): string => `
CREATE FUNCTION ${s}.nearest(inside text, within text, query text, k integer, ceiling double precision, ef integer, sought text)
RETURNS SETOF ${s}.entries LANGUAGE plpgsql
SET hnsw.iterative_scan = strict_order SET hnsw.ef_search = 100 SET enable_sort = off SET jit = off AS $nearest$
#variable_conflict use_column
DECLARE
  here bytea := ${place("inside", "within")};
  wanted %1$I.${type} := query::%1$I.${type};
  exact bytea := ${place("inside", "sought")};
  asked integer := k + (sought IS NOT NULL)::integer;
  found bigint[] := '{}';
BEGIN
  RETURN QUERY SELECT * FROM ${s}.entries WHERE place = exact;
  IF k < 1 THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM (SELECT FROM ${s}.entries WHERE scope = here LIMIT ${FEW_ROWS + 1}) AS t) > ${FEW_ROWS} THEN
    PERFORM set_config('hnsw.ef_search', ef::text, true);
    found := ARRAY(SELECT id FROM ${s}.entries WHERE scope = here
      ORDER BY embedding OPERATOR(%1$I.<=>) wanted LIMIT asked);
  END IF;
  IF cardinality(found) < asked THEN
    found := ARRAY(SELECT id FROM ${s}.entries WHERE scope = here
      ORDER BY (embedding OPERATOR(%1$I.<=>) wanted) + 0 LIMIT asked);
  END IF;
  RETURN QUERY SELECT * FROM ${s}.entries
    WHERE id = ANY (found) AND place IS DISTINCT FROM exact AND (embedding OPERATOR(%1$I.<=>) wanted) <= ceiling;
END
$nearest$`;

/** Of the entry sought, and of one more than are wanted in case it is among them. */
export function nearest(
  schema: string,
  query: Float32Array,
  { namespace, scope, k, threshold, key }: NearestWanted,
  { efSearch }: Required<HnswOptions>,
): Statement {
  return {
    text: `SELECT ${ENTRY} FROM "${schema}".nearest($1::text, $2::text, $3::text,
      $4::text::integer, $5::text::double precision, $6::text::integer, $7::text) AS e`,
    parameters: [
      escaped(namespace),
      escaped(scope),
      literal(query),
      String(k),
      String(1 - threshold + SLACK),
      String(Math.min(1000, Math.max(efSearch, k + 1))),
      key === undefined ? null : escaped(key),
    ],
    reads: true,
  };
}

/** As pgvector writes vectors: nine digits tell every float32 from its neighbours. */
function literal(vector: Float32Array): string {
  return `[${Array.from(vector, (x) => x.toPrecision(9)).join(",")}]`;
}

/** The engine's candidates by their own float32s: the entry sought, whatever it is like, then the best `k`, best first. */
export function rescored(
  entries: readonly Entry[],
  query: Float32Array,
  { k, threshold, key }: NearestWanted,
): Nearby[] {
  const scored = entries.map((entry) => ({ entry, similarity: cosine(query, entry.vector) }));
  const others = scored
    .filter(({ entry, similarity }) => entry.key !== key && similarity >= threshold)
    .sort((a, b) => b.similarity - a.similarity || a.entry.id - b.entry.id);
  return [...scored.filter(({ entry }) => entry.key === key), ...others.slice(0, k)];
}

/** NaN with what is no vector of that length. */
function cosine(a: Float32Array, b: Float32Array | null): number {
  if (b?.length !== a.length) return Number.NaN;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return Math.fround(ab / Math.sqrt(aa * bb));
}
