import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import type { Change } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

/** Commits: large ones, those of writers that die or are slow, and what they leave behind. */
export const dynamodbCommitTests =
  (place: DynamoDBPlace): Suite =>
  (test) => {
    const stores = new Stores(place);
    const opened = stores.opened(test);

    opened("a large entry that is overwritten while it is read is one or the other", async (store, options) => {
      const other = dynamodbStore(options);
      await other.open(IDENTITY);
      const value = (i: number) => `${i % 10}`.repeat(420_000);
      await putOne(store, { value: value(0) });
      let over = false;
      const writing = (async () => {
        for (let i = 1; i <= 6; i++) await putOne(other, { value: value(i) });
        over = true;
      })();
      while (!over) {
        const read = (await store.get("n", "k"))!.value;
        ok(read === value(Number(read[0])), "of one piece");
      }
      await writing;
      await other.close();
    });

    opened("what no item can hold is refused before anything is written", async (store) => {
      await fails(
        () => store.commit([{ put: newEntry() }, { put: newEntry({ namespace: "n".repeat(60_000) }) }]),
        "argument",
      );
      equal([await store.count(), await store.version()], [0, 0]);
    });

    opened("a commit of more than one transaction's 100 actions, or 4 MB, is one commit", async (store) => {
      const puts = (count: number, value = ""): Change[] =>
        Array.from({ length: count }, (_, i) => ({
          put: newEntry({ key: `${i}`, value: `${value}${i}`, namespace: `${i % 3}` }),
        }));
      equal((await store.commit(puts(101))).version, 1);
      equal((await store.commit(puts(30, "x".repeat(150_000)))).version, 2);
      equal([await store.count(), (await store.get("1", "4"))!.value.length], [101, 150_001]);
      equal((await store.changesSince(1))!.puts.length, 30);
      await fails(
        () => store.commit([...puts(150), { put: newEntry({ namespace: "0", key: "0" }), when: "absent" }]),
        "conflict",
      );
      equal([await store.version(), (await store.get("0", "0"))!.value.length], [2, 150_001]);
      const ids = (await collect(store.scan())).map(({ id }) => id);
      await store.commit([{ touch: ids, at: 7000 }]);
      ok(
        (await store.getMany(ids)).every((entry) => entry?.hits === 1),
        "touched once",
      );
      equal([await store.version(), await store.clear(), await store.version()], [2, 101, 3]);
    });

    opened(
      "an expiry that is moved while what is expired is being removed is the one that counts",
      async (store, options) => {
        const ids = [
          await putOne(store, { key: "a", expiresAt: 10 }),
          await putOne(store, { key: "b", expiresAt: 10 }),
        ];
        let moved = false;
        const client = stores.watched(async (name) => {
          if (name !== "TransactWriteItems" || moved) return;
          moved = true;
          await store.commit([{ touch: [ids[0]!], at: 5, expiresAt: 20 }]);
        });
        const other = dynamodbStore(stores.options({ prefix: options.prefix, client }));
        await other.open(IDENTITY);
        equal([await other.removeExpired(10), moved], [[ids[1]!], true]);
        equal([(await store.get("n", "a"))?.expiresAt, await store.count()], [20, 1]);
        await other.close();
      },
    );

    opened("a writer that another is always faster than has its turn in the end", async (store, options) => {
      let [transactions, over] = [0, false];
      const client = stores.watched(async (name) => {
        if (name !== "TransactWriteItems") return;
        transactions++;
        await new Promise((resolve) => setTimeout(resolve, 60)); // in which the other commits
      });
      const slow = dynamodbStore(stores.options({ prefix: options.prefix, client }));
      await slow.open(IDENTITY);
      const fast = (async () => {
        for (; !over; ) await putOne(store, { key: "fast" });
      })();
      for (const key of ["a", "b"]) await putOne(slow, { key });
      over = true;
      await fast;
      ok(transactions <= 10, `${transactions} transactions`);
      equal(await store.count(), 3);
      await slow.close();
    });

    opened("a writer that dies in its turn does not keep the others from writing", async (store, options) => {
      await stores.send("UpdateItem", {
        TableName: options.table,
        Key: stores.stateOf(options),
        UpdateExpression: "SET turn = :t",
        ExpressionAttributeValues: { ":t": { S: "of one that has died" } },
      });
      equal(await putOne(store), 1);
      equal(await putOne(store, { key: "another" }), 2);
    });

    for (const [when, done] of [
      [1, false],
      [2, true],
      [3, true],
      [4, true],
    ] as const) {
      opened(
        `a large commit whose writer dies before its transaction ${when} happens ${done ? "whole" : "not at all"}`,
        async (store, options) => {
          await putOne(store, { key: "before", namespace: "m" });
          let transactions = 0;
          const client = stores.watched((name) => {
            if (name === "TransactWriteItems") transactions++;
            if (transactions >= when) throw new Error("the writer is dead");
          });
          const dying = dynamodbStore(stores.options({ prefix: options.prefix, client }));
          await dying.open(IDENTITY);
          const puts = Array.from({ length: 220 }, (_, i) => ({ put: newEntry({ key: `${i}` }) }));
          await fails(() => dying.commit([...puts, { touch: [1], at: 9000 }, { touch: [1], at: 9000 }]), "store");
          await dying.close();
          const other = dynamodbStore(options);
          await other.open(IDENTITY); // which ends it
          equal([await other.count(), await other.version()], done ? [221, 2] : [1, 1]);
          equal((await other.get("m", "before"))?.hits, done ? 2 : 0);
          equal((await collect(other.scan({ namespace: "n" }))).length, done ? 220 : 0);
          equal((await other.changesSince(1))?.puts.length, done ? 220 : 0);
          await putOne(store, { key: "after" });
          equal([await store.count("n"), await other.check()], [done ? 221 : 1, { ok: true }]);
          await other.close();
        },
      );
    }

    opened(
      "the feed is bounded: what it has forgotten is deleted, and undefined to ask for",
      async (store, options) => {
        const setVersion = (version: number) =>
          stores.send("UpdateItem", {
            TableName: options.table,
            Key: stores.stateOf(options),
            UpdateExpression: "SET version = :v",
            ExpressionAttributeValues: { ":v": { N: `${version}` } },
          });
        for (let i = 0; i < 3; i++) await putOne(store);
        equal(await stores.itemsIn(options, "feed"), 3);
        await setVersion(10_024);
        equal((await putOne(store)) > 0, true);
        equal(await stores.itemsIn(options, "feed"), 1, "that of the last commit");
        equal([await store.changesSince(3), await store.changesSince(24)], [undefined, undefined]);
        equal((await store.changesSince(10_024))?.puts.length, 1);
      },
    );
  };
