import { testIndexChanges } from "./index-changes.ts";
import { testIndexFilters } from "./index-filters.ts";
import { testIndexNamespaces } from "./index-namespaces.ts";
import { testIndexSearching } from "./index-searching.ts";
import type { IndexCheck, IndexTestOptions, MakeIndex } from "./index-under-test.ts";

export type { IndexTestOptions, MakeIndex };

/**
 * Checks that an index keeps what VectorIndex promises. One that is not exact may miss some of the nearest where there
 * are many; all else holds for it too.
 *
 *     import { test } from "node:test"; // or any test runner's function of (name, run)
 *     testIndex(test, ({ dimensions }) => new MyIndex(dimensions));
 */
export function testIndex(
  test: (name: string, run: () => Promise<void>) => unknown,
  make: MakeIndex,
  options: IndexTestOptions = {},
): void {
  const check: IndexCheck = (name, dimensions, run) => {
    test(name, async () => {
      const index = await make({ dimensions });
      try {
        await run(index);
      } finally {
        index.close?.();
        index.close?.(); // twice is fine
      }
    });
  };
  testIndexChanges(check);
  testIndexSearching(check, options);
  testIndexNamespaces(check);
  testIndexFilters(check);
}
