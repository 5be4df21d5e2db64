import type { Entry, ScanOptions, Store } from "mneme";
import { Shown } from "./progress.ts";

const PAGE = 500;

/** Every entry in turn, with a pause now and then: a store that answers at once would not let Ctrl-C through. */
export async function* reading(
  store: Store,
  signal: AbortSignal,
  options: ScanOptions = {},
): AsyncGenerator<Entry, void, undefined> {
  const shown = new Shown();
  let read = 0;
  try {
    for await (const entry of store.scan(options)) {
      yield entry;
      if (++read % PAGE !== 0) continue;
      shown.tell(() => `${read} entries read`);
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
  } finally {
    shown.end();
  }
}
