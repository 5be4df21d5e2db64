import { type Embedder, MnemeError, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Test } from "../harness.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";
import type { Seen } from "./front.ts";
import { wordsOf } from "./protocols.ts";

/** Longer than anything here waits for, and shorter than a pause that is not to be waited for. */
const AT_ONCE_MS = 1000;

/** The longest that is waited for before a call is tried again. */
const FIRST_PAUSE_MS = 250;

let callers = 0;
const here = Math.random().toString(36).slice(2, 8); // several runtimes may ask one front

export interface Scenario {
  /** The front's address for it. */
  url: string;
  seen(): Promise<Seen[]>;
}

/** An address at the front of which each request gets the next of these steps. */
export function scenario(origin: string, steps = "fine"): Scenario {
  const id = `${here}-${callers++}`;
  return {
    url: `${origin}/${id}/${encodeURIComponent(steps)}`,
    seen: async () => (await fetch(`${origin}/seen/${id}`)).json(),
  };
}

export interface Subject {
  /** An embedder that asks at this address, of a model with 16 dimensions unless it says otherwise. */
  make(url: string, options?: { batch?: number; parallel?: number; prefix?: string }): Embedder;
  /** Numbers in a vector. Default 16. */
  dimensions?: number;
  /** Texts in one call, where there is no choice. */
  most?: number;
  /** What comes of a text that is refused. */
  refusal: RegExp;
  /** Vectors of length 1 come whatever the model makes. */
  unit?: boolean;
  /** It tries again, and waits before it does. */
  waits?: boolean;
  /** A call that is aborted is left to itself. */
  deaf?: boolean;
  /** What else than a code of ours is said of some wrong answers. */
  says?: Record<string, string>;
}

const TEXTS = [QUESTION, PARAPHRASE, "¿qué? 🦜", "日本語のテキスト", "a", QUESTION];

/** What holds for an embedder over any protocol. */
export function testProtocol(test: Test, origin: string, subject: Subject): void {
  const { dimensions = 16, most = Number.POSITIVE_INFINITY } = subject;
  const isNear = (vectors: Float32Array[], texts: readonly string[]): void => {
    equal(vectors.length, texts.length);
    for (const [i, expected] of wordsOf(texts, dimensions).entries()) {
      const length = subject.unit ? Math.hypot(...expected) : 1;
      const wrong = vectors[i]!.findIndex((number, n) => Math.abs(number - expected[n]! / length) > 1e-6);
      ok(vectors[i] instanceof Float32Array && wrong === -1, `the vector of text ${i}`);
    }
  };

  test("vectors in the order of the texts", async () => {
    const { url } = scenario(origin);
    const embedder = subject.make(url);
    equal(embedder.dimensions, dimensions);
    isNear(await embedder.embed(TEXTS), TEXTS);
    equal(await embedder.embed([]), []);
  });

  test("many texts are asked in batches, so many at once", async () => {
    const at = scenario(origin, Array.from({ length: 40 }, () => "slow").join(","));
    const texts = Array.from({ length: 11 }, (_, i) => `text ${i}`);
    const size = Math.min(3, most);
    isNear(await subject.make(at.url, { batch: size, parallel: 2 }).embed(texts), texts);
    const seen = await at.seen();
    equal(seen.length, Math.ceil(texts.length / size));
    ok(Math.max(...seen.map(({ together }) => together)) === 2, "two at a time");
    const asked = seen.flatMap(({ body }) => body.input ?? body.texts ?? body.text ?? [String(body.inputText)]);
    equal(asked.sort(), [...texts].sort());
  });

  test("a prefix goes before every text", async () => {
    const at = scenario(origin);
    const prefixed = subject.make(at.url, { prefix: "query: " });
    isNear(await prefixed.embed(["a", "b"]), ["query: a", "query: b"]);
    ok(prefixed.fingerprint !== subject.make(at.url).fingerprint, "it is in the fingerprint");
  });

  test("a refused text is the provider's clear error", async () => {
    const error = (await rejection(() => subject.make(scenario(origin).url).embed(["a", "x".repeat(1001)]))) as Error;
    ok(subject.refusal.test(error.message), error.message);
  });

  for (const [step, code] of Object.entries({
    few: "dimension",
    short: "dimension",
    null: "vector",
    text: "vector",
    huge: "vector",
    objects: "vector",
    nothing: "dimension",
  } as const)) {
    test(`an answer with something wrong (${step}) is refused`, async () => {
      const error = (await rejection(() => subject.make(scenario(origin, `${step}*`).url).embed(["a"]))) as Error;
      equal(error instanceof MnemeError ? error.code : error.name, subject.says?.[step] ?? code, error.message);
    });
  }

  test("abort ends a call at once, whatever it waits for", async () => {
    for (const steps of subject.waits ? ["silence*", "busy for 1 s*", "broken*"] : ["silence*"]) {
      const stop = new AbortController();
      const start = performance.now();
      const at = scenario(origin, steps);
      const call = subject.make(at.url).embed(["a", "b"], { signal: stop.signal });
      setTimeout(() => stop.abort(new Error(`stop ${steps}`)), 30);
      equal(((await rejection(() => call)) as Error).message, `stop ${steps}`);
      ok(performance.now() - start < AT_ONCE_MS, "at once");
      if (subject.deaf) continue;
      if (steps === "silence*") await until(async () => (await at.seen()).every(({ left }) => left));
      const { length } = await at.seen();
      if (steps === "broken*") await new Promise((resolve) => setTimeout(resolve, 2 * FIRST_PAUSE_MS));
      equal((await at.seen()).length, length, "it asks no more");
    }
    const stopped = AbortSignal.abort(new Error("before"));
    const at = scenario(origin);
    equal(((await rejection(() => subject.make(at.url).embed(["a"], { signal: stopped }))) as Error).message, "before");
    equal((await at.seen()).length, 0);
  });

  test("a cache with it", async () => {
    const cache = await SemanticCache.open({ embedder: subject.make(scenario(origin).url), strict: true });
    await cache.put(QUESTION, "so");
    equal((await cache.get(PARAPHRASE))?.layer, "semantic");
    await cache.close();
  });
}

