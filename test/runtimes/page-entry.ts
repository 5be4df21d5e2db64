// Runs the suite in a page, or in a module worker of it, and posts the report to the server the page came from.
import { run, type Suite } from "../harness.ts";
import { EVERY_LEVEL, NO_WASM } from "../platform.ts";
import { suites } from "../suites.ts";
import { checkpointIndexedDBTests } from "../unit/checkpoint-indexeddb.test.ts";
import { indexedDBTests } from "../unit/indexeddb.test.ts";
import { indexedDBFailureTests, sandboxedTests } from "../unit/indexeddb-failures.test.ts";
import { indexedDBQuotaTests } from "../unit/indexeddb-quota.test.ts";
import { serveTab, tabTests } from "../unit/indexeddb-tabs.test.ts";
import { noOpfsTests } from "../unit/sqlite-opfs.test.ts";
import { sqlJsBrowserTests } from "../unit/sqljs-browser.test.ts";
import { postReport, reportOf } from "./page-report.ts";

const inWorker = !("document" in globalThis);
const parameters = new URLSearchParams(location.search);
const kernel = parameters.get("wasm") === "off" ? NO_WASM : EVERY_LEVEL;

const noSharing = parameters.get("sharing") === "none";

/** What runs in places of their own. */
const SUITES: Record<string, Record<string, Suite>> = {
  "first tab": { tabs: tabTests },
  "full storage": { quota: indexedDBQuotaTests },
};

if (parameters.get("in") === "worker" && !inWorker) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = ({ message }) => {
    postReport(reportOf("worker", message));
  };
} else if (parameters.get("in") === "frame") {
  run({ "sandboxed frame": sandboxedTests }).then((result) => parent.postMessage(result, "*"));
} else if (parameters.get("in") === "second tab") {
  serveTab();
} else {
  const all: Record<string, Suite> = SUITES[parameters.get("in") ?? ""] ?? {
    ...suites({ kernel, hnsw: kernel !== NO_WASM, again: inWorker || parameters.get("again") === "yes", noSharing }),
    ...(kernel === NO_WASM ? {} : storages()),
  };
  run(all, parameters.get("only") ?? "").then(postReport, (error) => {
    postReport(reportOf("page", error));
  });
}

/** What a browser keeps things in, which has nothing to do with whether WebAssembly is forbidden. */
function storages(): Record<string, Suite> {
  return {
    indexeddb: indexedDBTests,
    "checkpoint of indexeddb": checkpointIndexedDBTests,
    "indexeddb failures": indexedDBFailureTests,
    "sql.js": sqlJsBrowserTests,
    ...(inWorker ? {} : { "sqlite on OPFS": noOpfsTests }),
  };
}
