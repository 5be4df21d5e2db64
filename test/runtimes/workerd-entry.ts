// Runs the suite in a Cloudflare Worker, inside a request: at the top level much is forbidden.
import { run } from "../harness.ts";
import { NO_THREADS } from "../platform.ts";
import { suites } from "../suites.ts";

export default {
  async fetch(): Promise<Response> {
    return Response.json(await run(suites({ kernel: NO_THREADS, hnsw: false, hasWaitUntil: true, again: true })));
  },
};
