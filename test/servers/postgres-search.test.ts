import fc from "fast-check";
import { type PostgresClient, postgresStore } from "../../adapters/stores/postgres.ts";
import type { Change, EngineSearch, Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { cosine, randomVector, seeded } from "../unit/vectors.ts";
import { PATIENT } from "./patient.ts";
import { asked, emptyStore, newSchema } from "./postgres.test.ts";
import { counting } from "./postgres-own.test.ts";

// Searching inside the engine, where pgvector is.

const D = 24;
const MANY = 2400;
const FEW = 40;
const identity = { fingerprint: "search", dimensions: D };
/** Those of "many" are put in parts that take a while. */

type OnStore = (store: Store, search: EngineSearch, schema: string) => unknown;

/** With `all`, also what takes many rows, and all that every store keeps, kept by one with pgvector. */
export function postgresSearchTests(client: PostgresClient, { all }: { all: boolean }): Suite {
  return (test) => {
    const onEmpty = async (run: OnStore): Promise<void> => {
      const schema = newSchema();
      const store = postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
      try {
        await store.open(identity);
        await run(store, store.search!, schema);
      } finally {
        await store.close();
        await asked(client)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      }
    };
    const onStore = (name: string, run: OnStore): void => test(name, () => onEmpty(run));

    if (all) {
      testOwnStore(
        (name, run) => test(`with pgvector: ${name}`, run),
        () => {
          const { schema, dispose } = emptyStore(client);
          const open = () => postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
          return { store: open(), another: open, dispose: dispose! };
        },
      );
    }

    test("a store of bytes has no search", () => {
      equal(postgresStore({ client }).search, undefined);
    });

    if (all) {
      onStore(
        "many: nearly all of the nearest; few among them: all; each scored exactly; gone ones never",
        (_, __, schema) => searchMany(client, `${schema}_2`),
      );
    }

    test("few of any namespaces and scopes: what a plain list has, and the entry of the key first", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 15, maxLength: 25 }),
          fc.array(question, { minLength: 10, maxLength: 15 }),
          (steps, questions) => onEmpty((store, search) => compare(store, search, steps, questions)),
        ),
        { numRuns: all ? 15 : 5 },
      );
    });

    onStore("a search is one round trip, and refuses what it cannot mean", async (store, search, schema) => {
      await store.commit([
        { put: newEntry({ vector: along(0) }) },
        { put: newEntry({ key: "no vector", vector: null }) },
      ]);
      const { client: counted, sent } = counting(client);
      const other = postgresStore({ ...PATIENT, client: counted, schema, vectors: "pgvector", hnsw: { efSearch: 10 } });
      await fails(() => other.search!.nearest(along(0), { scope: "", namespace: "n", k: 1, threshold: 0 }), "closed");
      await other.open(identity);
      equal(sent.splice(0).length, 1);
      const [first, ...more] = await other.search!.nearest(along(0), {
        scope: "",
        namespace: "n",
        k: 9,
        threshold: -1,
      });
      equal([first!.entry, first!.similarity, more], [(await store.get("n", "k"))!, 1, []]);
      equal(sent.length, 1);
      await store.commit([{ put: newEntry({ key: "other", vector: along(1) }) }]);
      for (const key of ["k", "other"]) {
        const two = await search.nearest(along(0), { scope: "", namespace: "n", k: 1, threshold: -1, key });
        equal(
          two.map(({ entry }) => entry.key),
          key === "k" ? ["k", "other"] : ["other", "k"],
          "the one sought is beside the one asked for",
        );
      }
      const none = [
        ...[0, -1, Number.NaN].map((k) => ({ scope: "", namespace: "n", k, threshold: 0 })),
        ...[Number.NaN, 1.1].map((threshold) => ({ scope: "", namespace: "n", k: 3, threshold })),
      ];
      for (const wanted of none) {
        equal(await search.nearest(along(0), wanted), []);
        const byKey = await search.nearest(along(0), { ...wanted, key: "no vector" });
        equal(byKey, [{ entry: (await store.get("n", "no vector"))!, similarity: Number.NaN }]);
      }
      await fails(
        () => search.nearest(Float32Array.of(1), { scope: "", namespace: "n", k: 1, threshold: 0 }),
        "dimension",
      );
      await store.close();
      await fails(() => search.nearest(along(0), { scope: "", namespace: "n", k: 1, threshold: 0 }), "closed");
    });

    test("a store filled without it can be searched once it is opened with it, and whoever writes then fills both", async () => {
      const schema = newSchema();
      try {
        const plain = postgresStore({ ...PATIENT, client, schema });
        await plain.open(identity);
        const odd = Float32Array.from({ length: D }, (_, i) => [1e-45, -0, 0.1, -1 / 3][i % 4]!);
        await plain.commit([{ put: newEntry({ vector: along(1) }) }, { put: newEntry({ key: "odd", vector: odd }) }]);
        const [first, second] = [1, 2].map(() => postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" }));
        await Promise.all([first!.open(identity), second!.open(identity)]);
        await plain.commit([
          { put: newEntry({ key: "later", vector: along(2) }) },
          { put: newEntry({ key: "short", vector: Float32Array.of(1, 0) }) },
          { put: newEntry({ key: "infinite", vector: along(3).fill(Number.POSITIVE_INFINITY) }) },
        ]);
        const keys = async (vector: Float32Array): Promise<string[]> =>
          (await second!.search!.nearest(vector, { scope: "", namespace: "n", k: 1, threshold: 0.99 })).map(
            ({ entry }) => entry.key,
          );
        equal([await keys(along(1)), await keys(along(2)), await keys(odd)], [["k"], ["later"], ["odd"]]);
        await plain.commit([{ put: newEntry({ vector: along(5) }) }]);
        equal([await keys(along(1)), await keys(along(5))], [[], ["k"]], "overwritten");
        equal((await plain.get("n", "infinite"))?.vector?.[0], Number.POSITIVE_INFINITY, "stored as it is");
        const [row] = await asked(client)(
          `SELECT bool_and(embedding::text = '[' || array_to_string("${schema}".floats(vector), ',') || ']')::text AS same
            FROM "${schema}".entries WHERE embedding IS NOT NULL`,
        );
        equal(row!.same, "true");
      } finally {
        await asked(client)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      }
    });

    test("past 2,000 dimensions the index is of float16, past 4,000 there is none", async () => {
      const schema = newSchema();
      try {
        const store = postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
        await fails(() => store.open({ fingerprint: "wide", dimensions: 4001 }), "unsupported");
        await store.open({ fingerprint: "wide", dimensions: 3072 });
        const random = seeded(5);
        const vectors = Array.from({ length: 20 }, () => unit(randomVector(3072, random)));
        await store.commit(vectors.map((vector, i) => ({ put: newEntry({ key: `${i}`, vector }) })));
        const [first] = await store.search!.nearest(vectors[7]!, {
          scope: "",
          namespace: "n",
          k: 1,
          threshold: 0.999999,
        });
        equal([first?.entry.key, first?.similarity, first?.entry.vector], ["7", 1, vectors[7]!]);
      } finally {
        await asked(client)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      }
    });
  };
}

