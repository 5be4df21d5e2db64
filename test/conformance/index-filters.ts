import { equal, ok, rejection } from "./assert.ts";
import { along, dot, type IndexCheck, idsOf, numbers, type Row, someVector, sorted } from "./index-under-test.ts";

const D = 8;
const MANY = 1500;

export function testIndexFilters(check: IndexCheck): void {
  const filled = (name: string, run: (index: Parameters<Parameters<IndexCheck>[2]>[0], rows: Row[]) => unknown): void =>
    check(`filter: ${name}`, D, (index) => {
      const next = numbers(10);
      const rows = Array.from({ length: MANY }, (_, i) => ({ id: i + 1, namespace: "n", vector: someVector(D, next) }));
      for (const { id, namespace, vector } of rows) index.add(id, namespace, vector);
      for (let id = MANY + 1; id <= MANY + 50; id++) index.add(id, "other", someVector(D, next));
      return run(index, rows);
    });

  filled("only those that pass are found", (index) => {
    const next = numbers(11);
    for (let i = 0; i < 20; i++) {
      const found = idsOf(index.search("n", someVector(D, next), 10, -1, (id) => id % 3 === 0));
      equal(found.length, 10);
      ok(
        found.every((id) => id % 3 === 0),
        `${found}`,
      );
    }
  });

  filled("one that lets few pass still finds as many as were asked for", (index) => {
    const next = numbers(12);
    for (const few of [100, 500, MANY]) {
      const passing = Array.from({ length: MANY / few }, (_, i) => (i + 1) * few);
      for (let i = 0; i < 5; i++) {
        const query = someVector(D, next);
        const pass = (id: number): boolean => id % few === 0;
        equal(sorted(idsOf(index.search("n", query, 20, -1, pass))), passing);
        equal(index.search("n", query, 1, -1, pass).length, 1);
      }
    }
  });

  filled("a set of ids does the same", (index) => {
    const next = numbers(13);
    const sets: Record<string, number[]> = {
      none: [],
      one: [777],
      unknown: [MANY + 1, MANY + 51, 2 ** 40],
      few: [3, 300, 1400, MANY + 1],
      many: Array.from({ length: 700 }, (_, i) => 2 * i + 1),
    };
    for (const [name, ids] of Object.entries(sets)) {
      const set = new Set(ids);
      const there = ids.filter((id) => id <= MANY);
      for (let i = 0; i < 5; i++) {
        const query = someVector(D, next);
        const found = index.search("n", query, 50, -1, set);
        equal(found.length, Math.min(50, there.length), name);
        ok(
          found.every(({ id }) => set.has(id)),
          `${name}: ${idsOf(found)}`,
        );
        if (there.length < 50)
          equal(
            found,
            index.search("n", query, 50, -1, (id) => set.has(id)),
            name,
          );
        equal(index.search("n", query, 50, 1, set).length, 0, name);
      }
    }
  });

  filled("the best that pass, where they are alone above the threshold", (index, rows) => {
    for (const { id, vector } of rows.filter((_, i) => i % 100 === 0)) {
      const near = rows.filter((row) => dot(row.vector, vector) >= 0.9);
      const others = near.filter((row) => row.id !== id).map((row) => row.id);
      const found = index.search("n", vector, near.length, 0.9, (other) => other !== id);
      const missed = others.length - found.length;
      ok(missed >= 0 && missed <= (index.exact ? 0 : 0.1 * near.length), `${missed} of ${others.length} are missing`);
      ok(!idsOf(found).includes(id), "the one refused came");
    }
  });

  filled("it is asked only of rows of the namespace that are near enough", (index, rows) => {
    const asked = new Set<number>();
    index.search("n", along(0, D), 5, 0.6, (id) => {
      asked.add(id);
      return false;
    });
    for (const id of asked) {
      const row = rows[id - 1];
      ok(row !== undefined && dot(row.vector, along(0, D)) >= 0.6 - 1e-5, `it was asked of ${id}`);
    }
    ok(asked.size > 0, "it was asked of none");
  });

  filled("none pass", (index) =>
    equal(
      index.search("n", along(0, D), 10, -1, () => false),
      [],
    ),
  );

  filled("all pass", (index) => {
    equal(
      index.search("n", along(0, D), 10, -1, () => true),
      index.search("n", along(0, D), 10, -1),
    );
  });

  filled("what it throws comes out, and searching goes on", async (index) => {
    const problem = new Error("the filter's own");
    const thrown = await rejection(() =>
      index.search("n", along(0, D), 10, -1, () => {
        throw problem;
      }),
    );
    equal(thrown === problem, true, `${thrown}`);
    equal(index.search("n", along(0, D), 10, -1).length, 10);
    ok(index.remove(1) && index.size === MANY + 49, "and changing it, too");
  });
}
