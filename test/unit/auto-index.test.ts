import { plainIndex } from "../../examples/custom-index.ts";
import type { VectorIndex } from "../../src/index.ts";
import { AutoIndex, type AutoOptions, type StoredRow } from "../../src/vectors/auto-index.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { along, idsOf, numbers, someVector, sorted } from "../conformance/index-under-test.ts";
import type { Suite } from "../harness.ts";

const D = 8;
/** Searches between two decisions. */
const WINDOW = 256;

/** An index in each of its states, in which it stays. Approximate is what says so. */
export const STATES: Record<string, (dimensions: number) => Promise<AutoIndex>> = {
  "serving exact": async (dimensions) => autoIndex({ above: 1e9 }, dimensions),
  "being filled": async (dimensions) => {
    const index = autoIndex({ above: -1, rows: never }, dimensions);
    searchOften(index);
    await soon();
    ok(index.exact && index.bytes > new ExactIndex(dimensions).bytes - 1, "it is exact");
    return index;
  },
  "serving approximate": async (dimensions) => {
    const index = autoIndex({ above: -1 }, dimensions);
    searchOften(index);
    await index.settle();
    ok(!index.exact, "it is approximate");
    return index;
  },
  "on its way back": async (dimensions) => {
    let rows: AutoOptions["rows"] = () => [];
    const index = autoIndex({ above: 1, rows: () => rows() }, dimensions);
    for (const id of [1, 2]) index.add(id, "n", along(id, dimensions));
    searchOften(index);
    await index.settle();
    ok(!index.exact, "it is approximate");
    index.clear();
    rows = never;
    searchOften(index);
    await soon();
    return index;
  },
};

