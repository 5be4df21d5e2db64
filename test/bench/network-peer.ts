import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { CountingProxy } from "../servers/counting-proxy.ts";
import { installed } from "../stage.ts";
import { stored } from "./cache-bed.ts";
import type { Line } from "./measure.ts";
import { ANSWER } from "./network-calls.ts";

const AT_ONCE = 20;

interface Peer {
  get(key: string | string[]): Promise<string | undefined | (string | undefined)[]>;
  set(key: string | string[], value: string | string[]): Promise<void>;
  delete(key: string): Promise<number>;
}
interface PeerPackage {
  SemanticCache: new (options: { index: object; minProximity: number }) => Peer;
}
interface VectorPackage {
  Index: new (options: { url: string; token: string; retry: boolean }) => object;
}

/**
 * The traffic of @upstash/semantic-cache for the same calls. Its service embeds and searches, and does not run outside its
 * makers' premises: an endpoint here speaks as much of its protocol as the package uses, so times say nothing.
 */
export async function measureSemanticCache(): Promise<Line[]> {
  const { SemanticCache } = await installed<PeerPackage>("@upstash/semantic-cache");
  const { Index } = await installed<VectorPackage>("@upstash/vector");
  const endpoint = createServer(async (request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ result: answered(request.url!, JSON.parse(await textOf(request))) }));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const proxy = await CountingProxy.before((endpoint.address() as AddressInfo).port);
  const index = new Index({ url: `http://127.0.0.1:${proxy.port}`, token: "token", retry: false });
  const peer = new SemanticCache({ index, minProximity: 0.85 });
  const questions = Array.from({ length: AT_ONCE }, (_, i) => stored(i));
  const answers = questions.map(() => ANSWER);
  const calls: Record<string, () => Promise<unknown>> = {
    set: () => peer.set(questions[0]!, ANSWER),
    [`set of ${AT_ONCE}`]: () => peer.set(questions, answers),
    "get, a hit, the same or not": () => peer.get(questions[0]!),
    "get, a miss": () => peer.get(ABSENT),
    [`get of ${AT_ONCE}`]: () => peer.get(questions),
    delete: () => peer.delete(questions[0]!),
  };
  const lines: Line[] = [];
  for (const [call, run] of Object.entries(calls)) {
    const before = proxy.traffic;
    const answer = await run();
    if (call.startsWith("get") && !(call.includes("miss") ? answer === undefined : [answer].flat().includes(ANSWER))) {
      throw new Error(`@upstash/semantic-cache: ${call} gave ${answer}`);
    }
    const { roundTrips, sent, received } = proxy.traffic;
    lines.push({
      call,
      "round trips": roundTrips - before.roundTrips,
      sent: sent - before.sent,
      received: received - before.received,
    });
  }
  await proxy.close();
  endpoint.close();
  return lines;
}

const ABSENT = "a question that nobody asked";
const entries = new Map<string, object>();

/** Knows a question only by its very words. */
function answered(path: string, body: { id: string; data: string; metadata: object } | string): unknown {
  if (path === "/upsert-data" && typeof body === "object") {
    entries.set(body.id, body.metadata);
    return "Success";
  }
  if (path === "/query-data" && typeof body === "object") {
    const metadata = entries.get(body.data);
    return metadata === undefined ? [{ id: "0", score: 0.5, metadata: {} }] : [{ id: body.data, score: 1, metadata }];
  }
  if (path === "/delete") return { deleted: 1 };
  throw new Error(`@upstash/semantic-cache asked for ${path}`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