/** Puts and removals of few entries, so that they meet. */
const coordinate = fc.constantFrom(-1, 0, 0, 0.5, 1);
const vector = fc.array(coordinate, { minLength: D, maxLength: D }).map((numbers) => {
  const [first, ...rest] = numbers;
  return unit([first || 0.25, ...rest]);
});
const namespace = fc.constantFrom("a", "a", "a", "a:", "\0");
const key = fc.constantFrom("x", "y", ":x", "s:x", "s:y:z", "s::", "\ud800:x", "\u001b:x", "S:x");
const step = fc.record({
  namespace,
  key,
  vector: fc.option(vector, { freq: 6 }),
  remove: fc.nat({ max: 5 }).map((n) => n === 0),
});
const question = fc.record({
  namespace,
  scope: fc.constantFrom("", "", "s", "s", "\ud800", "\u001b", "S", "s:y"),
  k: fc.integer({ min: 0, max: 4 }),
  threshold: fc.constantFrom(-1, 0, 0.5),
  key: fc.option(key, { nil: undefined }),
  vector,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never;

async function compare(store: Store, search: EngineSearch, steps: Step[], questions: Question[]): Promise<void> {
  const rows = new Map<string, Omit<Step, "remove">>();
  for (const { remove, ...row } of steps) {
    const place = JSON.stringify([row.namespace, row.key]);
    const known = await store.get(row.namespace, row.key);
    if (remove && known) await store.commit([{ remove: [known.id] }]);
    if (remove) rows.delete(place);
    else {
      await store.commit([{ put: newEntry(row) }]);
      rows.set(place, row);
    }
  }
  for (const { vector, ...wanted } of questions) {
    const { namespace, scope, k, threshold, key } = wanted;
    const inside = [...rows.values()].filter((row) => row.namespace === namespace);
    const similarities = inside
      .filter((row) => row.key !== key && (row.key.includes(":") ? row.key.split(":")[0] : "") === scope)
      .flatMap((row) => (row.vector === null ? [] : [cosine(vector, row.vector)]))
      .filter((similarity) => similarity > threshold - 1e-6)
      .sort((a, b) => b - a);
    const found = [...(await search.nearest(vector, wanted))];
    const told = JSON.stringify({ wanted, found: found.map(({ entry, similarity }) => [entry.key, similarity]) });
    const sought = inside.find((row) => row.key === key);
    if (sought !== undefined) equal(found.shift()?.entry.key, key, told);
    // A similarity at the threshold itself is one or the other, by how it is rounded.
    const sure = similarities.filter((similarity) => similarity > threshold + 1e-6);
    ok(found.length >= Math.min(k, sure.length) && found.length <= Math.min(k, similarities.length), told);
    for (const [i, { entry, similarity }] of found.entries()) {
      const row = rows.get(JSON.stringify([namespace, entry.key]));
      ok(row?.vector != null && entry.key !== key, told);
      ok(
        Math.abs(similarity - similarities[i]!) < 1e-6 && Math.abs(similarity - cosine(vector, row.vector)) < 1e-6,
        told,
      );
    }
  }
}

/** More in a scope than are scanned, beside small namespaces and a small scope of the same namespace. */
async function searchMany(client: PostgresClient, schema: string): Promise<void> {
  const plain = postgresStore({ client, schema, ...PATIENT });
  const store = postgresStore({ client, schema, vectors: "pgvector", ...PATIENT });
  const search = store.search!;
  const random = seeded(3);
  const rows = new Map<number, { namespace: string; scope: string; key: string; vector: Float32Array }>();
  const fill = async (store: Store, namespace: string, count: number, scope = ""): Promise<void> => {
    for (let from = 0; from < count; from += 700) {
      const vectors = Array.from({ length: Math.min(700, count - from) }, () => unit(randomVector(D, random)));
      const made = vectors.map((vector, i) => {
        return { namespace, scope, key: `${scope && `${scope}:`}${rows.size + i}`, vector };
      });
      const { applied } = await store.commit(
        made.map(({ namespace, key, vector }) => ({ put: newEntry({ namespace, key, vector }) })),
      );
      for (const [i, [id]] of applied.entries()) rows.set(id!, made[i]!);
    }
  };
  await plain.open(identity);
  await fill(plain, "few", FEW / 2);
  await fill(plain, "many", MANY);
  await store.open(identity);
  await fill(store, "few ", FEW);
  await fill(store, "few", FEW / 2);
  await fill(store, "many", FEW, "small");
  await asked(client)(`ANALYZE "${schema}".entries`);

  const best = (query: Float32Array, namespace: string, k: number, threshold: number, scope = ""): number[] =>
    [...rows]
      .flatMap(([id, row]) =>
        row.namespace === namespace && row.scope === scope ? [{ id, similarity: cosine(query, row.vector) }] : [],
      )
      .filter(({ similarity }) => similarity >= threshold)
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, k)
      .map(({ id }) => id);
  const found = async (
    query: Float32Array,
    namespace: string,
    k: number,
    threshold: number,
    scope = "",
  ): Promise<number[]> => {
    const neighbours = await search.nearest(query, { scope, namespace, k, threshold });
    for (const [i, { entry, similarity }] of neighbours.entries()) {
      const exact = cosine(query, rows.get(entry.id)!.vector);
      ok(Math.abs(similarity - exact) < 1e-6, `${similarity} is not ${exact}`);
      ok(i === 0 || neighbours[i - 1]!.similarity >= similarity, "best first");
      equal([entry.namespace, entry.text, similarity >= threshold], [namespace, "text", true]);
    }
    return neighbours.map(({ entry }) => entry.id);
  };

  const right = { 1: 0, 5: 0, 10: 0 };
  for (let i = 0; i < 30; i++) {
    const query = unit(randomVector(D, random));
    const near = await found(query, "many", 10, -1);
    for (const k of [1, 5, 10] as const) {
      const all = new Set(best(query, "many", k, -1));
      right[k] += near.slice(0, k).filter((id) => all.has(id)).length;
    }
    for (const [namespace, k] of [
      ["few", 50],
      ["few ", 7],
      ["few ", 60],
      ["nobody", 3],
    ] as const) {
      equal(await found(query, namespace, k, -1), best(query, namespace, k, -1), namespace);
    }
    equal(await found(query, "many", 8, -1, "small"), best(query, "many", 8, -1, "small"), "a small scope");
    const [id, { key }] = [...rows].find(
      ([, { scope, namespace }]) => namespace === "many" && scope === (i % 2 ? "" : "small"),
    )!;
    const keyed = await search.nearest(query, {
      namespace: "many",
      scope: i % 2 ? "" : "small",
      k: 3,
      threshold: 0.2,
      key,
    });
    const others = new Set(keyed.slice(1).map(({ entry }) => entry.id));
    equal([keyed[0]?.entry.id, others.has(id), keyed.length <= 4], [id, false, true]);
    const close = best(query, "many", 3, -1);
    const threshold = cosine(query, rows.get(close[2]!)!.vector) - 1e-6;
    const above = await found(query, "many", 10, threshold);
    ok(above.length <= 3 && above.every((id) => close.includes(id)), `${above} above ${threshold}`);
  }
  for (const k of [1, 5, 10] as const) ok(right[k] >= 0.97 * 30 * k, `${right[k]} of the first ${k} of 30 were found`);
  await asked(client)(`ALTER FUNCTION "${schema}".nearest SET hnsw.iterative_scan = off`);
  const [last] = [unit(randomVector(D, random))];
  const sorted = (ids: number[]): number[] => [...ids].sort((a, b) => a - b); // some are alike in float32
  equal(sorted(await found(last, "many", 1500, -1)), sorted(best(last, "many", 1500, -1)), "where pgvector gives up");
  const plan = await asked(client)(
    `EXPLAIN SELECT id FROM "${schema}".entries ORDER BY embedding <=> (SELECT embedding FROM "${schema}".entries LIMIT 1) LIMIT 10`,
  );
  ok(JSON.stringify(plan).includes("entries_by_embedding"), "the index can be used");

  const [query] = [unit(randomVector(D, random))];
  const gone = best(query, "many", 12, -1);
  const changes: Change[] = [{ remove: gone.slice(0, 5) }, { touch: gone, at: 1 }];
  await store.commit(changes);
  const moved = rows.get(gone[6]!)!;
  await store.commit([{ put: newEntry({ namespace: "few", key: "moved", vector: moved.vector }) }]);
  for (const id of gone.slice(0, 5)) rows.delete(id);
  const after = await search.nearest(query, { scope: "", namespace: "many", k: 5, threshold: -1 });
  equal(
    after.some(({ entry }) => gone.slice(0, 5).includes(entry.id)),
    false,
  );
  equal(
    (await search.nearest(moved.vector, { scope: "", namespace: "few", k: 1, threshold: 0.9999 }))[0]?.entry.key,
    "moved",
  );
  await store.clear("many");
  equal(await search.nearest(query, { scope: "", namespace: "many", k: 5, threshold: -1 }), []);
}

function along(axis: number): Float32Array {
  const vector = new Float32Array(D);
  vector[axis] = 1;
  return vector;
}

function unit(numbers: readonly number[]): Float32Array {
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (x) => x / length);
}
