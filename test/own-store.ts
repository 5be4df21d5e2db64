import { ok } from "./conformance/assert.ts";
import { type OpenStore, testStore } from "./conformance/store.ts";

/** Optional in the protocol; in the stores of this repository it is not. */
const OURS = ["identify", "swapMeta"] as const;

/** The conformance suite, for a store of this repository. */
export function testOwnStore(test: (name: string, run: () => Promise<void>) => unknown, open: OpenStore): void {
  testStore(test, open);
  test("it has what each of ours has", async () => {
    const made = await open();
    const under = "commit" in made ? { store: made, dispose: () => {} } : made;
    try {
      for (const method of OURS) ok(typeof under.store[method] === "function", `${under.store.name} has no ${method}`);
    } finally {
      await under.store.close();
      await under.dispose?.();
    }
  });
}
