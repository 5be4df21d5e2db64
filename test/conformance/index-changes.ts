import { equal, ok } from "./assert.ts";
import {
  addAll,
  along,
  checkAnswer,
  type IndexCheck,
  idsOf,
  numbers,
  type Row,
  someVector,
  sorted,
} from "./index-under-test.ts";

const D = 8;

export function testIndexChanges(check: IndexCheck): void {
  check("a new one is empty, and says for how many dimensions it is", D, (index) => {
    equal([index.dimensions, index.size, index.ids(), index.ids("n")], [D, 0, [], []]);
    equal([index.search("n", along(0, D), 5, -1), index.remove(1)], [[], false]);
    index.clear();
    index.clear("n");
    ok(Number.isFinite(index.bytes) && index.bytes >= 0, `${index.bytes} bytes`);
  });

  check("what was added is found, and counted", D, (index) => {
    for (let i = 0; i < D; i++) index.add(i + 1, "n", along(i, D));
    equal([index.size, sorted(index.ids())], [D, [1, 2, 3, 4, 5, 6, 7, 8]]);
    for (let i = 0; i < D; i++) equal(index.search("n", along(i, D), 3, 0.5), [{ id: i + 1, similarity: 1 }]);
    ok(index.bytes > 0, "it takes memory");
  });

  check("adding a known id overwrites it", D, (index) => {
    index.add(7, "n", along(0, D));
    index.add(7, "n", along(1, D));
    equal([index.size, index.ids("n")], [1, [7]]);
    equal(index.search("n", along(0, D), 5, 0.5), []);
    equal(index.search("n", along(1, D), 5, 0.5), [{ id: 7, similarity: 1 }]);
  });

  check("adding a known id in another namespace moves it", D, (index) => {
    index.add(7, "a", along(0, D));
    index.add(8, "a", along(1, D));
    index.add(7, "b", along(0, D));
    equal([index.size, index.ids("a"), index.ids("b")], [2, [8], [7]]);
    equal(idsOf(index.search("a", along(0, D), 5, -1)), [8]);
    equal(idsOf(index.search("b", along(0, D), 5, -1)), [7]);
    equal([index.remove(7), index.remove(7), index.size], [true, false, 1]);
  });

  check("what was removed is gone, and its id may come again", D, (index) => {
    index.add(1, "n", along(0, D));
    index.add(2, "n", along(1, D));
    equal([index.remove(1), index.remove(1), index.remove(3)], [true, false, false]);
    equal([index.size, index.ids(), idsOf(index.search("n", along(0, D), 5, -1))], [1, [2], [2]]);
    index.add(1, "n", along(2, D));
    equal(index.search("n", along(2, D), 1, 0.5), [{ id: 1, similarity: 1 }]);
    equal(index.search("n", along(0, D), 1, 0.5), []);
  });

  check("clear() of a namespace leaves the others; of all, nothing; and it goes on", D, (index) => {
    for (let i = 1; i <= 30; i++) index.add(i, `n${i % 3}`, along(i % D, D));
    index.clear("n1");
    equal([index.size, index.ids("n1"), index.search("n1", along(0, D), 5, -1)], [20, [], []]);
    equal(sorted(index.ids("n2")), [2, 5, 8, 11, 14, 17, 20, 23, 26, 29]);
    equal([index.remove(1), index.search("n0", along(3, D), 1, 0.5)], [false, [{ id: 3, similarity: 1 }]]);
    index.clear();
    equal([index.size, index.ids(), index.search("n0", along(3, D), 5, -1)], [0, [], []]);
    index.add(3, "n1", along(3, D));
    equal(index.search("n1", along(3, D), 5, -1), [{ id: 3, similarity: 1 }]);
  });

  check("an id is any whole number from 1", D, (index) => {
    const ids = [1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
    for (const [i, id] of ids.entries()) index.add(id, "n", along(i, D));
    equal(sorted(index.ids()), ids);
    for (const [i, id] of ids.entries()) equal(index.search("n", along(i, D), 1, 0.5), [{ id, similarity: 1 }]);
    equal([index.remove(2 ** 32), index.remove(2 ** 40), index.size], [true, false, 7]);
    equal(idsOf(index.search("n", along(0, D), 1, 0.5)), [1]);
  });

  check("vectors are copied, and those given are left as they are", D, (index) => {
    const vector = along(0, D);
    index.add(1, "n", vector);
    vector.set(along(1, D));
    const query = along(0, D);
    equal(index.search("n", query, 1, 0.5), [{ id: 1, similarity: 1 }]);
    equal(query, along(0, D));
    const ids = index.ids();
    ids.push(5);
    equal(index.ids(), [1]);
  });

  check("any sequence of changes leaves what a plain map holds", D, (index) => {
    const next = numbers(1);
    const upTo = (n: number): number => Math.floor(((next() + 1) / 2) * n);
    const model = new Map<number, Row>();
    for (let step = 0; step < 1500; step++) {
      const what = upTo(100);
      const id = 1 + upTo(90);
      const namespace = ["a", "b", ""][upTo(3)]!;
      if (what < 60) {
        const row: Row = { id, namespace, vector: someVector(D, next) };
        addAll(index, [row]);
        model.set(id, row);
      } else if (what < 98) {
        equal(index.remove(id), model.delete(id));
      } else {
        index.clear(namespace);
        for (const row of [...model.values()]) if (row.namespace === namespace) model.delete(row.id);
      }
      if (step % 10 !== 0) continue;
      equal([index.size, sorted(index.ids())], [model.size, sorted(model.keys())]);
      const query = someVector(D, next);
      const found = index.search(namespace, query, 100, -1);
      checkAnswer(found, model, namespace, query, 100, -1);
      const there = [...model.values()].filter((row) => row.namespace === namespace);
      equal(sorted(idsOf(found)), sorted(there.map((row) => row.id)), `step ${step}`);
      equal(sorted(index.ids(namespace)), sorted(there.map((row) => row.id)));
    }
  });

  check("many come and go", D, (index) => {
    const next = numbers(2);
    const rows = new Map<number, Row>();
    for (let id = 1; id <= 3000; id++) {
      const row: Row = { id, namespace: "n", vector: someVector(D, next) };
      addAll(index, [row]);
      rows.set(id, row);
      const gone = id - 700;
      if (gone > 0) {
        ok(index.remove(gone), `${gone} was there`);
        rows.delete(gone);
      }
    }
    equal([index.size, sorted(index.ids("n"))], [700, sorted(rows.keys())]);
    for (let i = 0; i < 20; i++) {
      const query = someVector(D, next);
      const found = index.search("n", query, 10, -1);
      equal(found.length, 10);
      checkAnswer(found, rows, "n", query, 10, -1);
    }
    for (const id of rows.keys()) ok(index.remove(id), `${id} was there`);
    equal([index.size, index.ids(), index.search("n", along(0, D), 5, -1)], [0, [], []]);
  });
}
