// Runs the suite in a Vercel edge function, which is a sandbox of Node.
import { run } from "../harness.ts";
import { NO_THREADS } from "../platform.ts";
import { suites } from "../suites.ts";

interface FetchEvent {
  respondWith(response: Promise<Response>): void;
}

addEventListener("fetch", (event) => {
  const answer = run(suites({ kernel: NO_THREADS, hnsw: false, noGzip: true, again: true })).then(
    (report) => new Response(JSON.stringify(report)),
  );
  (event as unknown as FetchEvent).respondWith(answer);
});
