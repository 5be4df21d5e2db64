import { type KernelLevel, MAX_DIMENSIONS } from "../../src/kernel/kernel.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { ExactIndexOptions } from "../../src/vectors/exact-options.ts";
import type { RowSearch } from "../../src/vectors/row-search.ts";
import type { Filter } from "../../src/vectors/vector-index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { randomVector, seeded } from "./vectors.ts";

const D = 128;

/** An index that keeps codes alone, and a map that has the rows. */
class Apart {
  readonly index: ExactIndex;
  readonly model = new BruteForce();
  readonly rows = new Map<number, readonly number[]>();
  asked = 0;

  constructor(dimensions: number, options: ExactIndexOptions = {}) {
    this.index = new ExactIndex(dimensions, { ...options, resident: "codes" });
  }

  add(id: number, namespace: string, row: readonly number[]): void {
    this.rows.set(id, row);
    for (const either of [this.index, this.model]) either.add(id, namespace, row);
  }

  remove(id: number): void {
    equal([this.index.remove(id), this.rows.delete(id)], [true, this.model.rows.delete(id)]);
  }

  search(namespace: string, query: readonly number[], k: number, threshold: number, filter?: Filter) {
    this.asked = 0;
    return this.answer(this.index.begin(namespace, query, k, threshold, filter));
  }

  answer(search: RowSearch) {
    for (let ids = search.wanted(); ids.length > 0; ids = search.wanted()) {
      this.asked += ids.length;
      search.give(
        ids,
        ids.map((id) => this.rows.get(id)),
      );
    }
    return search.found;
  }

  check(namespace: string, query: readonly number[], k: number, threshold: number, what = ""): void {
    const expected = this.model.search(namespace, query, k, threshold);
    same(this.search(namespace, query, k, threshold), expected, `${what} k ${k} ≥ ${threshold}`);
  }
}

