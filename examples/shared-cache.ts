// Two threads, one index: this one fills a cache, the other searches the same memory without a copy of it.
// Run it after `npm run build`, in Node ≥ 22.13, Deno or Bun: node dist/examples/shared-cache.js
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { SemanticCache, type SharedMemory } from "mneme";
import { energeticEmbedder } from "mneme/embedders";

/** What a reader's thread is given. */
interface Given {
  path: string;
  mode: SharedMemory;
}

async function write(path: string): Promise<void> {
  await using cache = await SemanticCache.open({ embedder: energeticEmbedder(), path, mode: "shared" });
  await cache.put("How do I reset my password?", "Follow the link below the form.");
  const mode = cache.share(); // for one reader
  const reader = new Worker(new URL(import.meta.url), { workerData: { path, mode } satisfies Given });
  await once(reader, "exit");
  cache.unshare(mode); // however it ended: one that has closed its cache has gone already
}

async function read({ path, mode }: Given): Promise<void> {
  await using cache = await SemanticCache.open({ embedder: energeticEmbedder(), path, mode });
  const hit = await cache.get("I forgot my password, how can I reset it?");
  console.log(`${hit?.response} (${hit?.layer})`);
}

if (isMainThread) {
  const folder = await mkdtemp(join(tmpdir(), "mneme-"));
  await write(join(folder, "answers.db"));
  await rm(folder, { recursive: true });
} else {
  await read(workerData as Given);
}
