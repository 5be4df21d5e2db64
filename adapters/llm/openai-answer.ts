import type { Hit, JsonObject } from "../../src/index.ts";

const HEADER = "x-mneme";
/** Of a body as it was on the way: what we read is neither packed nor that long any more. */
const OF_TRANSPORT = ["content-encoding", "content-length", "transfer-encoding"];

/** Upstream gave nothing that could be kept. Each caller who waited gets it as a response, or an error, of their own. */
export class Unkept extends Error {
  readonly answer: () => Response;

  constructor(answer: () => Response) {
    super("the model's answer is not to be kept");
    this.answer = answer;
  }
}

/** Upstream could not be asked. */
export function failed(error: unknown): Unkept {
  return new Unkept(() => {
    throw error;
  });
}

/** Upstream answered what is to be passed on as it is. */
export async function refused(response: Response): Promise<Unkept> {
  const bytes = await response.arrayBuffer().catch((error: unknown) => Promise.reject(failed(error)));
  return new Unkept(() => answerOf(bytes, response, "miss"));
}

/** Like upstream's, with another body. */
export function answerOf(body: BodyInit, { status, statusText, headers: given }: Response, told: string): Response {
  const headers = new Headers(given);
  for (const name of OF_TRANSPORT) headers.delete(name);
  headers.set(HEADER, told);
  const isEmpty = status === 204 || status === 205 || status === 304; // these may have none
  return new Response(isEmpty ? null : body, { status, statusText, headers });
}

/** One that upstream did not make for this caller. */
export function ownAnswer(body: BodyInit, type: "application/json" | "text/event-stream", told: string): Response {
  return new Response(body, { headers: { "content-type": type, [HEADER]: told } });
}

export function toldOf(hit: Hit<unknown> | undefined): string {
  if (hit === undefined) return "joined";
  const { layer, similarity, ageSeconds } = hit;
  return `hit; layer=${layer}; similarity=${Number(similarity.toFixed(4))}; age=${ageSeconds}`;
}

/** A name like one's own, but new. */
export function freshId(id: unknown): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const prefix = typeof id === "string" ? /^[a-z]+[-_]/i.exec(id)?.[0] : undefined;
  return (prefix ?? "") + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