/** Of rows that lie elsewhere the answer is brute force's. */
export const codesTests =
  (platform: Platform): Suite =>
  (test) => {
    const random = seeded(1);

    test("packed and unpacked, it answers as before, and lives on", async () => {
      const rows = HOSTILE.anisotropic!(2600, D, 3);
      const nameOf = (id: number): string => (id % 9 === 0 ? "few" : "many");
      const apart = new Apart(D);
      equal(apart.index.pack(), undefined, "nothing to pack");
      rows.slice(0, 2500).forEach((row, i) => {
        apart.add(i + 1, nameOf(i + 1), row);
      });
      apart.index.settle();
      for (let id = 3; id < 2400; id += 5) apart.remove(id);
      const packed = apart.index.pack();
      if (platform.kernel.simd === "scalar") return equal(packed, undefined);
      ok(packed!.length < 2500 * 150 + apart.index.bytes / 10, `${packed!.length} bytes`);

      const other = new Apart(D);
      ok(other.index.unpack(packed!), "it is taken up");
      equal(other.index.size, apart.index.size);
      for (const [id, row] of apart.rows) other.model.add(id, nameOf(id), row);
      for (const [id, row] of apart.rows) other.rows.set(id, row);
      const checked = (what: string): void => {
        for (const i of [0, 1, 100, 2101]) {
          for (const threshold of [-1, 0.5, 0.9]) other.check(nameOf(i + 1), rows[i]!, 10, threshold, what);
        }
      };
      checked("unpacked");
      equal(other.index.unpack(packed!), false, "not over what there is");
      rows.slice(2500).forEach((row, i) => {
        other.add(i < 50 ? i * 5 + 3 : 2501 + i, "few", row);
      });
      for (let id = 1; id < 500; id += 5) other.remove(id);
      checked("lived on");
      const third = new ExactIndex(D, { resident: "codes" });
      ok(third.unpack(other.index.pack()!), "packed again");
      equal(third.size, other.index.size);
      equal(new ExactIndex(D).unpack(packed!), false, "an index of rows has no use for it");
    });

    test("bytes that are no packed index change nothing", async () => {
      const rows = HOSTILE.anisotropic!(2100, D, 3);
      const origin = new ExactIndex(D, { resident: "codes" });
      for (const [i, row] of rows.entries()) origin.add(i + 1, "n", row);
      origin.settle();
      const packed = origin.pack() ?? new Uint8Array(100);
      const headed = (change: (head: Record<string, unknown>) => void): Uint8Array<ArrayBuffer> => {
        const length = new DataView(packed.buffer).getUint32(0, true);
        const head = JSON.parse(new TextDecoder().decode(packed.subarray(4, 4 + length)));
        change(head);
        const text = new TextEncoder().encode(JSON.stringify(head));
        const from = Math.ceil((4 + length) / 8) * 8;
        const at = Math.ceil((4 + text.length) / 8) * 8;
        const bytes = new Uint8Array(at + packed.length - from);
        new DataView(bytes.buffer).setUint32(0, text.length, true);
        bytes.set(text, 4);
        bytes.set(packed.subarray(from), at);
        return bytes;
      };
      const useless: [string, Uint8Array<ArrayBuffer>][] = [
        ["nothing", new Uint8Array()],
        ["noise", new Uint8Array(5000).map((_, i) => i * 37)],
        ["a part of it", packed.slice(0, packed.length / 2)],
      ];
      if (platform.kernel.simd !== "scalar") {
        const changes: [string, (head: Record<string, unknown>) => void][] = [
          ["another format", (head) => Object.assign(head, { format: "codes 0" })],
          ["other dimensions", (head) => Object.assign(head, { dimensions: D + 1 })],
          ["no rows learnt from", (head) => Object.assign(head, { learntFrom: 0 })],
          ["other directions", (head) => Object.assign(head, { basis: 8 })],
          ["a negative length", (head) => Object.assign(head, { arenas: [["n", -16, -2050]] })],
          [
            "a namespace twice",
            (head) =>
              Object.assign(head, {
                arenas: [
                  ["n", 0, 0],
                  ["n", 0, 0],
                ],
              }),
          ],
          ["fewer codes than ids", (head) => Object.assign(head, { arenas: [["n", 32, 2050]] })],
          ["no list", (head) => Object.assign(head, { arenas: "n" })],
        ];
        for (const [what, change] of changes) useless.push([what, headed(change)]);
        ok(new ExactIndex(D, { resident: "codes" }).unpack(headed(() => {})), "unchanged, they are of use");
        const ids = packed.slice();
        const at = packed.length - (packed.length % 8) - Math.ceil(2100 / 16) * (2050 + 128);
        new Float64Array(ids.buffer, Math.max(0, at - (at % 8)), 300).fill(7);
        useless.push(["an id twice", ids]);
      }
      for (const [what, bytes] of useless) {
        const apart = new Apart(D);
        equal(apart.index.unpack(bytes), false, what);
        rows.slice(0, 50).forEach((row, i) => {
          apart.add(i + 1, "n", row);
        });
        apart.check("n", rows[7]!, 5, 0.5, what);
      }
    });

    for (const [kind, make] of Object.entries(HOSTILE)) {
      test(`${kind}: the answer is brute force's, every stage of the way`, () => {
        const dimensions = 131;
        const rows = make(400, dimensions, 5);
        const learnt = learntFrom(rows, dimensions);
        const apart = new Apart(dimensions);
        apart.index.recall(learnt);
        rows.forEach((row, i) => {
          apart.add(i + 1, `n${i % 2}`, row);
        });
        for (const i of [0, 37, 105, 350]) {
          const query = rows[i]!.map((x) => x * (1 + 0.02 * random()));
          const every = apart.model.search("n1", query, 100, -1);
          for (const threshold of [-1, 0, 0.7, 0.9, 1, every[0]!.similarity, every[9]!.similarity]) {
            for (const k of [1, 7, 100]) apart.check("n1", query, k, threshold, kind);
          }
        }
      });
    }

    test("an index of its own accord gives rows up for codes, and asks for few", () => {
      const rows = HOSTILE.anisotropic!(3000, D, 6);
      const apart = new Apart(D);
      rows.forEach((row, i) => {
        apart.add(i + 1, i % 9 === 0 ? "b" : "a", row);
        if (i % 500 === 499) apart.check("a", rows[i - 400]!, 5, 0.8, `after ${i} rows`);
      });
      apart.index.settle();
      for (let i = 0; i < 20; i++) {
        const query = rows[i * 100]!.map((x) => x * (1 + 0.05 * random()));
        apart.check(i % 2 ? "a" : "b", query, [1, 10, 100][i % 3]!, [0.9, 0.5, -1][i % 3]!);
        if (i % 6 === 3 && platform.kernel.simd !== "scalar")
          ok(apart.asked < 100, `${apart.asked} rows were asked for`);
      }
      equal(apart.index.size, 3000);
    });

    if (platform.kernel.simd === "scalar") return; // it keeps rows all the same

    const rows = HOSTILE.anisotropic!(2600, D, 7);
    const learnt = learntFrom(rows, D);
    const recalled = (options: ExactIndexOptions = {}): Apart => {
      const apart = new Apart(D, options);
      apart.index.recall(learnt);
      return apart;
    };

    test("a row is some 150 bytes", () => {
      const apart = recalled();
      const add = (from: number, to: number): number => {
        for (let i = from; i < to; i++) apart.index.add(i + 1, "n", rows[i % rows.length]!);
        return apart.index.bytes;
      };
      const before = add(0, 10_000);
      const grown = add(10_000, 50_000) - before;
      ok(grown < 160 * 40_000 + 2 ** 20, `${grown} bytes for 40,000 rows`); // memory grows by 1 MiB
    });

    for (const level of new Set(Object.values(platform.kernel))) {
      test(`${level}: rows that were removed, overwritten or have moved are not asked for, nor found twice`, () => {
        const apart = recalled({ level: level as KernelLevel });
        for (let i = 0; i < 300; i++) apart.add(i + 1, "a", rows[i]!);
        for (let i = 0; i < 100; i++) apart.add(i + 1, "a", rows[i + 1000]!);
        for (let i = 100; i < 150; i++) apart.remove(i + 1);
        for (let i = 150; i < 250; i++) apart.add(i + 1, "b", rows[i]!);
        for (const i of [3, 1003, 120, 170, 299]) {
          for (const [k, threshold] of [[1, 0.9] as const, [100, -1] as const]) {
            apart.check("a", rows[i]!, k, threshold, "a");
            apart.check("b", rows[i]!, k, threshold, "b");
          }
        }
      });
    }

    test("rows may go, and change, between being wanted and being given", () => {
      const apart = recalled();
      for (let i = 0; i < 500; i++) apart.add(i + 1, "n", rows[i]!);
      const query = rows[4]!;
      const search = apart.index.begin("n", query, 20, -1);
      const wanted = search.wanted();
      equal(wanted.includes(5), true);
      apart.remove(5); // its row is gone
      apart.rows.set(wanted[1]!, rows[4]!); // another has what it had
      const expected = new BruteForce();
      for (const [id, row] of apart.rows) expected.add(id, "n", row);
      apart.index.add(700, "n", query); // comes too late for this search
      search.give(
        wanted,
        wanted.map((id) => apart.rows.get(id) ?? null),
      );
      same(apart.answer(search), expected.search("n", query, 20, -1), "of the rows that were given");
      equal(apart.answer(search), search.found, "nothing more is wanted");
    });

    test("where no row is to be had nothing is found", () => {
      const apart = recalled();
      for (let i = 0; i < 50; i++) apart.add(i + 1, "n", rows[i]!);
      apart.rows.clear();
      equal(apart.search("n", rows[4]!, 10, -1), []);
      equal(apart.asked, 50, "each was asked for once");
      equal(apart.search("m", rows[4]!, 10, -1), []);
      equal(apart.search("n", rows[4]!, 0, -1), []);
      equal(apart.asked, 0, "for nothing, nothing");
    });

    test("rows that are not vectors are refused", async () => {
      const apart = recalled();
      apart.add(1, "n", rows[0]!);
      const search = apart.index.begin("n", rows[0]!, 1, -1);
      await fails(() => search.give([1], [[1, 2]]), "dimension");
      await fails(() => search.give([1], [new Array<number>(D).fill(0)]), "vector");
      search.give([1], [rows[0]!]);
      equal(search.found.length, 1, "and the next one is taken");
    });

    test("filters are kept to", () => {
      const apart = recalled();
      for (let i = 0; i < 1000; i++) apart.add(i + 1, "n", rows[i]!);
      for (const filter of [
        new Set([3, 500, 999, 5000, -1, 0.5]),
        new Set(Array.from({ length: 600 }, (_, i) => i + 200)),
        new Set<number>(),
        (id: number): boolean => id % 7 === 0,
      ]) {
        const allowed = typeof filter === "function" ? filter : (id: number): boolean => filter.has(id);
        for (const k of [1, 10, 100]) {
          same(apart.search("n", rows[3]!, k, -1, filter), apart.model.search("n", rows[3]!, k, -1, allowed), `k ${k}`);
        }
      }
    });

    test("scores past 1 stand in the order in which an index that has the rows tells them", () => {
      for (const dimensions of [256]) {
        const random = seeded(dimensions);
        const base = randomVector(dimensions, random);
        const kind = HOSTILE.anisotropic!(2100, dimensions, 8);
        const apart = new Apart(dimensions);
        apart.index.recall(learntFrom(kind, dimensions));
        for (let id = 1; id <= 60; id++)
          apart.add(
            id,
            "n",
            base.map((x) => x * (1 + 2e-7 * random())),
          );
        for (let i = 0; i < 10; i++) {
          const query = base.map((x) => x * (1 + 1e-7 * random()));
          for (const k of [1, 3, 60]) apart.check("n", query, k, 0.9, `d ${dimensions}`);
        }
      }
    });

    test("a memory that is full of codes is searched all the same, and another takes more", () => {
      const most = 800_000;
      const apart = new Apart(D, { most });
      apart.index.recall(learnt);
      // In so many namespaces that little of it is left over.
      rows.forEach((row, i) => {
        apart.add(i + 1, `n${i % 40}`, row);
      });
      ok(apart.index.bytes > 2 * most, `${apart.index.bytes} bytes are several memories`);
      for (let i = 0; i < 4; i++) apart.check("n0", rows[i * 400]!, 1 + i * 10, i % 2 ? 0.5 : 0.9);
      for (let i = 0; i < 2000; i++) apart.remove(i + 1);
      for (let i = 0; i < 4; i++) apart.check("n0", rows[i * 400]!, 1 + i * 10, i % 2 ? 0.5 : 0.9);
    });

    test("codes stay what they are when most of them go", () => {
      const apart = recalled();
      // Each namespace takes a section and a block, so that few rows hold much memory.
      for (let i = 0; i < 2500; i++) apart.add(i + 1, `n${i % 2100}`, rows[i]!);
      ok(apart.index.bytes > 2 ** 26, `${apart.index.bytes} bytes are held`);
      for (let i = 0; i < 1900; i++) apart.remove(i + 1);
      apart.index.settle();
      for (let i = 2000; i < 2500; i += 100) apart.check(`n${i % 2100}`, rows[i]!, 1, 0.95, `row ${i}`);
    });

    test("all rows going while they become codes leaves an index that works", () => {
      const apart = new Apart(D);
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 2500; i++) apart.index.add(i + 1, "n", rows[i]!);
        apart.index.clear();
      }
      for (let i = 0; i < 2500; i++) apart.add(i + 1, "n", rows[i]!);
      apart.index.settle();
      for (let i = 0; i < 5; i++) apart.check("n", rows[i * 200]!, 5, 0.8);
      ok(apart.asked < 200, `${apart.asked} rows were asked for`);
    });

    test("what is recalled while rows become codes loses none", () => {
      const apart = new Apart(D);
      const moves = (): boolean => {
        try {
          return apart.index.search("n", rows[0]!, 1, 0.9).length < 0;
        } catch {
          return true; // some rows lie elsewhere
        }
      };
      let i = 0;
      while (!moves()) apart.add(i + 1, "n", rows[i++]!);
      apart.index.recall(learnt);
      apart.index.settle();
      apart.index.recall(learnt);
      for (; i < 2600; i++) apart.add(i + 1, "n", rows[i]!);
      apart.index.settle();
      equal(apart.index.size, 2600);
      for (let i = 0; i < 10; i++) apart.check("n", rows[i * 200]!, 5, 0.5);
    });

    test("it is told what cannot be", async () => {
      await fails(() => new ExactIndex(D, { resident: "disk" as "codes" }), "argument");
      await fails(() => new ExactIndex(D, { resident: "codes", dtype: "int8" }), "argument");
      await fails(() => new ExactIndex(MAX_DIMENSIONS + 1, { resident: "codes" }), "argument");
      const apart = recalled();
      await fails(() => apart.index.search("n", rows[0]!, 1, 0), "argument");
      await fails(() => apart.index.searchMany("n", [rows[0]!], 1, 0), "argument");
    });
  };

/** What an index learns from such rows. */
function learntFrom(rows: readonly number[][], dimensions: number): string {
  const index = new ExactIndex(dimensions);
  for (let i = 0; i < 2100; i++) index.add(i + 1, "n", rows[i % rows.length]!);
  index.settle();
  return index.learnt() ?? "";
}
