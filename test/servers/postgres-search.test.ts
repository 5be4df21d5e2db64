import { type PostgresClient, postgresStore } from "../../adapters/stores/postgres.ts";
import type { Change, EngineSearch, Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { cosine, randomVector, seeded } from "../unit/vectors.ts";
import { asked, emptyStore, newSchema } from "./postgres.test.ts";
import { counting } from "./postgres-own.test.ts";

// Searching inside the engine, where pgvector is.

const D = 24;
const MANY = 5600;
const FEW = 40;
const identity = { fingerprint: "search", dimensions: D };

/** With `promises`, also all that every store keeps, kept by one with pgvector. */
export function postgresSearchTests(client: PostgresClient, { promises }: { promises: boolean }): Suite {
  return (test) => {
    const onStore = (name: string, run: (store: Store, search: EngineSearch, schema: string) => unknown): void =>
      test(name, async () => {
        const schema = newSchema();
        const store = postgresStore({ client, schema, vectors: "pgvector" });
        try {
          await store.open(identity);
          await run(store, store.search!, schema);
        } finally {
          await store.close();
          await asked(client)(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
        }
      });

    if (promises) {
      testStore(
        (name, run) => test(`with pgvector: ${name}`, run),
        () => {
          const { schema, dispose } = emptyStore(client);
          const open = () => postgresStore({ client, schema, vectors: "pgvector" });
          return { store: open(), another: open, dispose: dispose! };
        },
      );
    }

    test("a store of bytes has no search", () => {
      equal(postgresStore({ client }).search, undefined);
    });

    onStore(
      "many: nearly all of the nearest; few among them: all; each scored exactly; gone ones never",
      async (_, __, taken) => {
        const schema = `${taken}_2`;
        const plain = postgresStore({ client, schema });
        const store = postgresStore({ client, schema, vectors: "pgvector" });
        const search = store.search!;
        const random = seeded(3);
        const rows = new Map<number, { namespace: string; vector: Float32Array }>();
        const fill = async (store: Store, namespace: string, count: number): Promise<void> => {
          for (let from = 0; from < count; from += 700) {
            const vectors = Array.from({ length: Math.min(700, count - from) }, () => unit(randomVector(D, random)));
            const { applied } = await store.commit(
              vectors.map((vector, i) => ({ put: newEntry({ namespace, key: `${rows.size + i}`, vector }) })),
            );
            for (const [i, [id]] of applied.entries()) rows.set(id!, { namespace, vector: vectors[i]! });
          }
        };
        await plain.open(identity);
        await fill(plain, "few", FEW / 2);
        await fill(plain, "many", MANY);
        await store.open(identity);
        await fill(store, "few ", FEW);
        await fill(store, "few", FEW / 2);
        await asked(client)(`ANALYZE "${schema}".entries`);

        const best = (query: Float32Array, namespace: string, k: number, threshold: number): number[] =>
          [...rows]
            .flatMap(([id, row]) =>
              row.namespace === namespace ? [{ id, similarity: cosine(query, row.vector) }] : [],
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
        ): Promise<number[]> => {
          const neighbours = await search.nearest(query, { scope: "", namespace, k, threshold });
          for (const [i, { entry, similarity }] of neighbours.entries()) {
            const exact = cosine(query, rows.get(entry.id)!.vector);
            ok(Math.abs(similarity - exact) < 1e-6, `${similarity} is not ${exact}`);
            ok(i === 0 || neighbours[i - 1]!.similarity >= similarity, "best first");
            equal([entry.namespace, entry.text, similarity >= threshold], [namespace, "text", true]);
          }
          return neighbours.map(({ entry }) => entry.id);
        };

        let right = 0;
        for (let i = 0; i < 30; i++) {
          const query = unit(randomVector(D, random));
          const all = new Set(best(query, "many", 10, -1));
          right += (await found(query, "many", 10, -1)).filter((id) => all.has(id)).length;
          for (const [namespace, k] of [
            ["few", 50],
            ["few ", 7],
            ["few ", 60],
            ["nobody", 3],
          ] as const) {
            equal(await found(query, namespace, k, -1), best(query, namespace, k, -1), namespace);
          }
          const close = best(query, "many", 3, -1);
          const threshold = cosine(query, rows.get(close[2]!)!.vector) - 1e-6;
          const above = await found(query, "many", 10, threshold);
          ok(above.length <= 3 && above.every((id) => close.includes(id)), `${above} above ${threshold}`);
        }
        ok(right >= 0.97 * 300, `${right} of 300 were found`);
        await asked(client)(`ALTER FUNCTION "${schema}".nearest SET hnsw.iterative_scan = off`);
        const [last] = [unit(randomVector(D, random))];
        equal(await found(last, "many", 1500, -1), best(last, "many", 1500, -1), "where pgvector gives up");
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
      },
    );

    onStore("a search is one round trip, and refuses what it cannot mean", async (store, search, schema) => {
      await store.commit([
        { put: newEntry({ vector: along(0) }) },
        { put: newEntry({ key: "no vector", vector: null }) },
      ]);
      const { client: counted, sent } = counting(client);
      const other = postgresStore({ client: counted, schema, vectors: "pgvector", hnsw: { efSearch: 10 } });
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
      for (const k of [0, -1, Number.NaN])
        equal(await search.nearest(along(0), { scope: "", namespace: "n", k, threshold: 0 }), []);
      for (const threshold of [Number.NaN, 1.1]) {
        equal(await search.nearest(along(0), { scope: "", namespace: "n", k: 3, threshold }), []);
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
        const plain = postgresStore({ client, schema });
        await plain.open(identity);
        const odd = Float32Array.from({ length: D }, (_, i) => [1e-45, -0, 0.1, -1 / 3][i % 4]!);
        await plain.commit([{ put: newEntry({ vector: along(1) }) }, { put: newEntry({ key: "odd", vector: odd }) }]);
        const [first, second] = [1, 2].map(() => postgresStore({ client, schema, vectors: "pgvector" }));
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
        const store = postgresStore({ client, schema, vectors: "pgvector" });
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

function along(axis: number): Float32Array {
  const vector = new Float32Array(D);
  vector[axis] = 1;
  return vector;
}

function unit(numbers: readonly number[]): Float32Array {
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (x) => x / length);
}
