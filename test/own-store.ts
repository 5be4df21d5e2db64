import { equal, ok } from "./conformance/assert.ts";
import { testMemory } from "./conformance/memory.ts";
import { type OpenStore, testStore } from "./conformance/store.ts";
import { IDENTITY } from "./conformance/store-under-test.ts";

/** Optional in the protocol; in the stores of this repository it is not. */
const OURS = ["identify", "swapMeta"] as const;

/** What of memories shows how texts, numbers, conflicts and reopening pass through a client. */
const THROUGH_A_CLIENT = [
  "what is remembered comes back whole, and goes once when it is forgotten",
  "the id of a memory in another namespace is refused, and that memory is left as it is",
  "an id is any text, and no other",
  "tags and metadata are any texts, and are found by them",
  "times are any milliseconds",
  "what is recalled is not swept, by whomever",
  "links that several make at once are all there",
  "changes of one memory by two at once are all in it",
  "what one memory writes, another of the same store sees at once",
  "opened anew, a memory tells the same of everything",
];

/**
 * The conformance suites, for a store of this repository; and whether it promises to leave nothing in its files. `again`: another
 * place has shown what memories do on this store, so here only what depends on the client is shown.
 */
export function testOwnStore(
  test: (name: string, run: () => Promise<void>) => unknown,
  open: OpenStore,
  { scrubs = true, again = false }: { scrubs?: boolean; again?: boolean } = {},
): void {
  testStore(test, open);
  const memories = new Map<string, () => Promise<void>>();
  testMemory((name, run) => memories.set(name, run), open);
  for (const name of again ? THROUGH_A_CLIENT : memories.keys()) test(`memories: ${name}`, memories.get(name)!);
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
