import { equal, ok } from "./conformance/assert.ts";
import { type OpenStore, testStore } from "./conformance/store.ts";
import { IDENTITY } from "./conformance/store-under-test.ts";

/** Optional in the protocol; in the stores of this repository it is not. */
const OURS = ["identify", "swapMeta"] as const;

/** The conformance suite, for a store of this repository; and whether it promises to leave nothing in its files. */
export function testOwnStore(
  test: (name: string, run: () => Promise<void>) => unknown,
  open: OpenStore,
  { scrubs = true }: { scrubs?: boolean } = {},
): void {
  testStore(test, open);
  test("it has what each of ours has", async () => {
    const made = await open();
    const under = "commit" in made ? { store: made, dispose: () => {} } : made;
    try {
      for (const method of OURS) ok(typeof under.store[method] === "function", `${under.store.name} has no ${method}`);
      await under.store.open(IDENTITY);
      equal(under.store.scrub !== undefined, scrubs, "whether it has scrub");
    } finally {
      await under.store.close();
      await under.dispose?.();
    }
  });
}
