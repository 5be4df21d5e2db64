// Runs the suite of synchronous embedders in a worker of a page; and what a page itself is told.
import { run, type Suite } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { noSyncEmbedderTests, syncEmbedderTests } from "./sync-embedder.test.ts";

const words = new URL("./words.js", import.meta.url);
const model = { module: new URL("./model.js", import.meta.url), export: "default" };
const place = new URLSearchParams(location.search).get("in");
const suite: Suite = place === "worker" ? syncEmbedderTests({ words, model, process: false }) : noSyncEmbedderTests;

if (place?.endsWith("worker") && "document" in globalThis) {
  new Worker(`${import.meta.url}${location.search}`, { type: "module" }).onerror = ({ message }) => {
    postReport(reportOf("worker", message));
  };
} else {
  run({ "sync embedder": suite }).then(postReport, (error) => postReport(reportOf("page", error)));
}
