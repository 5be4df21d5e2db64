// What a page is told of synchronous embedders; then the suite in a worker of it, or, where it is not isolated, the same again.
import { openSyncEmbedder } from "../../adapters/embedders/sync.ts";
import { type Report, run } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { noSyncEmbedderTests, syncEmbedderTests } from "./sync-embedder.test.ts";

const beside = (name: string): URL => new URL(name, import.meta.url);
const refused = (): Promise<Report> => run({ "no sync embedder": noSyncEmbedderTests });

if ("document" in globalThis) {
  const here = await refused();
  const worker = new Worker(`${import.meta.url}${location.search}`, { type: "module" });
  const told = await new Promise<Report>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Report>) => resolve(data);
    worker.onerror = ({ message }) => resolve(reportOf("worker", message));
  });
  postReport({ passed: here.passed + told.passed, failed: [...here.failed, ...told.failed] });
} else if (crossOriginIsolated) {
  const place = {
    open: openSyncEmbedder,
    words: beside("./words.js"),
    model: { module: beside("./model.js"), export: "default" },
    process: false,
  };
  globalThis.postMessage(await run({ "sync embedder": syncEmbedderTests(place) }));
} else {
  globalThis.postMessage(await refused());
}
