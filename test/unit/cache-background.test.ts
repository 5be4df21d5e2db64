import { type CacheOptions, memoryStore, type WrapOptions } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { intercepted, OTHER, observed, opened, QUESTION, turn } from "./cache-fixtures.ts";

/** A store whose commits wait until they are let through. */
function slowStore(): { store: ReturnType<typeof memoryStore>; let(): void } {
  const waiting: (() => void)[] = [];
  const store = intercepted(memoryStore(), (method, call) =>
    method === "commit" ? new Promise<void>((resolve) => waiting.push(resolve)).then(call) : call(),
  );
  const letThrough = (): void => {
    for (const go of waiting.splice(0)) go();
  };
  return { store: store as ReturnType<typeof memoryStore>, let: letThrough };
}

/** Writes after the response, where the runtime is kept alive for them. */
export const cacheBackgroundTests =
  ({ hasWaitUntil }: Platform): Suite =>
  (test) => {
    const works: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>): void => void works.push(work);

    test("what waitUntil takes is not waited for", async () => {
      const ways: [Partial<CacheOptions>, WrapOptions][] = [
        [{ waitUntil }, {}],
        [{}, { waitUntil }],
        [{ waitUntil: false }, { waitUntil }],
      ];
      for (const [settings, options] of ways) {
        works.length = 0;
        const slow = slowStore();
        const cache = await opened({ store: slow.store, ...settings });
        equal((await cache.wrap(QUESTION, () => "answer", options)).response, "answer");
        equal(
          [works.length > 0, await cache.get(QUESTION)],
          [true, undefined],
          "it has returned, and nothing is stored yet",
        );
        slow.let();
        await Promise.all(works);
        equal((await cache.get(QUESTION))?.response, "answer");
      }
    });

    const platforms: [string, PropertyKey, (value: typeof waitUntil) => unknown][] = [
      ["Vercel", Symbol.for("@vercel/request-context"), (waitUntil) => ({ get: () => ({ waitUntil }) })],
      ["Next.js", Symbol.for("@next/request-context"), (waitUntil) => ({ get: () => ({ waitUntil }) })],
      ["Netlify", "Netlify", (waitUntil) => ({ context: { waitUntil } })],
      ["Supabase", "EdgeRuntime", (waitUntil) => ({ waitUntil })],
    ];
    for (const [platform, name, context] of hasWaitUntil ? [] : platforms) {
      test(`that of ${platform} is found, for each request anew`, async () => {
        const there = Object.getOwnPropertyDescriptor(globalThis, name);
        // Vercel's runtime has a text of that name, for good.
        if (there?.configurable === false) return equal(typeof there.value, "string");
        const define = (value: unknown): unknown =>
          Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
        const cache = await opened({ waitUntil: undefined });
        works.length = 0;
        try {
          define(context(waitUntil));
          await cache.wrap(QUESTION, () => "answer");
          const { length } = works;
          ok(length > 0, "handed over");
          for (const none of [undefined, {}, { get: () => undefined }, { context: null }, "edge-runtime"]) {
            define(none);
            await cache.wrap(`${OTHER} ${JSON.stringify(none)}`, () => "other");
          }
          equal(works.length, length);
          define(context(waitUntil));
          await (await opened({ waitUntil: false })).wrap(QUESTION, () => "answer");
          equal(works.length, length, "false waits everywhere");
        } finally {
          if (there) Object.defineProperty(globalThis, name, there);
          else Reflect.deleteProperty(globalThis, name);
        }
      });
    }

    test("one that throws, as outside a request, is waited for after all", async () => {
      const { events, onEvent } = observed();
      const broken = (): never => {
        throw new Error("no request");
      };
      const cache = await opened({ waitUntil: broken, onEvent });
      await cache.wrap(QUESTION, () => "answer");
      equal((await cache.get(QUESTION))?.response, "answer");
      ok(
        events.some((event) => event.type === "error" && event.operation === "waitUntil"),
        "it is told",
      );
    });

    test("what was handed over never rejects, and flush waits for it", async () => {
      works.length = 0;
      let commits = 0;
      const failing = intercepted(memoryStore(), async (method, call) => {
        if (method === "commit" && commits++ === 0) throw new Error("no store");
        return call();
      });
      const cache = await opened({ store: failing, waitUntil });
      await cache.wrap(QUESTION, () => "answer");
      await Promise.all(works);
      const slow = slowStore();
      const late = await opened({ store: slow.store, waitUntil });
      await late.wrap(QUESTION, () => "answer");
      let isFlushed = false;
      const flushing = late.flush().then(() => {
        isFlushed = true;
      });
      await turn(5);
      equal(isFlushed, false);
      for (let i = 0; i < 20 && !isFlushed; i++) {
        slow.let();
        await turn(1);
      }
      await flushing;
      equal((await late.get(QUESTION))?.response, "answer");
    });

    test("a store that hangs holds up nobody who asks in other words, once the deadline has passed", async () => {
      const slow = slowStore();
      const cache = await opened({ store: slow.store, waitUntil, deadline: 20 });
      await cache.wrap(QUESTION, () => "answer");
      const { response } = await cache.wrap(`${QUESTION} please`, () => "another");
      equal(response, "another");
      for (let i = 0; i < 5; i++) {
        slow.let();
        await turn(1);
      }
    });

    test("one that is no function is refused", async () => {
      await fails(() => opened({ waitUntil: {} as never }), "argument");
    });
  };
