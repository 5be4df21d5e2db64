import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { SharedReader } from "../../src/vectors/shared-reader.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { HOSTILE } from "../unit/hostile-rows.ts";
import type { Findings } from "./reader.ts";
import { newTrial } from "./trial.ts";
import type { Spawn, TestThread } from "./worker.ts";
import { Writer } from "./writer.ts";

const READERS = 3;
/** One index, from its first row on. */
const TRIAL_MS = 6000;
const BURST_MS = 100;

/** Readers in threads of their own while one thread writes. `note` is told what was done. */
export const readersTests =
  (spawn: Spawn, seconds: number, note: (text: string) => void): Suite =>
  (test) => {
    test(`F29 for ${seconds} s every answer is that of every row of one version`, async () => {
      const threads = Array.from({ length: READERS }, spawn);
      const all: Findings = { searches: 0, compared: 0, meanwhile: 0, wrong: [] };
      let changes = 0;
      let megabytes = 0;
      const start = performance.now();
      try {
        for (let round = 0; performance.now() - start < 1000 * seconds - TRIAL_MS / 2; round++) {
          const made = await oneTrial(threads, round, all);
          changes += made.changes;
          megabytes = Math.max(megabytes, made.bytes / 2 ** 20);
          ok(all.wrong.length === 0, `${all.wrong.length} wrong answers; ${all.wrong.join("\n")}`);
        }
      } finally {
        await Promise.all(threads.map((thread) => thread.end()));
      }
      const took = (performance.now() - start) / 1000;
      const rate = Math.round(all.searches / took);
      note(
        `${all.searches} answers checked (${rate} a second) with ${all.compared} entries, during ${changes} changes, ` +
          `${(all.meanwhile / all.searches).toFixed(1)} of them in the course of a search; up to ${Math.round(megabytes)} MiB`,
      );
      ok(all.searches > 100 * seconds && all.meanwhile > 0, "too few searches to mean anything");
    });

    test("a reader that ends in the middle of a search holds memory back until its place is taken back", async () => {
      const rows = HOSTILE.anisotropic!(4000, 128, 5);
      for (let round = 0; round < 2; round++) {
        const index = new ExactIndex(128, { level: "simd-shared" });
        rows.forEach((row, i) => {
          index.add(i + 1, "n", row);
        });
        const overwrite = (): number => {
          const before = index.bytes;
          for (let i = 0; i < 8000; i++) index.add(1 + (i % 4000), "n", rows[(i * 7) % 4000]!);
          return index.bytes - before;
        };
        overwrite(); // room for what waits between two changes
        const thread = spawn();
        const shared = index.share();
        thread.post({ do: "stay in a search", shared, namespace: "n", query: Float32Array.from(rows[0]!) });
        ok("ready" in (await thread.next()), "the reader is in the middle of a search");
        await thread.end();
        ok(overwrite() > 2 ** 20, "what it may be looking at is kept");
        ok(index.unshare(shared), "its place was taken");
        ok(!index.unshare(shared), "and is no more");
        overwrite();
        const { bytes } = index;
        for (let i = 0; i < 3; i++) overwrite();
        equal(index.bytes, bytes, "memory is used again");
        equal(index.search("n", rows[7]!, 1, 0.9)[0]?.similarity.toFixed(5), "1.00000");
      }
    });

    test("a reader whose place was taken back while it lived disturbs none that comes after it", async () => {
      const rows = HOSTILE.anisotropic!(500, 128, 6);
      const index = new ExactIndex(128, { level: "simd-shared" });
      rows.forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      const thread = spawn();
      const shared = index.share();
      const turn = new Int32Array(new SharedArrayBuffer(4));
      thread.post({ do: "outlive a search", shared, namespace: "n", query: Float32Array.from(rows[0]!), turn });
      ok("ready" in (await thread.next()), "the reader is in the middle of a search");
      ok(index.unshare(shared), "its place was taken");
      const readers = Array.from({ length: 32 }, () => new SharedReader(index.share())); // one of them has its place
      const query = rows[9]!;
      const expected = index.search("n", query, 20, -1);
      for (const reader of readers) {
        let asked = 0;
        const found = reader.search("n", query, 20, -1, () => {
          if (asked++ === 3 && reader === readers.at(-1)) {
            Atomics.store(turn, 0, 1);
            Atomics.notify(turn, 0);
            const start = performance.now();
            while (Atomics.load(turn, 0) === 1 && performance.now() - start < 20_000);
          }
          return true;
        });
        equal(found, expected);
      }
      equal(Atomics.load(turn, 0), 2, "it was told");
      for (const reader of readers) reader.close();
      // What was taken back is used again in the end: so many ended threads cost no more memory.
      const round = (): void => {
        for (let i = 0; i < 40; i++) {
          const one = index.share();
          new SharedReader(one);
          ok(index.unshare(one), "it was there");
        }
      };
      round();
      const { bytes } = index;
      for (let i = 0; i < 3; i++) round();
      equal(index.bytes, bytes);
      await thread.end();
    });

    test("a place is for one reader, and comes free when it closes or is taken back", async () => {
      const index = new ExactIndex(3, { level: "simd-shared" });
      index.add(1, "n", [1, 0, 0]);
      const shared = index.share();
      const reader = new SharedReader(shared);
      await fails(() => new SharedReader(shared), "conflict");
      equal(reader.search("n", [1, 0, 0], 1, 0.5), [{ id: 1, similarity: 1 }]);
      reader.close();
      reader.close();
      await fails(() => reader.search("n", [1, 0, 0], 1, 0.5), "closed");
      await fails(() => new SharedReader(shared), "conflict");
      ok(!index.unshare(shared), "it had closed");

      const expelled = index.share();
      const other = new SharedReader(expelled);
      ok(index.unshare(expelled), "its place is taken back");
      await fails(() => other.search("n", [1, 0, 0], 1, 0.5), "closed");
      other.close();

      const all = Array.from({ length: 32 }, () => index.share());
      await fails(() => index.share(), "unsupported");
      const codes = new ExactIndex(128, { level: "simd-shared", resident: "codes" }); // its rows will go elsewhere
      await fails(() => codes.share(), "unsupported");
      const readers = all.map((one) => new SharedReader(one));
      for (const one of readers) equal(one.search("n", [1, 0, 0], 1, 0.5).length, 1);
      for (const one of readers) one.close();
      for (let i = 0; i < 100; i++) new SharedReader(index.share()).close();
      const { bytes } = index;
      for (let i = 0; i < 100; i++) ok(index.unshare(index.share()), "given out, and never used");
      equal(index.bytes, bytes);
    });

    test("names of every kind are told apart, and versions tell which rows two searches saw", () => {
      const index = new ExactIndex(3, { level: "simd-shared" });
      const names = [
        "",
        "a",
        "a\0",
        "a\0b",
        "\ud800",
        "\udc00",
        "\ufffd",
        "__proto__",
        "é",
        "e\u0301",
        "x".repeat(70_000),
      ];
      index.add(1, names[0]!, [1, 0, 0]); // before anybody shares
      const reader = new SharedReader(index.share());
      for (const [i, name] of names.entries()) index.add(i + 1, name, [1, 0, 0]);
      for (const [i, name] of names.entries()) {
        equal(
          reader.search(name, [1, 0, 0], 5, 0.5).map(({ id }) => id),
          [i + 1],
        );
      }
      equal(reader.search("constructor", [1, 0, 0], 5, -1), []);
      const { version } = reader;
      equal([reader.search("a", [1, 0, 0], 5, -1).length, reader.version], [1, version]);
      const { bytes } = index;
      for (let i = 0; i < 2000; i++) {
        index.clear("a");
        equal(reader.search("a", [1, 0, 0], 5, -1), []);
        index.add(2, "a", [1, 0, 0]);
        equal(reader.search("a", [1, 0, 0], 5, -1).length, 1);
      }
      equal([reader.version, index.bytes], [version + 4000, bytes]);
      index.clear();
      for (const name of names) equal(reader.search(name, [1, 0, 0], 5, -1), []);
    });
  };

