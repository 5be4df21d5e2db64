import { equal } from "./assert.ts";
import { testMemoryBelief } from "./memory-belief.ts";
import { testMemoryDocuments } from "./memory-documents.ts";
import { testMemoryFilters } from "./memory-filters.ts";
import { testMemoryFinding } from "./memory-finding.ts";
import { testMemoryHandoffs } from "./memory-handoffs.ts";
import { testMemoryLasting } from "./memory-lasting.ts";
import { testMemoryLineage } from "./memory-lineage.ts";
import { testMemoryPieces } from "./memory-pieces.ts";
import { testMemoryPlaces } from "./memory-places.ts";
import { testMemoryRaces } from "./memory-races.ts";
import { testMemoryRepair } from "./memory-repair.ts";
import { testMemorySharing } from "./memory-sharing.ts";
import { testMemoryStrings } from "./memory-strings.ts";
import { testMemoryTime } from "./memory-time.ts";
import { type MemoryCheck, MemoryUnderTest } from "./memory-under-test.ts";
import { testMemoryWriting } from "./memory-writing.ts";
import type { OpenStore } from "./store.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

const CHECKS = [
  testMemoryWriting,
  testMemoryStrings,
  testMemoryFinding,
  testMemoryFilters,
  testMemoryLineage,
  testMemoryTime,
  testMemoryBelief,
  testMemoryDocuments,
  testMemoryRepair,
  testMemoryPieces,
  testMemoryPlaces,
  testMemoryHandoffs,
  testMemorySharing,
  testMemoryRaces,
  testMemoryLasting,
];

/**
 * Checks that an AgentMemory on a store does what it promises: what `testStore` checks of a store by itself has to suffice for it.
 *
 *     import { test } from "node:test"; // or any test runner's function of (name, run)
 *     testMemory(test, () => myStore(emptyDatabase()));
 */
export function testMemory(test: (name: string, run: () => Promise<void>) => unknown, open: OpenStore): void {
  const check: MemoryCheck = (name, run) => {
    test(name, async () => {
      const made = await open();
      const store: StoreUnderTest = "commit" in made ? { store: made } : made;
      const under = new MemoryUnderTest(store);
      try {
        await run(under);
        await under.settled();
        equal(under.unexpected(), [], "nothing failed behind the scenes");
      } finally {
        await under.close();
        await store.store.close();
        await store.dispose?.();
      }
    });
  };
  for (const checks of CHECKS) checks(check);
}
