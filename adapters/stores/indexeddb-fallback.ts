import { type Awaitable, type Identity, MnemeError, memoryStore, type Store } from "../../src/index.ts";

/** `first`, or memory when `first` cannot be opened because the browser refuses storage. */
export function orMemory(first: Store): Store {
  let current = first;
  const open = async (identity: Identity): Promise<void> => {
    try {
      await current.open(identity);
    } catch (error) {
      if (current !== first || !(error instanceof MnemeError) || error.code !== "store") throw error;
      current = memoryStore();
      await current.open(identity);
    }
  };
  return new Proxy(first, {
    get(_, member: keyof Store): unknown {
      if (member === "open") return open;
      const value: unknown = current[member];
      return typeof value === "function" ? (value.bind(current) as (...args: unknown[]) => Awaitable<unknown>) : value;
    },
  });
}