/** What holds where mneme asks by HTTP itself. */
export function testHttp(
  test: Test,
  origin: string,
  make: (url: string, options?: { retries?: number; timeout?: number; headers?: Record<string, string> }) => Embedder,
): void {
  for (const step of ["busy", "broken", "away", "dropped", "cut"]) {
    test(`it tries again after ${step}`, async () => {
      const at = scenario(origin, `${step},${step}`);
      equal((await make(at.url).embed(["a"])).length, 1);
      equal((await at.seen()).length, 3);
    });
  }

  for (const step of ["busy for 1 s", "busy until"]) {
    test(`it waits as long as it is told: ${step}`, async () => {
      const at = scenario(origin, step);
      await make(at.url).embed(["a"]);
      const [first, second] = await at.seen();
      ok(second!.at - first!.at > 950, `after ${second!.at - first!.at} ms`);
    });
  }

  test("who is told to wait for long gives up", async () => {
    const at = scenario(origin, "busy for 1 h*");
    const error = await fails(() => make(at.url).embed(["a"]), "embedder");
    ok(error.message.includes("429") && error.message.includes("3600 s"), error.message);
    equal((await at.seen()).length, 1);
  });

  for (const [step, asked, says] of [
    ["broken", 2, "The server had an error"],
    ["away", 2, "502"],
    ["busy", 2, "429"],
    ["dropped", 2, "cannot be reached"],
    ["garbage", 1, "no JSON"],
    ["page", 1, "no JSON"],
  ] as const) {
    test(`when it stays so (${step}) the error says it`, async () => {
      const at = scenario(origin, `${step}*`);
      const error = await fails(() => make(at.url, { retries: 1 }).embed(["a"]), "embedder");
      ok(error.message.includes(says) && error.remedy !== "", error.message);
      const { length } = await at.seen();
      // A browser asks again by itself where a connection that was kept is dropped.
      ok(step === "dropped" ? length >= asked : length === asked, `it asked ${length} times`);
    });
  }

  test("a server that says nothing is given up", async () => {
    const at = scenario(origin, "silence*");
    const error = await fails(() => make(at.url, { timeout: 50, retries: 1 }).embed(["a"]), "embedder");
    ok(error.message.includes("did not answer within 50 ms"), error.message);
    equal((await at.seen()).length, 2);
  });

  test("where nobody listens the error says so", async () => {
    const error = await fails(() => make("http://127.0.0.1:9", { retries: 0 }).embed(["a"]), "embedder");
    ok(error.message.includes("cannot be reached"), error.message);
  });

  test("the first failure ends the other calls", async () => {
    const at = scenario(origin, "page,silence*");
    const start = performance.now();
    const texts = Array.from({ length: 3000 }, (_, i) => `${i}`);
    await fails(() => make(at.url, { retries: 0 }).embed(texts), "embedder");
    ok(performance.now() - start < 10 * AT_ONCE_MS, "without waiting for them");
  });

  test("no secret is in any error", async () => {
    const secrets = ["hunter2secret", "very-private-token", "query-secret-1", "header-secret-2"];
    for (const step of ["echo", "broken", "no key", "page", "dropped", "silence"]) {
      const address = new URL(scenario(origin, `${step}*`).url);
      address.username = "user";
      address.password = secrets[0]!;
      address.search = `?key=${secrets[2]}`;
      const headers = { authorization: `Bearer ${secrets[1]}`, "x-api-key": secrets[3]! };
      const error = await fails(
        () => make(address.href, { headers, retries: 0, timeout: 200 }).embed(["a"]),
        "embedder",
      );
      const text = [error.message, error.remedy, error.stack, String(error.cause)].join();
      for (const secret of secrets) ok(!text.includes(secret.slice(0, 8)), `${step}: ${text}`);
    }
    for (const address of [`ftp://user:${secrets[0]}@127.0.0.1/`, `user:${secrets[0]}@127.0.0.1`]) {
      const error = await fails(() => make(address), "argument");
      ok(!error.message.includes(secrets[0]!), error.message);
    }
  });

  test("a header that is no text is told when it is made", async () => {
    const error = await fails(() => make(origin, { headers: { "x-team": undefined as never } }), "argument");
    ok(error.message.includes("x-team"), error.message);
  });

  test("a name and password in the address go as basic authentication", async () => {
    const at = scenario(origin);
    const address = new URL(at.url);
    address.username = "us er";
    address.password = "p%ä";
    await make(address.href).embed(["a"]);
    const [{ headers }] = (await at.seen()) as [Seen];
    const told = atob(String(headers.authorization).replace("Basic ", ""));
    equal(new TextDecoder().decode(Uint8Array.from(told, (c) => c.charCodeAt(0))), "us er:p%ä");
  });

  test("errors are of one kind, with the status", async () => {
    const error = await fails(() => make(scenario(origin, "echo").url).embed(["a"]), "embedder");
    ok(error instanceof MnemeError && (error as MnemeError & { status: number }).status === 400, "400");
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
