// Runs the suite of threads in a page, or does what a test wants another thread to do in a worker of it.
import { run, type Suite } from "../harness.ts";
import { NO_THREADS } from "../platform.ts";
import { reportOf } from "../runtimes/page-report.ts";
import { sharedCacheTests } from "../unit/shared-cache.test.ts";
import { cacheReadersTests, type NewPath } from "./cache-readers.test.ts";
import { fallbackTests } from "./fallback.test.ts";
import { Mailbox } from "./mailbox.ts";
import { poolTests } from "./pool.test.ts";
import { readersTests } from "./readers.test.ts";
import { type Job, type TestThread, type Told, work } from "./worker.ts";

const parameters = new URLSearchParams(location.search);

if ("document" in globalThis) {
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const threads = {
    pool: poolTests(spawn, note),
    readers: readersTests(spawn, Number(parameters.get("seconds")), note),
    caches: cacheReadersTests(spawn, newPath, Number(parameters.get("caches")), 1, note),
  };
  const fallback = {
    fallback: fallbackTests,
    ...(crossOriginIsolated ? {} : { "shared cache": sharedCacheTests({ kernel: NO_THREADS, hnsw: false }) }),
  };
  const suites: Record<string, Suite> = parameters.get("threads") === "none" ? fallback : threads;
  run(suites, parameters.get("only") ?? "")
    .catch((error) => reportOf("page", error))
    .then((report) => fetch("/report", { method: "POST", body: JSON.stringify({ ...report, notes }) }));
} else {
  globalThis.onmessage = ({ data }: MessageEvent<Job>) => work(data, (told) => globalThis.postMessage(told));
}

function newPath(): ReturnType<NewPath> {
  const path = `caches ${Date.now()}`;
  return { path, remove: () => indexedDB.deleteDatabase(path) };
}

function spawn(): TestThread {
  const worker = new Worker(import.meta.url, { type: "module" });
  const mailbox = new Mailbox();
  worker.onmessage = ({ data }: MessageEvent<Told>) => mailbox.put(data);
  worker.onerror = ({ message }) => mailbox.put({ problem: message });
  return {
    post: (job) => worker.postMessage(job),
    next: () => mailbox.take(),
    async end() {
      worker.terminate();
      // Nothing tells when it has ended. Chromium lets a worker that is busy run on for two seconds.
      await new Promise((resolve) => setTimeout(resolve, 2500));
    },
  };
}
