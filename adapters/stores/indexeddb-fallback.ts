import { type Awaitable, type Identity, MnemeError, memoryStore, type Store } from "../../src/index.ts";

/** Greater than any id or version of a database: what was known of it must not be taken for what is in memory now. */
const BEYOND = 2 ** 40;

/** `first`, or memory: when `first` cannot be opened because the browser refuses storage, and when it loses its database. */
export function orMemory(first: Store & { readonly lost: boolean }): Store {
  let current: Store = first;
  let opened: Identity | undefined;
  const store = (): Store => {
    if (current === first && opened !== undefined && first.lost) {
      current = memoryStore(BEYOND);
      void current.open(opened); // memory opens at once
    }
    return current;
  };
  const open = async (identity: Identity): Promise<void> => {
    try {
      await store().open(identity);
    } catch (error) {
      if (current !== first || !(error instanceof MnemeError) || error.code !== "store") throw error;
      current = memoryStore(BEYOND);
      await current.open(identity);
    }
    opened = { ...identity };
  };
  const identify = async (): Promise<Identity | undefined> => {
    try {
      return await store().identify?.();
    } catch (error) {
      if (current !== first || !(error instanceof MnemeError) || error.code !== "store") throw error;
      return undefined; // what memory in its place would say
    }
  };
  const close = async (): Promise<void> => {
    await first.close();
    await current.close();
  };
  return new Proxy(first, {
    get(_, member: keyof Store): unknown {
      if (member === "open") return open;
      if (member === "identify") return identify;
      if (member === "close") return close;
      const from = store();
      const value: unknown = from[member];
      return typeof value === "function" ? (value.bind(from) as (...args: unknown[]) => Awaitable<unknown>) : value;
    },
  });
}