export const autoIndexTests: Suite = (test) => {
  test("below so many rows it stays exact, however slow; above, while it is fast enough", async () => {
    for (const [rows, slow, exact] of [
      [10, 100, true],
      [11, 4.9, true],
      [11, 5, false],
    ] as const) {
      const store = rowsOf(rows);
      const index = autoIndex({ above: 10, latencyMs: 5, rows: () => store, timer: steps(slow) });
      addAll(index, store);
      searchOften(index, WINDOW - 1);
      await index.settle();
      equal(index.exact, true, "not decided yet");
      searchOften(index, 1);
      await index.settle();
      equal(index.exact, exact, `${rows} rows, ${slow} ms`);
      equal([index.size, sorted(index.ids())], [rows, store.map(({ id }) => id)]);
    }
  });

  test("the median counts: few slow searches do not", async () => {
    const slow = (share: number): (() => number) => {
      let calls = 0;
      let now = 0;
      return () => {
        const search = calls++ >> 1;
        if (calls % 2 === 0) now += search % 100 < share ? 1000 : 1;
        return now;
      };
    };
    for (const [share, exact] of [
      [40, true],
      [60, false],
    ] as const) {
      const store = rowsOf(3);
      const index = autoIndex({ above: 1, latencyMs: 5, rows: () => store, timer: slow(share) });
      addAll(index, store);
      searchOften(index);
      await index.settle();
      equal(index.exact, exact, `${share} %`);
    }
  });

  test("it changes over and back, with all rows, and tells of both", async () => {
    let store = rowsOf(100);
    const told: unknown[] = [];
    const index = autoIndex({
      above: 50,
      rows: () => promised(store),
      onChange: (now, error) => told.push([now.exact, now.size, error]),
    });
    addAll(index, store);
    const query = someVector(D, numbers(30));
    const right = idsOf(index.search("n1", query, 10, -1));
    searchOften(index);
    await index.settle();
    equal([index.exact, idsOf(index.search("n1", query, 10, -1))], [false, right]);
    for (let id = 1; id <= 75; id++) index.remove(id);
    store = store.slice(75);
    searchOften(index);
    await index.settle();
    equal(index.exact, false, "25 is half of 50");
    index.remove(76);
    store = store.slice(1);
    searchOften(index);
    await index.settle();
    equal([index.exact, index.size, sorted(index.ids())], [true, 24, store.map(({ id }) => id)]);
    equal(told, [
      [false, 100, undefined],
      [true, 24, undefined],
    ]);
    equal(index.search("n0", store[1]!.vector!, 1, 0.9)[0]?.id, store[1]!.id);
  });

  test("whatever is changed while the other one is filled is so in it, too", async () => {
    const next = numbers(31);
    for (let round = 0; round < 20; round++) {
      const store = rowsOf(60);
      const changes: ((index: VectorIndex) => void)[] = [
        (index) => index.add(5, "n1", along(0, D)), // the scan will bring an older one
        (index) => index.remove(6),
        (index) => index.add(500, "new", along(1, D)),
        (index) => index.clear("n2"),
        (index) => index.add(7, "moved", along(2, D)),
        (index) => index.add(2, "n2", along(3, D)),
        (index) => index.remove(500),
        (index) => index.add(500, "n0", along(4, D)),
      ];
      const when = changes.map(() => Math.floor(30 * (next() + 1)));
      const index = autoIndex({ above: 1, rows: scan });
      const model = new ExactIndex(D);
      addAll(index, store);
      addAll(model, store);
      async function* scan(): AsyncGenerator<StoredRow> {
        for (const [place, row] of store.entries()) {
          for (const [i, change] of changes.entries()) {
            if (when[i] !== place) continue;
            change(index);
            change(model);
          }
          await undefined;
          yield row;
        }
      }
      searchOften(index);
      await index.settle();
      equal([index.exact, index.size, sorted(index.ids())], [false, model.size, sorted(model.ids())], `${when}`);
      for (const namespace of ["n0", "n1", "n2", "moved", "new"]) {
        const query = someVector(D, next);
        equal(
          idsOf(index.search(namespace, query, 100, -1)),
          idsOf(model.search(namespace, query, 100, -1)),
          `${namespace}, ${when}`,
        );
      }
    }
  });

  test("rows the index does not have, the store's scan does not bring", async () => {
    const store = rowsOf(9);
    const index = autoIndex({ above: 1, rows: () => [...store, { id: 10, namespace: "n1", vector: null }] });
    addAll(index, store.slice(0, 7));
    searchOften(index);
    await index.settle();
    equal([index.exact, sorted(index.ids())], [false, [1, 2, 3, 4, 5, 6, 7]]);
  });

  test("what fails leaves the one that serves, tells, and is tried again after ever more searches", async () => {
    const failures: Record<string, Partial<AutoOptions>> = {
      factory: { auto: () => Promise.reject(new Error("factory")) },
      "factory, at once": {
        auto: () => {
          throw new Error("factory, at once");
        },
      },
      scan: {
        rows: () => {
          throw new Error("scan");
        },
      },
      row: { auto: (sizes) => Object.assign(plainIndex(sizes), { add: fail("row") }) },
    };
    for (const [message, options] of Object.entries(failures)) {
      const store = rowsOf(3);
      const told: unknown[] = [];
      const index = autoIndex({
        above: 1,
        rows: () => store,
        ...options,
        onChange: (now, error) => told.push([now.exact, (error as Error).message]),
      });
      addAll(index, store);
      const attempts: number[] = [];
      for (const searches of [WINDOW, 2 * WINDOW, 4 * WINDOW]) {
        searchOften(index, searches - 1);
        await index.settle();
        attempts.push(told.length);
        searchOften(index, 1);
        await index.settle();
        attempts.push(told.length);
      }
      equal(attempts, [0, 1, 1, 2, 2, 3], message);
      equal(told[0], [true, message]);
      equal([index.size, index.search("n1", store[0]!.vector!, 1, 0.9)[0]?.id], [3, 1], message);
    }
  });

  test("a change that the next one cannot take costs the next one, not the one serving", async () => {
    const store = rowsOf(40);
    const told: unknown[] = [];
    const broken: AutoOptions["auto"] = (sizes) => Object.assign(plainIndex(sizes), { remove: fail("full") });
    const index = autoIndex({ above: 1, auto: broken, rows: scan, onChange: (_, error) => told.push(String(error)) });
    addAll(index, store);
    function* scan(): Generator<StoredRow> {
      for (const row of store) {
        if (row.id === 20) ok(index.remove(30), "30 was there");
        yield row;
      }
    }
    searchOften(index);
    await index.settle();
    equal([index.exact, index.size, told], [true, 39, ["Error: full"]]);
  });

  test("closing in the middle of it ends it in silence", async () => {
    for (const when of ["made", "filled"]) {
      let closed = 0;
      const told: unknown[] = [];
      const made: AutoOptions["auto"] = (sizes) => Object.assign(plainIndex(sizes), { close: () => void closed++ });
      const index = autoIndex({ above: 1, auto: made, rows: scan, onChange: (...all) => told.push(all) });
      addAll(index, rowsOf(30));
      function* scan(): Generator<StoredRow> {
        if (when === "filled") index.close();
        yield* rowsOf(30);
      }
      searchOften(index);
      if (when === "made") index.close();
      await index.settle();
      equal([told, closed, index.size], [[], 1, 0], when);
    }
  });
};

function autoIndex(options: Partial<AutoOptions>, dimensions = D): AutoIndex {
  const auto: AutoOptions["auto"] = (sizes) => Object.assign(plainIndex(sizes), { exact: false });
  return new AutoIndex(dimensions, {
    exact: (d) => new ExactIndex(d),
    auto,
    above: 1,
    latencyMs: 0,
    rows: () => [],
    timer: () => 0,
    ...options,
  });
}

/** A clock by which every search takes so long. */
function steps(ms: number): () => number {
  let calls = 0;
  return () => Math.ceil(calls++ / 2) * ms;
}

function rowsOf(count: number): (StoredRow & { vector: Float32Array })[] {
  const next = numbers(count);
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    namespace: `n${(i + 1) % 3}`,
    vector: someVector(D, next),
  }));
}

function addAll(index: VectorIndex, rows: readonly (StoredRow & { vector: Float32Array })[]): void {
  for (const { id, namespace, vector } of rows) index.add(id, namespace, vector);
}

function searchOften(index: AutoIndex, times = WINDOW): void {
  for (let i = 0; i < times; i++) index.search("elsewhere", along(0, index.dimensions), 1, 0);
}

async function* promised<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await item;
}

async function* never(): AsyncGenerator<StoredRow> {
  await new Promise(() => {});
}

/** All that is due now has happened. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}