async function oneTrial(
  threads: readonly TestThread[],
  round: number,
  all: Findings,
): Promise<{ changes: number; bytes: number }> {
  const { trial, vectorOf } = newTrial(round + 1);
  const writer = new Writer(trial, vectorOf, threads.length, round);
  const begin = async (reader: number): Promise<void> => {
    threads[reader]!.post({ do: "check", shared: writer.share(), trial, reader });
    const told = await threads[reader]!.next();
    ok("ready" in told, `the reader began: ${JSON.stringify(told)}`);
  };
  const change = async (ms: number): Promise<void> => {
    for (const start = performance.now(); performance.now() - start < ms; ) {
      const burst = performance.now();
      while (performance.now() - burst < BURST_MS) for (let i = 0; i < 64; i++) writer.change();
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  await begin(0);
  writer.fill();
  await begin(1);
  await change(TRIAL_MS / 4);
  await begin(2);
  let grown = 0;
  for (const _ of writer.grow()) {
    for (let i = 0; i < 8; i++) writer.change();
    if (++grown % 64 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await change(TRIAL_MS / 4);
  for (let i = 0; i < 5; i++) {
    writer.refillAll();
    await change(TRIAL_MS / 20);
  }
  Atomics.store(trial.over, 0, 1);
  for (const thread of threads) {
    const told = await thread.next();
    ok("findings" in told, JSON.stringify(told));
    const { searches, compared, meanwhile, wrong } = told.findings;
    all.searches += searches;
    all.compared += compared;
    all.meanwhile += meanwhile;
    all.wrong.push(...wrong);
  }
  return { changes: writer.changes, bytes: writer.index.bytes };
}
