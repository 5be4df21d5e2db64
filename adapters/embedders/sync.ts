import { STARTS_MEANWHILE } from "#sync-worker";
import { MnemeError } from "../../src/index.ts";
import { SyncCaller, type WorkerEmbedder } from "./sync-caller.ts";
import type { SyncTask } from "./sync-service.ts";

export type { WorkerEmbedder } from "./sync-caller.ts";

export interface ToSyncEmbedderOptions {
  /** What the worker imports: a URL, such as `new URL("./embedder.js", import.meta.url)`, or the name of a package. */
  module: string | URL;
  /** The module's export that is an Embedder, or a function that returns one. Default "default". */
  export?: string | undefined;
  /** For that function: whatever can be sent to a worker. */
  options?: unknown;
  /** Milliseconds to wait for an answer, before the worker is given up and another started. Default 60,000. */
  timeout?: number | undefined;
}

const TIMEOUT_MS = 60_000;

/**
 * Makes a synchronous embedder of any other: it runs in a worker, and the program sleeps until it has answered. In Node, Deno
 * and Bun; for browsers there is `openSyncEmbedder`.
 */
export function toSyncEmbedder(options: ToSyncEmbedderOptions): WorkerEmbedder {
  const caller = startCaller(options, STARTS_MEANWHILE);
  caller.open();
  return caller;
}

/**
 * The same, where a worker cannot start while the thread that wants it sleeps: in a worker of a page that is cross-origin
 * isolated. Works in Node, Deno and Bun too.
 */
export async function openSyncEmbedder(options: ToSyncEmbedderOptions): Promise<WorkerEmbedder> {
  const caller = startCaller(options, true);
  await caller.openLater();
  return caller;
}

function startCaller(options: ToSyncEmbedderOptions, startsHere: boolean): SyncCaller {
  const { timeout = TIMEOUT_MS, ...given } = options ?? {};
  const task = checkTask(given);
  if (!(typeof timeout === "number" && timeout > 0)) throw argumentError("timeout", "milliseconds, above 0");
  checkRuntime();
  if (startsHere) return new SyncCaller(task, timeout);
  throw new MnemeError(
    "unsupported",
    "In a browser no worker starts while this thread sleeps.",
    "Use await openSyncEmbedder(…) with the same options; what it gives is synchronous.",
  );
}

function checkTask({
  module,
  export: name = "default",
  options,
}: Partial<ToSyncEmbedderOptions>): Omit<SyncTask, "channel"> {
  const isUrl = module instanceof URL;
  if (!isUrl && (typeof module !== "string" || module === "" || /^\.{0,2}\//.test(module))) {
    // A path would be taken as relative to a file of this package.
    throw argumentError(
      "module",
      'a URL or the name of a package; of a file: new URL("./embedder.js", import.meta.url)',
    );
  }
  if (typeof name !== "string") throw argumentError("export", "the name of an export");
  try {
    return { module: String(module), export: name, options: structuredClone(options) };
  } catch (cause) {
    throw argumentError("options", "what can be sent to a worker: no functions", cause);
  }
}

function checkRuntime(): void {
  if (typeof SharedArrayBuffer === "undefined") {
    throw unsupported("There is no SharedArrayBuffer: the page is not cross-origin isolated, or the runtime has none.");
  }
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0); // returns at once, where one may wait at all
  } catch (cause) {
    throw unsupported("This thread must not wait, as a page's own must not.", cause);
  }
}

function unsupported(problem: string, cause?: unknown): MnemeError {
  const remedy = "Use SemanticCache, or SemanticCacheSync in a worker of a page with COOP and COEP headers.";
  return new MnemeError("unsupported", `No synchronous embedder can be made here. ${problem}`, remedy, { cause });
}

function argumentError(name: string, expected: string, cause?: unknown): MnemeError {
  return new MnemeError("argument", `"${name}" expected ${expected}.`, "Correct it.", { cause });
}
