import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { learn } from "../../src/vectors/learning.ts";
import { Shard } from "../../src/vectors/shard.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { HOSTILE } from "../unit/hostile-rows.ts";
import { seeded } from "../unit/vectors.ts";
import type { Spawn } from "./worker.ts";

const DIMENSIONS = 128;
const ROWS = 9000;
/** Fewer than the sections of the planes hold, so that there is something to be shared. */
const HELP_FROM = 2100;
const THRESHOLDS = [-1, -0.4, 0, 0.3, 0.7, 0.9, 1];
const LONGEST_MS = 60_000;

/** Threads that help. `threadsNow` tells how many this process has, where that can be known. */
export const poolTests =
  (spawn: Spawn, note: (text: string) => void, threadsNow?: () => number): Suite =>
  (test) => {
    for (const threads of [2, 4]) {
      test(`${threads} threads find what one finds, whatever changes between searches`, async () => {
        const together = new ExactIndex(DIMENSIONS, { threads, helpFrom: HELP_FROM });
        const alone = new ExactIndex(DIMENSIONS);
        const random = seeded(threads);
        const pick = (n: number): number => Math.min(n - 1, Math.floor(((random() + 1) / 2) * n));
        const rows = HOSTILE.anisotropic!(ROWS, DIMENSIONS, threads);
        for (let i = 0; i < ROWS; i += 5) rows[i] = rows[(i * 3) % 700]!; // ties
        const add = (id: number, namespace: string, row: ArrayLike<number>): void => {
          for (const index of [together, alone]) index.add(id, namespace, row);
        };
        rows.forEach((row, i) => {
          add(i + 1, i % 3 === 0 ? "b" : "a", row);
        });
        for (const index of [together, alone]) index.settle();
        let searches = 0;
        let shared = 0;
        const start = performance.now();
        while ((searches < 4000 || shared < 400) && performance.now() - start < LONGEST_MS) {
          for (let i = 0; i < 40; i++) {
            const row = rows[pick(ROWS)]!;
            const kind = pick(4);
            const query = row.map((x) => (kind === 0 ? x : kind === 1 ? -x : kind === 2 ? x + random() : random()));
            const asked = [1 + pick(100), THRESHOLDS[pick(THRESHOLDS.length)]!] as const;
            const namespace = pick(3) === 0 ? "b" : "a";
            const found = together.search(namespace, query, ...asked);
            if (together.helped > 0) shared++;
            equal(found, alone.search(namespace, query, ...asked), `search ${searches}, ${namespace} ${asked}`);
            searches++;
          }
          for (let i = 0; i < 10; i++) add(1 + pick(ROWS + 200), pick(3) === 0 ? "b" : "a", rows[pick(ROWS)]!);
          for (const id of [pick(ROWS), pick(ROWS)]) equal(together.remove(id), alone.remove(id));
          if (pick(60) === 0) {
            for (let i = 0; i < 200; i++) add(1 + pick(ROWS), "c", rows[pick(ROWS)]!);
            for (const index of [together, alone]) index.clear("c");
          }
          await new Promise((resolve) => setTimeout(resolve)); // a browser starts threads between two tasks
        }
        for (const index of [together, alone]) index.close();
        equal(together.search("a", rows[0]!, 5, 0), alone.search("a", rows[0]!, 5, 0));
        note(`${threads} threads: ${shared} of ${searches} searches had help`);
        ok(shared >= 400, `helpers took part in ${shared} of ${searches} searches`);
      });
    }

    test("rows that are all on the other side of the query are found", async () => {
      const rows = HOSTILE.anisotropic!(3000, DIMENSIONS, 8).map((row) => row.map((x, i) => (i === 0 ? 30 + x : x)));
      const shard = pooledShard(rows, 2);
      const query = rows[0]!.map((_, i) => (i === 0 ? -1 : 0));
      const expected = shard.kernel.search(shard.arena("n")!.head, query, 100, -1);
      ok(expected.length === 100 && expected[0]!.similarity < 0, "they are");
      for (let i = 0; i < 200; i++) equal(shard.search("n", query, 100, -1), expected);
      shard.kernel.close();
    });

    test("a helper that is never heard of again is not waited for", async () => {
      const rows = HOSTILE.anisotropic!(3000, DIMENSIONS, 9);
      const shard = pooledShard(rows, 2);
      const { head } = shard.arena("n")!;
      const thread = spawn();
      thread.post({ do: "join and vanish", memory: memoryOf(shard), pool: shard.kernel.pool!.address });
      ok("ready" in (await thread.next()), "it began");
      for (let i = 0, start = performance.now(); shard.kernel.pool !== undefined; i++) {
        const query = rows[i % rows.length]!;
        const expected = shard.kernel.search(head, query, 10, 0.2);
        equal(shard.search("n", query, 10, 0.2), expected);
        ok(performance.now() - start < LONGEST_MS, "it never joined");
      }
      await thread.end();
      for (const query of rows.slice(0, 50)) {
        equal(shard.search("n", query, 10, 0.2), shard.kernel.search(head, query, 10, 0.2));
      }
      shard.kernel.startHelpers(1);
      equal(shard.kernel.pool, undefined, "it stays alone");
    });

    test("helpers that are ended between searches change no answer", async () => {
      const rows = HOSTILE.anisotropic!(3000, DIMENSIONS, 10);
      let ended = 0;
      let givenUp = 0;
      for (let round = 0; round < 3; round++) {
        const shard = pooledShard(rows, 6);
        const { head } = shard.arena("n")!;
        const expected = rows.slice(0, 40).map((query) => shard.kernel.search(head, query, 10, 0.2));
        const search = (): void => {
          for (const [i, answer] of expected.entries()) equal(shard.search("n", rows[i]!, 10, 0.2), answer);
        };
        for (let i = 0; i < 20; i++) {
          search();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        for (const thread of [...shard.kernel.pool!.threads]) {
          if (shard.kernel.pool === undefined) break;
          thread.stop();
          ended++;
          for (let i = 0; i < 10; i++) {
            search();
            if (i % 3 === 2) await new Promise((resolve) => setTimeout(resolve));
          }
        }
        if (shard.kernel.pool === undefined) givenUp++;
        shard.kernel.close();
      }
      note(`${ended} helpers were ended, ${givenUp} of 3 pools given up`);
    });

    test("what is closed, cleared or outgrown leaves no thread behind", async () => {
      const rows = HOSTILE.anisotropic!(2200, DIMENSIONS, 11);
      const open = (): ExactIndex => {
        const index = new ExactIndex(DIMENSIONS, { threads: 3, helpFrom: HELP_FROM });
        rows.forEach((row, i) => {
          index.add(i + 1, "n", row);
        });
        return index;
      };
      const settled = async (): Promise<number> => {
        let now = threadsNow?.() ?? 0;
        for (let i = 0; i < 100; i++) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          const before = now;
          now = threadsNow?.() ?? 0;
          if (now === before && i > 5) break;
        }
        return now;
      };
      open().close(); // what a runtime starts once and keeps
      const before = await settled();
      for (let i = 0; i < 12; i++) {
        const index = open();
        if (i % 3 === 1) await new Promise((resolve) => setTimeout(resolve, 30));
        index.search("n", rows[0]!, 1, 0.5);
        if (i % 2 === 0) index.clear();
        else index.close();
      }
      const after = await settled();
      ok(after <= before + 1, `${before} threads before, ${after} after`);
    });
  };

/** Rows that have planes, and so many threads for them. */
function pooledShard(rows: readonly number[][], threads: number): Shard {
  const shard = new Shard(DIMENSIONS, { level: "simd-shared", helpers: threads - 1, helpFrom: rows.length });
  rows.forEach((row, i) => {
    shard.add(i + 1, "n", row);
  });
  const learning = learn(shard.kernel, shard.sample(200));
  let step = learning.next();
  while (!step.done) step = learning.next();
  shard.basis = step.value;
  for (const _ of shard.cover(1));
  ok(shard.arena("n")!.planes !== 0 && shard.kernel.pool !== undefined, "there are planes, and threads");
  return shard;
}

function memoryOf({ kernel }: Shard): WebAssembly.Memory {
  return kernel.share()!.memory;
}
