import type { Awaitable, Store } from "../../src/index.ts";
import { testCommits } from "./store-commits.ts";
import { testEntries } from "./store-entries.ts";
import { testExpiry } from "./store-expiry.ts";
import { testFeed } from "./store-feed.ts";
import { testIdentity } from "./store-identity.ts";
import { testLifecycle } from "./store-lifecycle.ts";
import { testNamespaces } from "./store-namespaces.ts";
import { testOrder } from "./store-order.ts";
import { testOwnership } from "./store-ownership.ts";
import { testScrubs } from "./store-scrubs.ts";
import { testOpeningAtOnce, testSharing } from "./store-sharing.ts";
import { testSwaps } from "./store-swaps.ts";
import { type Check, IDENTITY, type StoreUnderTest } from "./store-under-test.ts";
import { testVersions } from "./store-versions.ts";

/** Checks that open the store themselves, and those that are given it open. */
const NEW = [testLifecycle, testIdentity, testOpeningAtOnce];
const OPEN = [
  testEntries,
  testCommits,
  testOwnership,
  testNamespaces,
  testOrder,
  testExpiry,
  testVersions,
  testFeed,
  testSharing,
  testSwaps,
  testScrubs,
];

/** Makes an empty store, not opened yet. A bare store is one whose data goes with it. */
export type OpenStore = () => Awaitable<Store | StoreUnderTest>;

/**
 * Checks that a store keeps the promises of the Store Protocol.
 *
 *     import { test } from "node:test"; // or any test runner's function of (name, run)
 *     testStore(test, () => myStore(emptyDatabase()));
 */
export function testStore(test: (name: string, run: () => Promise<void>) => unknown, open: OpenStore): void {
  const check =
    (opened: boolean): Check =>
    (name, run) => {
      test(name, async () => {
        const made = await open();
        const under: StoreUnderTest = "commit" in made ? { store: made } : made;
        try {
          if (opened) await under.store.open(IDENTITY);
          await run(under);
        } finally {
          await under.store.close();
          await under.dispose?.();
        }
      });
    };
  for (const checks of NEW) checks(check(false));
  for (const checks of OPEN) checks(check(true));
}
