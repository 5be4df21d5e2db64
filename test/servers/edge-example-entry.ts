// The example as an edge function. Neon's driver is told where its protocol is spoken here; on Vercel it knows by itself.
import { neonConfig } from "@neondatabase/serverless";
import answer from "../../examples/vercel-edge/api/answer.ts";

interface FetchEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

neonConfig.fetchEndpoint = process.env.NEON_FRONT!;
addEventListener("fetch", (event) => {
  const { request, respondWith } = event as unknown as FetchEvent;
  respondWith.call(event, answer(request));
});
