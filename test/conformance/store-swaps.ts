import type { Store } from "../../src/index.ts";
import { equal } from "./assert.ts";
import { HAIRS, HOSTILE } from "./store-entries.ts";
import { type Check, putOne, reopened, type StoreUnderTest, together } from "./store-under-test.ts";

/** Alike to whoever ends a text at its first NUL, or has one character for all that is none. */
const ENDS = ["a", "a\u0000", "a\u0000b", "\ud83d", "\ud83e", "\ufffd"];

/** The method is optional. */
export function testSwaps(check: Check): void {
  const swapping = (name: string, run: (under: StoreUnderTest, swap: Swap) => unknown): void =>
    check(name, async (under) => {
      if (under.store.swapMeta !== undefined) await run(under, swapIn(under.store));
    });

  swapping(
    "swapMeta sets a value that is as expected, tells whether it did, and else changes nothing",
    async (under, swap) => {
      const { store } = under;
      const value = () => store.getMeta("m");
      equal([await swap("m", "1", "2"), await swap("m", "", "2"), await value()], [false, false, undefined]);
      equal([await swap("m", undefined, "1"), await value()], [true, "1"]);
      equal([await swap("m", undefined, "2"), await value()], [false, "1"]);
      equal([await swap("m", "2", "3"), await value()], [false, "1"]);
      equal([await swap("m", "1", "2"), await value()], [true, "2"]);
      equal([await swap("m", "1", "3"), await value()], [false, "2"]);
      equal([await swap("m", "2", "2"), await value()], [true, "2"], "by itself");
      await store.setMeta("m", "3");
      equal([await swap("m", "2", "4"), await swap("m", "3", "4"), await value()], [false, true, "4"]);
      equal(await store.getMeta("n"), undefined, "nor is there another");
    },
  );

  swapping("swapMeta: an empty value is one", async ({ store }, swap) => {
    await store.setMeta("m", "");
    equal([await swap("m", undefined, "1"), await store.getMeta("m")], [false, ""]);
    equal([await swap("m", "", "1"), await store.getMeta("m")], [true, "1"]);
    equal([await swap("m", "1", ""), await store.getMeta("m")], [true, ""]);
    equal([await swap("", undefined, ""), await store.getMeta("")], [true, ""]);
  });

  swapping(
    "swapMeta leaves entries and the version as they are, and clear leaves what it set",
    async ({ store }, swap) => {
      await putOne(store);
      const before = [await store.get("n", "k"), await store.version(), await store.changesSince(0)];
      equal(
        [await swap("m", undefined, "1"), await swap("m", "1", "2"), await swap("m", "1", "3")],
        [true, true, false],
      );
      equal([await store.get("n", "k"), await store.version(), await store.changesSince(0)], before);
      await store.clear();
      equal([await swap("m", undefined, "4"), await swap("m", "2", "5")], [false, true]);
    },
  );

  swapping("swapMeta under any key, on which no other runs", async ({ store }, swap) => {
    for (const [i, key] of HOSTILE.entries()) equal(await swap(key, undefined, `${i}`), true, JSON.stringify(key));
    for (const [i, key] of HOSTILE.entries()) {
      equal([await swap(key, `${i + 1}`, "other"), await store.getMeta(key)], [false, `${i}`], JSON.stringify(key));
    }
  });

  swapping("swapMeta takes values that differ by a hair for different ones", async ({ store }, swap) => {
    const values = [...HOSTILE, ...HAIRS, ...ENDS];
    await store.setMeta("m", values[0]!);
    for (const [i, value] of values.entries()) {
      const next = values[(i + 1) % values.length]!;
      const told = [await swap("m", next, "wrong"), await swap("m", value, next), (await store.getMeta("m")) === next];
      equal(told, [false, true, true], JSON.stringify([value, next]).slice(0, 80));
    }
  });

  swapping("swapMeta compares values of 300 KB to their ends", async ({ store }, swap) => {
    const [a, b] = ["a", "b"].map((end) => "é".repeat(153_600) + end) as [string, string];
    equal([await swap("m", undefined, a), await swap("m", b, "wrong"), await swap("m", a, b)], [true, false, true]);
    equal((await store.getMeta("m")) === b, true);
  });

  swapping("what swapMeta set is there after reopening, where the store lasts", async (under, swap) => {
    equal([await swap("m", undefined, "1"), await swap("m", "1", "2")], [true, true]);
    await reopened(under, async (store) => {
      equal([await store.getMeta("m"), await swapIn(store)("m", undefined, "3")], ["2", false]);
      equal([await swapIn(store)("m", "2", "3"), await store.getMeta("m")], [true, "3"]);
    });
  });

  swapping("of many that swap from the same value at once, in two stores, one does", async (under) => {
    await together(under, async (a, b) => {
      for (const before of [undefined, "0"]) {
        const key = `from ${before}`;
        if (before !== undefined) await a.setMeta(key, before);
        const swaps = Array.from({ length: 10 }, (_, i) => swapIn(i % 2 === 0 ? a : b)(key, before, `by ${i}`));
        const winners = (await Promise.all(swaps)).flatMap((done, i) => (done ? [`by ${i}`] : []));
        equal([winners.length, await a.getMeta(key), await b.getMeta(key)], [1, winners[0], winners[0]], key);
      }
    });
  });

  swapping("counting by swaps in two stores loses no count", async (under) => {
    await together(under, async (a, b) => {
      const countUp = async (store: Store): Promise<void> => {
        for (let counted = 0; counted < 8; ) {
          const before = await store.getMeta("m");
          if (await swapIn(store)("m", before, `${Number(before ?? 0) + 1}`)) counted++;
        }
      };
      await Promise.all([a, b, a, b].map(countUp));
      equal([await a.getMeta("m"), await b.getMeta("m")], ["32", "32"]);
    });
  });
}

type Swap = (key: string, before: string | undefined, after: string) => Promise<boolean>;

function swapIn(store: Store): Swap {
  return async (key, before, after) => store.swapMeta!(key, before, after);
}
