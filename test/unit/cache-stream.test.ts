import fc from "fast-check";
import { type CachedStream, memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  intercepted,
  OTHER,
  observed,
  opened,
  PARAPHRASE,
  QUESTION,
  turn,
  unclosed,
  WAITING,
  WORDS,
} from "./cache-fixtures.ts";

const CHUNKS = ["Open ", "the", " settings", "."];
const WHOLE = CHUNKS.join("");

async function* told<C>(chunks: readonly C[], failAt = Number.POSITIVE_INFINITY): AsyncGenerator<C, void> {
  for (const [i, chunk] of chunks.entries()) {
    await turn();
    if (i === failAt) throw new Error("the model broke");
    yield chunk;
  }
  if (failAt === chunks.length) throw new Error("the model broke");
}

/** A source that gives what the test says when it says so. */
interface Gate<C> {
  source: AsyncGenerator<C, void>;
  give(chunk: C): void;
  end(error?: Error): void;
  /** Whether it was read to its end, or left. */
  left: boolean;
}

function gated<C>(): Gate<C> {
  let wake = (): void => {};
  const queue: (C | undefined)[] = [];
  let failure: Error | undefined;
  const add = (chunk: C | undefined): void => {
    queue.push(chunk);
    wake();
  };
  async function* source(): AsyncGenerator<C, void> {
    try {
      for (;;) {
        while (queue.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const chunk = queue.shift();
        if (chunk !== undefined) yield chunk;
        else if (failure) throw failure;
        else return;
      }
    } finally {
      gate.left = true;
    }
  }
  const gate: Gate<C> = {
    source: source(),
    give: add,
    end(error) {
      failure = error;
      add(undefined);
    },
    left: false,
  };
  return gate;
}

async function all<C>(stream: AsyncIterable<C>): Promise<C[]> {
  const chunks: C[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

async function read<C>({ readable }: Pick<CachedStream<C, never>, "readable">): Promise<C[]> {
  const reader = readable().getReader();
  const chunks: C[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; !(await isSo()); i++) {
    if (i > 2000) throw new Error("it never came to be so");
    await turn(1);
  }
}

export const cacheStreamTests: Suite = (test) => {
  test("chunks pass through as they come, are stored when they have ended, and are replayed", async () => {
    const cache = await opened();
    const gate = gated<string>();
    let produced = 0;
    const produce = (): AsyncIterable<string> => {
      produced++;
      return gate.source;
    };
    const first = cache.stream(QUESTION, produce);
    const reader = first[Symbol.asyncIterator]();
    gate.give("Open ");
    equal(await reader.next(), { done: false, value: "Open " });
    equal(await cache.get(QUESTION), undefined, "not before it has ended");
    gate.give("it");
    gate.end();
    equal([(await reader.next()).value, (await reader.next()).done, await first.hit], ["it", true, undefined]);
    equal((await cache.get(PARAPHRASE))?.response, "Open it", "the text is what other verbs find");
    const again = cache.stream(PARAPHRASE, produce);
    equal([await all(again), (await again.hit)?.layer, produced], [["Open it"], "semantic", 1]);
    equal(await read(cache.stream(QUESTION, produce)), ["Open it"]);
  });

  test("nothing is asked before it is read", async () => {
    const cache = await opened();
    let produced = 0;
    const stream = cache.stream(QUESTION, () => told([`${++produced}`]));
    await turn(5);
    equal([produced, (await cache.stats()).misses], [0, 0]);
    equal([await stream.hit, produced], [undefined, 1]);
    equal([await all(stream), await all(stream), produced], [["1"], ["1"], 1], "each loop reads from the start");
  });

  test("sources of every kind", async () => {
    const cache = await opened();
    const readable = (): ReadableStream<string> =>
      new ReadableStream<string>({
        start(controller) {
          for (const chunk of CHUNKS) controller.enqueue(chunk);
          controller.close();
        },
      });
    const sources = {
      iterable: () => CHUNKS,
      promise: async () => told(CHUNKS),
      readable,
      later: async () => readable(),
    };
    for (const [query, produce] of Object.entries(sources))
      equal(await all(cache.stream(query, produce)), CHUNKS, query);
    equal(await all(cache.stream("nothing", () => [])), []);
    equal((await cache.get("nothing"))?.response, "");
    equal(await all(cache.stream<string>("nothing", () => fail())), [], "an empty text has no chunk");
  });

  test("chunks that are no texts make a list, or what join makes of them", async () => {
    const cache = await SemanticCache.open<unknown>({ embedder: WORDS, ...WAITING });
    const parts = [{ type: "text", text: "a" }, { type: "end" }];
    const fails = (): never => fail();
    equal(await all(cache.stream(QUESTION, () => told(parts))), parts);
    equal(await all(cache.stream<object>(QUESTION, fails)), parts);
    const how = {
      scope: "numbers",
      join: (chunks: readonly number[]) => ({ sum: chunks.reduce((a, b) => a + b, 0) }),
      split: (response: unknown) => [(response as { sum: number }).sum],
    };
    equal(await all(cache.stream(QUESTION, () => told([1, 2, 3]), how)), [1, 2, 3]);
    equal(await all(cache.stream<number>(QUESTION, fails, how)), [6]);
    const error = await rejection(() => all(cache.stream(QUESTION, fails, { ...how, split: undefined })));
    ok(String(error).includes("split"), `${error}`);
  });

  test("without a pace a replay of many chunks waits for nothing", async () => {
    const cache = await SemanticCache.open<unknown>({ embedder: WORDS, ...WAITING });
    const chunks = Array.from({ length: 200 }, (_, i) => ({ i }));
    for await (const _ of cache.stream(QUESTION, () => chunks));
    let turns = 0;
    const clock = setInterval(() => turns++, 0);
    try {
      const read: unknown[] = [];
      for await (const chunk of cache.stream(QUESTION, () => fail())) read.push(chunk);
      equal([read, turns < 20], [chunks, true], `${turns} turns of the event loop`);
    } finally {
      clearInterval(clock);
    }
  });

  test("with a pace a replay comes word by word", async () => {
    const cache = await opened();
    await cache.put(QUESTION, "  Open the\nsettings. ");
    const start = performance.now();
    const words = await all(cache.stream<string>(QUESTION, () => fail(), { pace: 5 }));
    equal(words, ["  Open", " the", "\nsettings. "]);
    ok(performance.now() - start >= 8, "it took its time");
    const end = new AbortController();
    const stopped = cache.stream<string>(QUESTION, () => fail(), { pace: 60_000, signal: end.signal });
    const reader = stopped[Symbol.asyncIterator]();
    await reader.next();
    const waiting = rejection(() => reader.next() as Promise<unknown>);
    end.abort(new Error("enough"));
    equal(((await waiting) as Error).message, "enough");
  });

  test("a fault before any chunk, at the end, or in place of a source leaves no entry, and is not shared with who comes later", async () => {
    const cache = await opened();
    for (let failAt = 0; failAt <= CHUNKS.length; failAt++) {
      const stream = cache.stream(QUESTION, () => told(CHUNKS, failAt));
      const seen: string[] = [];
      const error = (await rejection(async () => {
        for await (const chunk of stream) seen.push(chunk);
      })) as Error;
      equal([error.message, seen], ["the model broke", CHUNKS.slice(0, failAt)]);
      equal(await cache.get(QUESTION), undefined, `${failAt}`);
    }
    for (const produce of [() => Promise.reject(new Error("no model")), () => fail("no model")]) {
      equal(((await rejection(() => all(cache.stream(QUESTION, produce)))) as Error).message, "no model");
    }
    equal(await all(cache.stream(QUESTION, () => told(CHUNKS))), CHUNKS);
    equal((await cache.get(QUESTION))?.response, WHOLE);
  });

  test("who asks the same meanwhile reads the same stream from its start, at his own pace", async () => {
    const cache = await opened({ usage: () => ({ model: "m", outputTokens: 4 }) });
    const gate = gated<string>();
    let produced = 0;
    const produce = (): AsyncIterable<string> => {
      produced++;
      return gate.source;
    };
    const first = all(cache.stream(QUESTION, produce));
    gate.give("a");
    await turn(2);
    const second = all(cache.stream(` ${QUESTION.toUpperCase()}`, produce));
    const slow = cache.stream(QUESTION, produce)[Symbol.asyncIterator]();
    equal((await slow.next()).value, "a");
    gate.give("b");
    gate.end();
    equal([await first, await second, produced], [["a", "b"], ["a", "b"], 1]);
    equal((await cache.get(QUESTION))?.response, "ab", "the slow one holds nothing up");
    equal([(await slow.next()).value, (await slow.next()).done], ["b", true]);
    const { joined, savings } = await cache.stats();
    equal([joined, savings[0]?.callsMade, savings[0]?.callsSaved], [2, 1, 3], "two joined, one hit");
  });

  test("who joined a stream counts once it has ended cleanly: not one that fails, nor who was aborted", async () => {
    const cache = await opened({ usage: () => ({ model: "m", outputTokens: 4 }), limits: { responseBytes: 3 } });
    const saved = async (): Promise<unknown[]> => {
      const { joined, callsSaved, savings } = await cache.stats();
      return [joined, callsSaved, savings[0]?.callsSaved ?? 0];
    };
    const end = new AbortController();
    const three = async (source: AsyncIterable<string>, signal?: AbortSignal): Promise<unknown[]> => {
      const produce = (): AsyncIterable<string> => source;
      const options = [{}, {}, { signal }];
      return Promise.allSettled(options.map((how) => all(cache.stream(OTHER, produce, how))));
    };
    const failing = await three(told(CHUNKS, 2));
    equal(
      [failing.map((one) => (one as PromiseSettledResult<unknown>).status), await saved()],
      [
        ["rejected", "rejected", "rejected"],
        [0, 0, 0],
      ],
    );
    const gate = gated<string>();
    const reading = three(gate.source, end.signal);
    gate.give("a");
    await turn(2);
    equal(await saved(), [0, 0, 0], "it may still fail");
    end.abort();
    gate.end();
    await reading;
    equal(await saved(), [1, 1, 1]);
    await cache.clear();
    await three(told(CHUNKS));
    equal(
      await saved(),
      [2, 2, 0],
      "what is too much to be kept has been shared all the same, and is not accounted for",
    );
  });

  test("a chunk that JSON has no form for passes, and nothing is stored; bytes in chunks count as many as they are", async () => {
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    for (const odd of [circle, { big: 1n }]) {
      const cache = await SemanticCache.open<unknown>({ embedder: WORDS });
      const chunks = [{ a: 1 }, odd, { b: 2 }];
      const read: unknown[] = [];
      for await (const chunk of cache.stream(QUESTION, () => told(chunks))) read.push(chunk);
      ok(read.length === 3 && read[1] === odd, "as they came");
      equal((await cache.stats()).entries, 0);
    }
    for (const [size, entries] of [
      [900, 1],
      [1100, 0],
    ] as const) {
      const cache = await opened({ limits: { responseBytes: 1000 } });
      const join = (): string => "kept";
      const chunks = [{ data: new Uint8Array(size / 2).fill(100) }, { data: [new Float32Array(size / 8)] }];
      for await (const _ of cache.stream<unknown>(QUESTION, () => told<unknown>(chunks), { join }));
      equal((await cache.stats()).entries, entries, `${size} bytes`);
    }
  });

  test("a signal that is kept for long is not listened to for ever", async () => {
    const cache = await opened();
    const { signal } = new AbortController();
    let listened: { once?: boolean; signal?: AbortSignal }[] = [];
    const { addEventListener: add, removeEventListener: remove } = signal;
    const by = new Map<unknown, object>();
    Object.assign(signal, {
      addEventListener: (type: string, listener: () => void, options: object) => {
        by.set(listener, options);
        listened.push(options);
        add.call(signal, type, listener, options);
      },
      removeEventListener: (type: string, listener: () => void) => {
        listened = listened.filter((options) => options !== by.get(listener));
        remove.call(signal, type, listener);
      },
    });
    const ask = (query: string, source: () => AsyncIterable<string>): Promise<unknown> =>
      all(cache.stream(query, source, { signal })).catch(String);
    for (let i = 0; i < 2; i++) await Promise.all([1, 2].map(() => ask(QUESTION, () => told(CHUNKS)))); // new, then stored
    await Promise.all([1, 2].map(() => ask(OTHER, () => told(CHUNKS, 1))));
    await ask(OTHER, () => fail());
    await ask("x".repeat(2 ** 16), () => told(CHUNKS));
    equal(listened.filter((options) => options.signal?.aborted !== true).length, 0);
  });

  test("calls of another kind, namespace or scope have a stream of their own", async () => {
    const cache = await opened();
    let produced = 0;
    const gate = gated<string>();
    const produce = (): AsyncIterable<string> => (produced++ === 0 ? gate.source : told(["b"]));
    const first = all(cache.stream(QUESTION, produce));
    await turn(2);
    const others = [{ namespace: "n" }, { scope: { model: "m" } }].map((how) =>
      all(cache.stream(QUESTION, produce, how)),
    );
    equal(await Promise.all(others), [["b"], ["b"]]);
    const kind = all(cache.stream(QUESTION, produce, { kind: "parts" }));
    gate.give("a");
    gate.end();
    equal([await first, await kind, produced], [["a"], ["a"], 3], "it waits for what is stored");
  });

  test("who leaves loses nothing of the recording; aborting all ends the source, and nothing is stored", async () => {
    const cache = await opened();
    const left = gated<string>();
    left.give("a");
    for await (const _ of cache.stream(QUESTION, () => left.source)) break;
    left.give("b");
    left.end();
    await until(async () => (await cache.get(QUESTION))?.response === "ab");

    const gate = gated<string>();
    let aborted: AbortSignal | undefined;
    const ends = [new AbortController(), new AbortController()];
    const readers = ends.map(({ signal }) => {
      const produce = (given: AbortSignal): AsyncIterable<string> => {
        aborted = given;
        return gate.source;
      };
      return rejection(() => all(cache.stream(OTHER, produce, { signal })));
    });
    gate.give("a");
    await turn(2);
    ends[0]!.abort(new Error("one"));
    equal([((await readers[0]) as Error).message, aborted?.aborted], ["one", false], "the other still reads");
    ends[1]!.abort(new Error("two"));
    equal([((await readers[1]) as Error).message, aborted?.aborted], ["two", true]);
    gate.give("b");
    gate.end();
    await until(() => gate.left);
    await turn(5);
    equal(await cache.get(OTHER), undefined);
    equal(await all(cache.stream(OTHER, () => told(["c"]))), ["c"], "who comes later begins anew");
    const before = new AbortController();
    before.abort(new Error("never"));
    equal(
      ((await rejection(() => all(cache.stream(OTHER, () => fail(), { signal: before.signal })))) as Error).message,
      "never",
    );
  });

  test("a signal of one reader that left does not end what another reads", async () => {
    const cache = await opened();
    const gate = gated<string>();
    const end = new AbortController();
    const reading = cache.stream(QUESTION, () => gate.source, { signal: end.signal })[Symbol.asyncIterator]();
    gate.give("a");
    await reading.next();
    const other = all(cache.stream<string>(QUESTION, () => fail()));
    await turn(2);
    await reading.return!();
    end.abort();
    gate.give("b");
    gate.end();
    equal(await other, ["a", "b"]);
    equal((await cache.get(QUESTION))?.response, "ab");
  });

  test("what is too much passes through with backpressure, in little memory, and is not stored", async () => {
    const cache = await opened({ limits: { responseBytes: 1000 } });
    let given = 0;
    async function* endless(): AsyncGenerator<string, void> {
      for (; given < 5000; given++) yield "0123456789";
    }
    let seen = 0;
    for await (const chunk of cache.stream(QUESTION, endless)) {
      equal(chunk, "0123456789");
      seen++;
      ok(given - seen < 250, `${given - seen} ahead`);
      if (seen % 100 === 0) await turn();
    }
    equal([seen, await cache.get(QUESTION)], [5000, undefined]);
    given = 0;
    const late = cache.stream(QUESTION, endless);
    equal([await late.hit, await late.hit], [undefined, undefined]);
    await turn(20);
    ok(given < 250, `${given}: it waits for its first reader`);
    const chunks = await all(late);
    equal([chunks.length, new Set(chunks).size], [5000, 1], "who comes late misses nothing");
    await fails(() => all(late), "memory");
    given = 0;
    for await (const _ of cache.stream(OTHER, endless)) if (given > 500) break;
    await turn(20);
    ok(given < 1000, "with nobody left to read it, and nothing to record, it is left");
  });

  test("a query that is too long is answered all the same", async () => {
    const { events, onEvent } = observed();
    const cache = await opened({ limits: { queryBytes: 10 }, onEvent });
    equal(await all(cache.stream(QUESTION, () => told(CHUNKS))), CHUNKS);
    equal(
      events.map(({ type }) => type),
      ["error"],
    );
    const strict = await opened({ limits: { queryBytes: 10 }, strict: true });
    await fails(() => all(strict.stream(QUESTION, () => told(CHUNKS))), "argument");
  });

  test("what cannot be stored costs the reuse alone", async () => {
    const { events, onEvent } = observed();
    const cache = await opened({ onEvent });
    const bytes = [new Uint8Array([1]), new Uint8Array([2])];
    equal(await all(cache.stream(QUESTION, () => told(bytes))), bytes);
    const broken = { join: () => fail("no join") };
    equal(await all(cache.stream(QUESTION, () => told(CHUNKS), broken)), CHUNKS);
    equal(events.filter(({ type }) => type === "error").length, 2);
    equal(await cache.get(QUESTION), undefined);
    const refused = { admit: () => false };
    equal(await all(cache.stream(QUESTION, () => told(CHUNKS), refused)), CHUNKS);
    equal(await cache.get(QUESTION), undefined);
  });

  test("what was forgotten meanwhile is not stored, and not joined any more", async () => {
    for (const forget of ["delete", "clear", "invalidate"] as const) {
      const cache = await opened();
      const gate = gated<string>();
      const stale = all(cache.stream(QUESTION, () => gate.source, { tags: ["t"] }));
      gate.give("stale");
      await turn(2);
      if (forget === "delete") await cache.delete(QUESTION);
      else if (forget === "clear") await cache.clear();
      else await cache.invalidate({ tags: ["t"] });
      equal(await all(cache.stream(QUESTION, () => told(["fresh"]), { tags: ["t"] })), ["fresh"], forget);
      gate.end();
      equal([await stale, (await cache.get(QUESTION))?.response], [["stale"], "fresh"], forget);
    }
  });

  test("the end is told when it is stored, unless that is somebody else's to wait for", async () => {
    const store = memoryStore();
    const gate = gated<never>();
    const slow = intercepted(unclosed(store), (method, call) =>
      method === "commit" ? gate.source.next().then(() => call()) : call(),
    );
    const cache = await opened({ store: slow });
    let isRead = false;
    const reading = all(cache.stream(QUESTION, () => told(CHUNKS))).then(() => {
      isRead = true;
    });
    await turn(20);
    equal(isRead, false);
    gate.end();
    await reading;
    equal((await cache.get(QUESTION))?.response, WHOLE);

    const works: Promise<unknown>[] = [];
    const edge = await opened({ store: slow, waitUntil: (work) => void works.push(work) });
    equal(await all(edge.stream(OTHER, () => told(CHUNKS))), CHUNKS);
    ok(works.length > 0, "handed over");
    await Promise.all(works);
    equal((await edge.get(OTHER))?.response, WHOLE);
  });

  test("bad arguments are refused before anything is produced", async () => {
    const cache = await opened();
    for (const [query, options] of [
      [7, {}],
      [QUESTION, { ttl: -1 }],
      [QUESTION, { threshold: 2 }],
      [QUESTION, { tags: [7] }],
      [QUESTION, { scope: new Map() }],
    ] as never[][]) {
      await fails(() => all(cache.stream(query!, () => fail(), options)), "argument");
    }
    await cache.close();
    await fails(() => cache.stream(QUESTION, () => told(CHUNKS)), "closed");
  });

  test("whatever readers do, each reads a beginning of the chunks, and all of them are stored or nothing", async () => {
    const reader = fc.record({
      /** After so many turns it comes, and reads so many chunks before it leaves, or aborts. */
      comes: fc.nat(6),
      reads: fc.nat(8),
      aborts: fc.boolean(),
      rests: fc.nat(2),
    });
    const trial = fc.asyncProperty(
      fc.array(fc.string({ maxLength: 5 }), { maxLength: 6 }),
      fc.option(fc.nat(6), { nil: Number.POSITIVE_INFINITY }),
      fc.array(reader, { minLength: 1, maxLength: 4 }),
      async (chunks, failAt, readers) => {
        const cache = await opened();
        let produced = 0;
        const reading = readers.map(async ({ comes, reads, aborts, rests }) => {
          for (let i = 0; i < comes; i++) await turn();
          const end = new AbortController();
          const stream = cache.stream(
            QUESTION,
            () => {
              produced++;
              return told(chunks, failAt);
            },
            { signal: end.signal },
          );
          const seen: string[] = [];
          const whole = (await stream.hit) !== undefined;
          try {
            for await (const chunk of stream) {
              seen.push(chunk);
              if (seen.length > reads) {
                if (aborts) end.abort(new Error("aborted"));
                else break;
              }
              for (let i = 0; i < rests; i++) await turn();
            }
          } catch (error) {
            ok(/the model broke|aborted/.test((error as Error).message), `${error}`);
          }
          // A hit is replayed whole; else it is chunk by chunk, from the first.
          if (whole) ok(chunks.join("").startsWith(seen.join("")), "of a hit");
          else equal(seen, chunks.slice(0, seen.length));
        });
        await Promise.all(reading);
        await cache.flush();
        await turn(4);
        const stored = (await cache.get(QUESTION))?.response;
        ok(stored === undefined || (stored === chunks.join("") && failAt > chunks.length), `stored: ${stored}`);
        if (failAt > chunks.length && readers.every(({ aborts }) => !aborts)) {
          await until(async () => (await cache.get(QUESTION))?.response === chunks.join(""));
          equal(produced, 1);
        }
      },
    );
    await fc.assert(trial, { numRuns: cases(60) });
  });
};

function fail(message = "it was not to be asked"): never {
  throw new Error(message);
}
