// Runs the suite in a page, or in a module worker of it, and posts the report to the server the page came from.
import { run } from "../harness.ts";
import { EVERY_LEVEL, NO_WASM } from "../platform.ts";
import { suites } from "../suites.ts";
import { indexedDBTests } from "../unit/indexeddb.test.ts";
import { sqlJsBrowserTests } from "../unit/sqljs-browser.test.ts";
import { noOpfsTests } from "../unit/sqlite-opfs.test.ts";
import { postReport, reportOf } from "./page-report.ts";

const inWorker = !("document" in globalThis);
const parameters = new URLSearchParams(location.search);
const kernel = parameters.get("wasm") === "off" ? NO_WASM : EVERY_LEVEL;

if (parameters.get("in") === "worker" && !inWorker) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = ({ message }) => {
    postReport(reportOf("worker", message));
  };
} else {
  const withWasm = kernel === NO_WASM ? {} : { "sql.js": sqlJsBrowserTests };
  const elsewhere = inWorker ? {} : { "sqlite on OPFS": noOpfsTests };
  run({ ...suites({ kernel }), indexeddb: indexedDBTests, ...withWasm, ...elsewhere }).then(postReport, (error) => {
    postReport(reportOf("page", error));
  });
}
