import fc from "fast-check";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { ExactIndexOptions } from "../../src/vectors/exact-options.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";

const D = 128;
const ROWS = 400;
const IDS = 5000;

const KINDS: Record<string, ExactIndexOptions> = {
  float32: {},
  float16: { dtype: "float16" },
  int8: { dtype: "int8" },
  scalar: { level: "scalar" },
  shared: { level: "simd-shared" },
  codes: { resident: "codes" },
  "codes, shared": { resident: "codes", level: "simd-shared" },
  "codes, several memories": { resident: "codes", most: 600_000 },
  "several memories": { most: 1_600_000 },
};

const namespace = fc.constantFrom("a", "a", "a", "b", "");
const row = fc.nat(ROWS - 1);
const search = { k: fc.constantFrom(0, 1, 2, 10, 100), threshold: fc.constantFrom(-1, 0, 0.5, 0.9, 0.99) };

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fill" as const), namespace, from: fc.nat(IDS), row }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("add" as const), id: fc.integer({ min: 1, max: IDS }), namespace, row }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("remove" as const), id: fc.integer({ min: 1, max: IDS }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("removeMany" as const), of: fc.nat(7), from: fc.nat(IDS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("clear" as const), namespace: fc.option(namespace, { nil: undefined }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("recall" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pack" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("search" as const), namespace, row, other: row, ...search, of: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("searchMany" as const),
      namespace,
      rows: fc.array(row, { maxLength: 40 }),
      ...search,
    }),
  },
);

/** Any sequence of calls, on any kind of index, against a map. For the nightly hunt, ask for more with `runs`. */
export const exactIndexModelTests =
  (runs = 6, seed?: number): Suite =>
  (test) => {
    const kinds = Object.values(HOSTILE).map((make) => make(ROWS, D, seed ?? 41));
    const set = fc.constantFrom(...kinds);
    for (const [kind, options] of Object.entries(KINDS)) {
      test(`${kind}: any sequence of calls answers as a map does`, () => {
        fc.assert(
          fc.property(set, fc.array(step, { minLength: 5, maxLength: 30 }), (rows, steps) => {
            new Run(options, rows).all(steps);
          }),
          { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
        );
      });
    }
  };

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  index: ExactIndex;
  readonly model: BruteForce;
  readonly given = new Map<number, readonly number[]>();
  readonly #options: ExactIndexOptions;
  readonly #rows: readonly number[][];
  /** Directions of an index like this one, once there are some; they stay good, whatever becomes of it. */
  #learnt: string | undefined;

  constructor(options: ExactIndexOptions, rows: readonly number[][]) {
    this.#options = options;
    this.#rows = rows;
    this.index = new ExactIndex(D, options);
    this.model = new BruteForce(options.dtype);
  }

  all(steps: readonly Step[]): void {
    for (const [i, step] of steps.entries()) {
      this.#take(step, `step ${i}`);
      equal(this.index.size, this.model.rows.size, `size after step ${i}, ${step.do}`);
    }
    for (const namespace of ["a", "b", ""]) {
      equal(this.index.ids(namespace).sort(), this.model.ids(namespace).sort(), `ids of ${namespace}`);
      this.#search(namespace, this.#rows[0]!, 100, -1, undefined, "in the end");
    }
  }

  #take(step: Step, what: string): void {
    const { index, model } = this;
    switch (step.do) {
      case "fill":
        for (let i = 0; i < 1100; i++) this.#add(1 + ((step.from + i) % IDS), step.namespace, step.row + i);
        break;
      case "add":
        this.#add(step.id, step.namespace, step.row);
        break;
      case "remove":
        equal(index.remove(step.id), model.rows.delete(step.id), what);
        break;
      case "removeMany":
        for (const id of model.ids()) {
          if (id > step.from || id % 8 > step.of) continue;
          equal(index.remove(id), model.rows.delete(id), what);
        }
        break;
      case "clear":
        index.clear(step.namespace);
        model.clear(step.namespace);
        break;
      case "settle":
        index.settle();
        this.#learnt = index.learnt() ?? this.#learnt;
        break;
      case "recall":
        if (this.#learnt !== undefined) index.recall(this.#learnt);
        break;
      case "pack": {
        const packed = index.pack();
        if (packed === undefined || index.level === "simd-shared") break; // shared memories are few
        this.index = new ExactIndex(D, this.#options);
        ok(this.index.unpack(packed), what);
        index.close();
        break;
      }
      case "search": {
        const query = this.#rows[step.row]!.map((x, i) => x + 0.1 * this.#rows[step.other]![i]!);
        const filter = step.of < 4 ? undefined : (id: number): boolean => id % 5 < step.of - 2;
        if (query.some((x) => x !== 0)) this.#search(step.namespace, query, step.k, step.threshold, filter, what);
        break;
      }
      case "searchMany": {
        if (this.#options.resident === "codes") break;
        const queries = step.rows.map((row) => this.#rows[row]!);
        index.searchMany(step.namespace, queries, step.k, step.threshold).forEach((found, i) => {
          same(found, model.search(step.namespace, queries[i]!, step.k, step.threshold), `${what}, query ${i}`);
        });
      }
    }
  }

  #add(id: number, namespace: string, row: number): void {
    const vector = this.#rows[row % ROWS]!;
    this.given.set(id, vector);
    for (const either of [this.index, this.model]) either.add(id, namespace, vector);
  }

  #search(
    namespace: string,
    query: readonly number[],
    k: number,
    threshold: number,
    filter: ((id: number) => boolean) | undefined,
    what: string,
  ): void {
    const search = this.index.begin(namespace, query, k, threshold, filter);
    for (let ids = search.wanted(); ids.length > 0; ids = search.wanted()) {
      search.give(
        ids,
        ids.map((id) => this.given.get(id)),
      );
    }
    same(search.found, this.model.search(namespace, query, k, threshold, filter), what);
    if (this.#options.resident === "codes") return;
    same(this.index.search(namespace, query, k, threshold, filter), search.found, `${what}, searched again`);
  }
}
