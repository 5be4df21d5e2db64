import type { CommitResult, Store } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, IDENTITY, newEntry, putOne, together } from "./store-under-test.ts";

// Two stores open on the same data, each committing while the other does. A store that can only be one is both of them.

export function testSharing(check: Check): void {
  check("what one store commits, another reads at once", async (under) => {
    await together(under, async (a, b) => {
      const id = await putOne(a, { value: "1" });
      equal((await b.get("n", "k"))?.value, "1");
      await b.commit([{ put: newEntry({ value: "2" }) }, { touch: [id], at: 7000 }]);
      const entry = (await a.get("n", "k"))!;
      equal([entry.value, entry.hits, entry.id], ["2", 1, id]);
      await a.setMeta("m", "v");
      equal([await b.getMeta("m"), await b.version(), await b.count()], ["v", 2, 1]);
      equal((await b.changesSince(1))?.puts, [entry]);
      equal(await a.clear(), 1);
      equal([await b.count(), await b.get("n", "k"), await b.oldest(9)], [0, undefined, []]);
      ok((await putOne(b)) > id, "nor is an id of the other's used again");
    });
  });

  check("commits at once in two stores happen one after the other", async (under) => {
    await together(under, async (a, b) => {
      const commit = async (i: number): Promise<CommitResult> =>
        (i % 2 === 0 ? a : b).commit([{ put: newEntry({ key: `${i}` }) }, { put: newEntry({ key: `${i}+` }) }]);
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => commit(i)));
      const numbers = (list: number[]) => list.sort((x, y) => x - y);
      equal(
        numbers(results.map(({ version }) => version)),
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      equal(new Set(results.flatMap(({ applied }) => applied.flat())).size, 40);
      equal([await a.count(), await b.count(), await a.version()], [40, 40, 20]);
    });
  });

  check("F17 two stores writing one key make one row", async (under) => {
    await together(under, async (a, b) => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, i) => putOne(i % 2 === 0 ? a : b, { value: String(i) })),
      );
      equal([new Set(ids).size, await a.count(), await b.version()], [1, 1, 20]);
      equal(await a.get("n", "k"), await b.get("n", "k"));
    });
  });

  check("of many that put what is absent, one does", async (under) => {
    await together(under, async (a, b) => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          try {
            await (i % 2 === 0 ? a : b).commit([{ put: newEntry({ value: `${i}` }), when: "absent" }]);
            return i;
          } catch (error) {
            return (error as { code?: string }).code;
          }
        }),
      );
      const winners = outcomes.filter((outcome) => typeof outcome === "number");
      equal([winners.length, outcomes.filter((outcome) => outcome === "conflict").length], [1, 9]);
      equal([(await a.get("n", "k"))?.value, await b.version()], [`${winners[0]}`, 1]);
    });
  });

  check("counting by revision loses no count", async (under) => {
    await together(under, async (a, b) => {
      await putOne(a, { value: "0" });
      const countUp = async (store: Store): Promise<void> => {
        for (let counted = 0; counted < 8; ) {
          const { value, revision } = (await store.get("n", "k"))!;
          try {
            await store.commit([{ put: newEntry({ value: `${Number(value) + 1}` }), when: { revision } }]);
            counted++;
          } catch (error) {
            equal((error as { code?: string }).code, "conflict");
          }
        }
      };
      await Promise.all([countUp(a), countUp(b)]);
      equal((await a.get("n", "k"))?.value, "16");
    });
  });

  check("touches of two stores all count, and each expired entry goes once", async (under) => {
    await together(under, async (a, b) => {
      const puts = Array.from({ length: 30 }, (_, i) => ({ put: newEntry({ key: `${i}`, expiresAt: 2000 }) }));
      const ids = (await a.commit(puts)).applied.map(([id]) => id!);
      await Promise.all([a, b, a, b].map((store) => store.commit([{ touch: ids, at: 1500 }])));
      equal((await a.getMany(ids)).filter((entry) => entry?.hits === 4).length, 30);
      const removed = await Promise.all([a, b].map((store) => store.removeExpired(2000)));
      equal(removed.flat().sort(), [...ids].sort());
      equal(await b.version(), 2);
    });
  });

  check("closing one leaves the other", async (under) => {
    await together(under, async (a, b) => {
      if (a === b) return;
      await putOne(a);
      await a.close();
      equal((await b.get("n", "k"))?.value, '"value"');
      await putOne(b, { key: "after" });
    });
  });
}

export function testOpeningAtOnce(check: Check): void {
  check("of two that open a new store at once for different embedders, one wins", async ({ store, another, alone }) => {
    if (another === undefined || alone) return;
    const other = await another();
    try {
      const opening = async (store: Store, fingerprint: string) => store.open({ ...IDENTITY, fingerprint });
      const [first, second] = await Promise.allSettled([opening(store, "first"), opening(other, "second")]);
      equal([first.status, second.status].sort(), ["fulfilled", "rejected"]);
      const [winner, loser] = first.status === "fulfilled" ? [store, other] : [other, store];
      await fails(() => loser.count(), "closed");
      const stamped = winner === store ? "first" : "second";
      await fails(() => winner.open(IDENTITY), "fingerprint");
      await loser.open({ ...IDENTITY, fingerprint: stamped });
      equal([await putOne(winner), await loser.version()].length, 2);
    } finally {
      await other.close();
    }
  });

  check("F17 F15 two may open a new store at once for one embedder", async ({ store, another, alone }) => {
    if (another === undefined || alone) return;
    const other = await another();
    try {
      await Promise.all([store.open(IDENTITY), other.open(IDENTITY)]);
      await putOne(store);
      equal([await other.version(), await other.count()], [1, 1]);
    } finally {
      await other.close();
    }
  });
}
