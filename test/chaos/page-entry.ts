// A page whose browser is meant to be killed: its worker first checks what the ones before it told the server is stored, then
// stores more and more in every store at once, telling the server each commit once the store has acknowledged it.

import initSqlJs from "sql.js";
import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { indexedDBImage, opfsSqlite, sqliteStore, sqlJs } from "../../adapters/stores/sqlite-index.ts";
import type { Awaitable, Store } from "../../src/index.ts";
import { loadSqlite3 } from "../runtimes/opfs-module.ts";
import { IDENTITY, keysOf, putsOf, verify } from "./entries.ts";

const STORES: Record<string, () => Awaitable<Store>> = {
  indexeddb: () => indexedDBStore("chaos"),
  "sqlite on OPFS": async () => sqliteStore(opfsSqlite(await loadSqlite3(), "chaos")),
  "sql.js in IndexedDB": async () => {
    const SQL = await initSqlJs({ locateFile: (file: string) => `/${file}` });
    return sqliteStore(sqlJs(SQL, indexedDBImage("chaos-image")));
  },
};

const round = new URLSearchParams(location.search).get("round")!;
const tell = (path: string, what: unknown): Promise<Response> =>
  fetch(path, { method: "POST", body: JSON.stringify(what) });

if ("document" in globalThis) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = ({ message }) => {
    tell("/wrong", message);
  };
} else {
  live().catch((error) => tell("/wrong", `${error}\n${error.stack}`));
}

async function live(): Promise<void> {
  const acknowledged = (await (await fetch("/acknowledged")).json()) as Record<string, string[]>;
  const stores: [string, Store][] = [];
  for (const [name, make] of Object.entries(STORES)) {
    const store = await make();
    await store.open(IDENTITY);
    await verify(store, acknowledged[name] ?? []).catch((error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    stores.push([name, store]);
  }
  await tell("/ready", Object.keys(STORES));
  if (round !== "last") await Promise.all(stores.map(([name, store]) => write(name, store)));
}

async function write(name: string, store: Store): Promise<never> {
  for (let i = 0; ; i++) {
    const keys = keysOf(round, i);
    await store.commit(putsOf(keys));
    await tell("/acknowledged", { store: name, keys });
    if (i % 7 === 6) await store.commit([{ touch: await store.oldest(5), at: i }]);
  }
}
