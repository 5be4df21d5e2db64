// The tests of SQLite on OPFS, in a module worker. In a worker with "hold" in the query: it opens the store of that name,
// and closes it when told to.
import { opfsSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import { run } from "../harness.ts";
import { type Holder, noOpfsTests, opfsTests } from "../unit/sqlite-opfs.test.ts";
import { loadSqlite3 } from "./opfs-module.ts";
import { postReport, reportOf } from "./page-report.ts";

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

async function hold(name: string): Promise<Holder> {
  const worker = new Worker(`${import.meta.url}?hold=${name}`, { type: "module" });
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
