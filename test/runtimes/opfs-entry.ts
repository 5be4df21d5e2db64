// The tests of SQLite on OPFS, in a module worker. In a worker with "hold" in the query: it opens the store of that name,
// and closes it when told to.
import { opfsSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { run } from "../harness.ts";
import { type Holder, noOpfsTests, opfsTests } from "../unit/sqlite-opfs.test.ts";
import { loadSqlite3 } from "./opfs-module.ts";
import { postReport, reportOf } from "./page-report.ts";

const STARTS_IN_MS = 20_000;
const ATTEMPTS = 4;

const held = new URLSearchParams(location.search).get("hold");
if ("document" in globalThis) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = ({ message }) => {
    postReport(reportOf("worker", message));
  };
} else if (held !== null) {
  const store = sqliteStore(opfsSqlite(await loadSqlite3(), held));
  await store.open(IDENTITY);
  await putOne(store, { key: held });
  postMessage("opened");
  addEventListener("message", async () => {
    await store.close();
    postMessage("closed");
    close();
  });
} else {
  const suite = location.search.includes("opfs=none") ? noOpfsTests : opfsTests(await loadSqlite3(), hold);
  run({ "sqlite on OPFS": suite }).then(postReport, (error) => postReport(reportOf("worker", error)));
}

/** In Firefox a worker now and then never starts, once others were terminated: then it is another one that holds the store. */
async function hold(name: string): Promise<Holder> {
  for (let attempt = 1; ; attempt++) {
    const worker = new Worker(`${import.meta.url}?hold=${name}`, { type: "module" });
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, STARTS_IN_MS));
    const holder = await Promise.race([holderIn(worker), late]);
    if (holder !== undefined) return holder;
    worker.terminate();
    if (attempt === ATTEMPTS) throw new Error(`${attempt} workers did not start`);
  }
}

async function holderIn(worker: Worker): Promise<Holder> {
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data === word ? resolve() : reject(new Error(data)));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  await said("opened");
  return {
    async close() {
      const closed = said("closed");
      worker.postMessage("close");
      await closed;
    },
    terminate: () => worker.terminate(),
  };
}
