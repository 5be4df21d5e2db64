// What a page is told of synchronous embedders; then the suite in a worker of it, or, where it is not isolated, the same again.
import { openSyncEmbedder } from "../../adapters/embedders/sync.ts";
import { type Report, run, type Suite } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { noSyncEmbedderTests, syncEmbedderTests, syncModelTests } from "./sync-embedder.test.ts";

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
  const words = beside("./words.js");
  const suites: Record<string, Suite> =
    new URLSearchParams(location.search).get("with") === "model"
      ? { "sync model": syncModelTests(openSyncEmbedder, { module: beside("./model.js") }) }
      : { "sync embedder": syncEmbedderTests({ open: openSyncEmbedder, words, process: false }) };
  globalThis.postMessage(await run(suites));
} else {
  globalThis.postMessage(await refused());
}
