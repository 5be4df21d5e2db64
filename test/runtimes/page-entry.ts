// Runs the suite in a page, or in a module worker of it, and posts the report to the server the page came from.
import { type Report, run, type Suite } from "../harness.ts";
import { EVERY_LEVEL, NO_WASM } from "../platform.ts";
import { suites } from "../suites.ts";
import { indexedDBTests } from "../unit/indexeddb.test.ts";
import { indexedDBFailureTests, sandboxedTests } from "../unit/indexeddb-failures.test.ts";
import { indexedDBQuotaTests } from "../unit/indexeddb-quota.test.ts";
import { serveTab, tabTests } from "../unit/indexeddb-tabs.test.ts";

const inWorker = !("document" in globalThis);
const parameters = new URLSearchParams(location.search);
const kernel = parameters.get("wasm") === "off" ? NO_WASM : EVERY_LEVEL;

/** What runs in places of their own. */
const SUITES: Record<string, Record<string, Suite>> = {
  "first tab": { tabs: tabTests },
  "full storage": { quota: indexedDBQuotaTests },
};

if (parameters.get("in") === "worker" && !inWorker) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = (event) => {
    report({ passed: 0, failed: [{ name: "worker", error: event.message }] });
  };
} else if (parameters.get("in") === "frame") {
  run({ "sandboxed frame": sandboxedTests }).then((result) => parent.postMessage(result, "*"));
} else if (parameters.get("in") === "second tab") {
  serveTab();
} else {
  const all: Record<string, Suite> = SUITES[parameters.get("in") ?? ""] ?? {
    ...suites({ kernel }),
    indexeddb: indexedDBTests,
    "indexeddb failures": indexedDBFailureTests,
  };
  run(all, parameters.get("only") ?? "").then(report, (error) => {
    report({ passed: 0, failed: [{ name: "page", error: String(error) }] });
  });
}

function report(result: Report): void {
  fetch("/report", { method: "POST", body: JSON.stringify(result) });
}
