import { KeptIndex } from "../../src/cache/kept-index.ts";
import { Projection } from "../../src/cache/projection.ts";
import { memoryStore, type SyncStore } from "../../src/index.ts";
import { driveSync } from "../../src/store/steps.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { intercepted } from "./cache-fixtures.ts";
import { HOSTILE } from "./hostile-rows.ts";

const D = 128;
const MANY = 3000;
const rows = HOSTILE.anisotropic!(2 * MANY, D, 9).map((row) => unit(row, D));

/** An index of codes beside the entries: what is read back is whole, whenever its writing was cut off. */
export const keptIndexTests =
  (platform: Platform): Suite =>
  (test) => {
    const open = (store: SyncStore): Projection => new Projection(store, new ExactIndex(D, { resident: "codes" }));
    const grow = (projection: Projection, count: number): void => {
      const { index } = projection;
      for (let i = index.size; i < count; i++) projection.add(i + 1, "n", i % 3 === 0 ? "s:k" : "k", rows[i]!);
      (index as ExactIndex).settle();
    };
    const load = (store: SyncStore): [version: number | undefined, size: number, scoped: number] => {
      const projection = open(store);
      const version = driveSync(new KeptIndex(store).load(projection));
      const filter = projection.scopes.filter("n", "s");
      return [version, projection.index.size, filter instanceof Set ? filter.size : -1];
    };

    if (platform.kernel.simd === "scalar") {
      test("without a compiled kernel nothing is kept, and nothing taken up", () => {
        const store = opened();
        const projection = open(store);
        grow(projection, MANY);
        driveSync(new KeptIndex(store).save(projection, 7));
        equal(load(store), [undefined, 0, 0]);
      });
      return;
    }

    test("cut off at any of its writes, the one before is whole; and then the next", async () => {
      const store = opened();
      let writes = 0;
      let last = Number.POSITIVE_INFINITY;
      const failing = intercepted(store, (method, call) => {
        if (method === "setMeta" && writes++ >= last) throw new Error("the machine stopped");
        return call();
      }) as SyncStore;
      const projection = open(store);
      grow(projection, MANY);
      driveSync(new KeptIndex(failing).save(projection, 1));
      const pieces = writes - 1;
      ok(pieces > 1, `${pieces} pieces`);
      equal(load(store), [1, MANY, MANY / 3]);
      for (let stop = 0; stop < 2; stop++) {
        for (let n = 0; n <= pieces; n++) {
          [writes, last] = [0, n];
          const kept = new KeptIndex(failing);
          equal(String(await rejection(() => driveSync(kept.save(projection, 5000)))), "Error: the machine stopped");
          equal(load(store), [1, MANY, MANY / 3], `stopped at write ${n}`);
        }
        grow(projection, MANY + 1200 * (stop + 1));
      }
      last = Number.POSITIVE_INFINITY;
      driveSync(new KeptIndex(failing).save(projection, 9000));
      equal(load(store), [9000, MANY + 2400, (MANY + 2400) / 3]);
    });

    test("of two that write at once, one is taken up, or none", () => {
      const [a, b] = [open(opened()), open(opened())];
      grow(a, MANY);
      grow(b, MANY + 600);
      for (let n = 1; n < 40; n++) {
        const store = opened();
        const writings = [new KeptIndex(store).save(a, 10), new KeptIndex(store).save(b, 20)];
        const waiting = writings.map((steps) => ({ steps, given: undefined as unknown, done: false }));
        for (let turn = 0; waiting.some(({ done }) => !done); turn++) {
          const one = waiting[((n >> (turn % 6)) & 1) ^ (turn % 7 === 0 ? 1 : 0)]!;
          if (one.done) continue;
          const state = one.steps.next(one.given);
          one.done = state.done === true;
          one.given = state.value;
        }
        const [version, size] = load(store);
        ok([10, 20, undefined].includes(version), `${version}`);
        equal(size, version === 10 ? MANY : version === 20 ? MANY + 600 : 0);
      }
    });

    test("it is written anew only when enough has changed, and not where another has just done it", () => {
      const store = opened();
      let writes = 0;
      const counted = intercepted(store, (method, call) => {
        if (method === "setMeta") writes++;
        return call();
      }) as SyncStore;
      const writesOf = (work: () => void): number => {
        writes = 0;
        work();
        return writes;
      };
      const projection = open(store);
      const kept = new KeptIndex(counted);
      equal(
        writesOf(() => driveSync(kept.save(projection, 1))),
        0,
        "nothing there",
      );
      grow(projection, MANY);
      ok(writesOf(() => driveSync(kept.save(projection, 100))) > 1, "all is new");
      equal(
        writesOf(() => driveSync(kept.save(projection, 100))),
        0,
        "nothing has changed",
      );
      grow(projection, MANY + 999);
      equal(
        writesOf(() => driveSync(kept.save(projection, 200))),
        0,
        "little has changed",
      );
      projection.remove(17);
      ok(writesOf(() => driveSync(kept.save(projection, 300))) > 1, "enough has changed");

      const other = open(store);
      const second = new KeptIndex(counted);
      equal(driveSync(second.load(other)), 300);
      grow(projection, MANY + 2200);
      ok(writesOf(() => driveSync(kept.save(projection, 1500))) > 1, "the first one keeps it");
      grow(other, MANY + 2200);
      equal(
        writesOf(() => driveSync(second.save(other, 1501))),
        0,
        "the second one need not",
      );
    });
  };

function opened(): SyncStore {
  const store = memoryStore();
  store.open({ fingerprint: "f", dimensions: D });
  return store;
}
