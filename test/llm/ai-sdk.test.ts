import fc from "fast-check";
import { type CacheMiddlewareOptions, cacheMiddleware, embeddingMiddleware } from "../../adapters/llm/ai-sdk.ts";
import { answers } from "../../examples/ai-sdk.ts";
import { type CacheOptions, memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { intercepted, OTHER, PARAPHRASE, QUESTION, unclosed, WORDS } from "../unit/cache-fixtures.ts";
import {
  type Answer,
  answering,
  type LanguageModel,
  type Params,
  partsOf,
  readable,
  sdk,
  streamOf,
  type TestModel,
  timeless,
  usageIn,
  VERSIONS,
} from "./ai-sdk-models.ts";

const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i);

const PLAIN: Answer = { content: [{ type: "text", text: "Follow the link below the form." }] };

/** All that an answer may hold, with what JSON has no form for. */
const rich = (spec: string): Answer => ({
  content: [
    { type: "reasoning", text: "Let me think.", providerMetadata: { test: { signature: "s" } } },
    { type: "text", text: "Here it is: 🦜\u0000\ud800." },
    { type: "source", sourceType: "url", id: "source-1", url: "https://example.com", title: "A page" },
    { type: "file", mediaType: "image/png", data: spec === "v4" ? { type: "data", data: BYTES } : BYTES },
    { type: "text", text: "And that is all." },
  ],
  providerMetadata: { test: { cost: 0.25, $mneme: "as it is", none: null, list: [1, { at: new Date(5) }] } },
});

const TOOLS: Answer = {
  content: [
    { type: "text", text: "I look it up." },
    { type: "tool-call", toolCallId: "call-1", toolName: "weather", input: '{"city":"Oslo"}' },
    { type: "tool-call", toolCallId: "call-2", toolName: "weather", input: '{"city":"Bergen"}' },
  ],
  finish: "tool-calls",
};

const ask = (text: string, more: object = {}): Params => ({
  prompt: [{ role: "user", content: [{ type: "text", text }] }],
  ...more,
});

const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const aiSdkTests: Suite = (test) => {
  for (const [version, spec] of Object.entries(VERSIONS)) {
    const RICH = rich(spec);
    interface Opened {
      cache: SemanticCache;
      model: TestModel;
      wrapped: LanguageModel;
      store: Store;
    }
    const open = async (
      answers: Parameters<typeof answering>[1][] = [PLAIN],
      options: CacheMiddlewareOptions = {},
      settings: Partial<CacheOptions> = {},
    ): Promise<Opened> => {
      const { wrapLanguageModel } = await sdk(version);
      const store = settings.store ?? memoryStore();
      const cache = await SemanticCache.open({ embedder: WORDS, ...settings, store });
      const model = answering(spec, ...answers);
      return {
        cache,
        store,
        model,
        wrapped: wrapLanguageModel({ model, middleware: cacheMiddleware(cache, options) }),
      };
    };
    const stream = async (model: LanguageModel, params: Params) => partsOf((await model.doStream(params)).stream);

    const same = (name: string, run: () => unknown): void => test(`${version}: ${name}`, run);

    same("what was generated or streamed is generated and streamed again, the same but for ids and dates", async () => {
      for (const answer of [PLAIN, RICH, TOOLS]) {
        const live = answering(spec, answer);
        const [generated, streamed] = [await live.doGenerate(ask(QUESTION)), await stream(live, ask(QUESTION))];
        for (const first of ["doGenerate", "doStream"] as const) {
          const { wrapped, model } = await open([answer]);
          if (first === "doGenerate")
            equal(timeless((await wrapped.doGenerate(ask(QUESTION))).content), timeless(generated.content));
          else equal(timeless(await stream(wrapped, ask(QUESTION))), timeless(streamed), "live");
          const { request: _, response, ...again } = await wrapped.doGenerate(ask(QUESTION));
          const { request: __, response: ___, ...expected } = generated;
          equal(timeless(again), timeless(expected), `${first}, then generated`);
          const { id, timestamp, modelId } = response as { id: string; timestamp: Date; modelId: string };
          ok(id.startsWith("mneme-") && Math.abs(Date.now() - timestamp.getTime()) < 60_000, "fresh");
          equal(modelId, "m-2026");
          const parts = await stream(wrapped, ask(QUESTION));
          const joined = (deltas: boolean) => (parts: { type: string }[]) =>
            parts.filter(({ type }) => deltas || !type.endsWith("-delta"));
          // What was generated has no deltas of its own.
          const compared = joined(first === "doStream");
          equal(timeless(compared(parts)), timeless(compared(streamed)), `${first}, then streamed`);
          equal(model.calls.length, 1);
        }
      }
    });

    same("through the SDK's own functions", async () => {
      const { generateText, streamText } = await sdk(version);
      const { wrapped, model } = await open([RICH]);
      const first = await generateText({ model: wrapped, prompt: QUESTION, headers: { "x-request-id": "1" } });
      const again = await generateText({ model: wrapped, prompt: PARAPHRASE, headers: { "x-request-id": "2" } });
      const streamed = streamText({ model: wrapped, prompt: QUESTION, abortSignal: new AbortController().signal });
      await streamed.consumeStream();
      equal([await streamed.text, again.text], [first.text, first.text]);
      equal(timeless(again.usage), timeless(first.usage));
      equal([await streamed.finishReason, again.finishReason], ["stop", "stop"]);
      equal([again.files[0].uint8Array, (await streamed.files)[0].uint8Array], [BYTES, BYTES]);
      equal([again.sources.length, again.reasoningText], [1, "Let me think."]);
      const { hit, similarity, savedUsage } = again.providerMetadata.mneme;
      equal([hit, similarity > 0.8, savedUsage], ["semantic", true, JSON.parse(JSON.stringify(usageIn(spec)))]);
      equal((await streamed.providerMetadata).mneme.hit, "exact");
      equal(model.calls.length, 1);
    });

    same("the SDK runs tools on a replay as on the answer, with ids of its own", async () => {
      const { generateText, tool, jsonSchema } = await sdk(version);
      const { wrapped, model } = await open([TOOLS, PLAIN]);
      const ran: string[] = [];
      const parameters = jsonSchema({ type: "object", properties: { city: { type: "string" } } });
      const weather = tool({
        description: "The weather of a city",
        inputSchema: parameters,
        execute: async ({ city }: { city: string }) => {
          ran.push(city);
          return "rain";
        },
      });
      const ids = new Set<string>();
      for (let i = 0; i < 2; i++) {
        const { toolCalls } = await generateText({ model: wrapped, prompt: QUESTION, tools: { weather } });
        for (const { toolCallId } of toolCalls) ids.add(toolCallId);
      }
      equal([ran.length, ids.size, model.calls.length], [4, 4, 1]);
      await generateText({ model: wrapped, prompt: PARAPHRASE, tools: { weather } });
      equal(model.calls.length, 2, "what called tools answers the very same question alone");
      // The turn after: the ids that were made up for the conversation do not matter.
      const after = (id: string, output: string): Params => ({
        prompt: [
          { role: "user", content: [{ type: "text", text: QUESTION }] },
          { role: "assistant", content: [{ type: "tool-call", toolCallId: id, toolName: "weather", input: {} }] },
          { role: "tool", content: [{ type: "tool-result", toolCallId: id, toolName: "weather", output }] },
        ],
      });
      await wrapped.doGenerate(after("a", "rain"));
      await wrapped.doGenerate(after("b", "rain"));
      equal(model.calls.length, 3);
      await wrapped.doGenerate(after("b", "sun"));
      equal(model.calls.length, 4);
    });

    same("what does not change an answer does not matter, and all that does, does", async () => {
      const { wrapped, model } = await open();
      await wrapped.doGenerate(ask(QUESTION, { temperature: 0, providerOptions: { a: { b: 1, c: 2 } } }));
      for (const same of [
        { headers: { "user-agent": "ai/9", "x-request-id": "7" } },
        { abortSignal: new AbortController().signal },
        { includeRawChunks: true },
        { seed: undefined, providerOptions: { a: { c: 2, b: 1 } } },
      ]) {
        const base = { temperature: 0, providerOptions: { a: { b: 1, c: 2 } } };
        await wrapped.doGenerate(ask(QUESTION, { ...base, ...same }));
        await stream(wrapped, ask(QUESTION, { ...base, ...same }));
      }
      equal(model.calls.length, 1);
      const image = (data: Uint8Array) => ({
        prompt: [
          {
            role: "user",
            content: [
              { type: "text", text: QUESTION },
              { type: "file", mediaType: "image/png", data },
            ],
          },
        ],
      });
      const others: object[] = [
        { temperature: 1 },
        { seed: 1 },
        { maxOutputTokens: 5 },
        { stopSequences: ["a"] },
        { responseFormat: { type: "json" } },
        { tools: [{ type: "function", name: "a", inputSchema: {} }] },
        { toolChoice: { type: "none" } },
        { providerOptions: { a: { b: 2 } } },
        { prompt: [{ role: "system", content: "Be brief." }, ...ask(QUESTION).prompt] },
        { prompt: [{ role: "user", content: [{ type: "text", text: "hi" }] }, ...ask(QUESTION).prompt] },
        image(BYTES),
        image(BYTES.slice(1)),
      ];
      for (const [i, other] of others.entries()) {
        await wrapped.doGenerate(ask(QUESTION, other));
        equal(model.calls.length, i + 2, JSON.stringify(other));
      }
      const { wrapLanguageModel } = await sdk(version);
      const { cache } = await open();
      for (const modelId of ["m", "n"]) {
        const one = { ...answering(spec, PLAIN), modelId };
        const calls = one.calls as unknown[];
        await wrapLanguageModel({ model: one, middleware: cacheMiddleware(cache) }).doGenerate(ask(QUESTION));
        equal(calls.length, 1, modelId);
      }
    });

    same("a fault at any part, a stream that does not end, or an abort leaves no entry", async () => {
      const parts = streamOf(spec, PLAIN);
      for (const kind of ["throws", "error part", "ends"] as const) {
        for (let at = 0; at < parts.length; at++) {
          const { wrapped, model, cache } = await open();
          const whole = model.doStream;
          model.doStream = async () => ({ stream: readable(parts, { at, kind }) });
          await stream(wrapped, ask(QUESTION)).catch(() => {});
          await cache.flush();
          equal((await cache.stats()).entries, 0, `${kind} at ${at}`);
          model.doStream = whole;
          equal(timeless(await stream(wrapped, ask(QUESTION))), timeless(parts), "then it works");
          equal((await cache.stats()).entries, 1);
        }
      }
      const { wrapped, model, cache } = await open();
      for (const broken of [async () => Promise.reject(new Error("401")), () => fail("401")]) {
        model.doGenerate = broken;
        model.doStream = broken;
        for (const call of [() => wrapped.doGenerate(ask(QUESTION)), () => wrapped.doStream(ask(QUESTION))]) {
          equal(((await rejection(async () => call())) as Error).message, "401", "as without a cache");
        }
      }
      const end = new AbortController();
      model.doStream = async () => ({
        stream: new ReadableStream({ pull: (c) => turn(1).then(() => c.enqueue({ type: "ping" })) }),
      });
      const reading = rejection(() => stream(wrapped, ask(QUESTION, { abortSignal: end.signal })));
      await turn(10);
      end.abort(new Error("enough"));
      equal([((await reading) as Error).message, (await cache.stats()).entries], ["enough", 0]);
    });

    same("what was cut short, filtered, or is not of its schema is not stored", async () => {
      for (const finish of ["length", "content-filter", "error"]) {
        const { wrapped, cache } = await open([{ ...PLAIN, finish }]);
        await wrapped.doGenerate(ask(QUESTION));
        await stream(wrapped, ask(QUESTION));
        equal((await cache.stats()).entries, 0, finish);
      }
      const kept = await open([{ ...PLAIN, finish: "length" }], { keepTruncated: true });
      await kept.wrapped.doGenerate(ask(QUESTION));
      equal((await kept.cache.stats()).entries, 1);
      const schema = {
        type: "object",
        properties: {
          city: { type: "string" },
          rain: { anyOf: [{ type: "number" }, { type: "null" }] },
          kind: { enum: ["a"] },
        },
        required: ["city"],
        additionalProperties: false,
      };
      const json = { responseFormat: { type: "json", schema } };
      const bad = [
        "",
        "no",
        "{",
        "[]",
        "7",
        "{}",
        '{"city":7}',
        '{"city":"a","rain":"b"}',
        '{"city":"a","kind":"b"}',
        '{"city":"a","other":1}',
      ];
      for (const text of [...bad, '{"city":"a","rain":null}', '{"city":"a","rain":1.5,"kind":"a"}']) {
        const { wrapped, cache } = await open([{ content: [{ type: "text", text }] }]);
        await wrapped.doGenerate(ask(QUESTION, json));
        equal((await cache.stats()).entries, bad.includes(text) ? 0 : 1, text);
      }
      const { wrapped, cache } = await open([PLAIN], { admit: ({ text }) => !text.includes("link") });
      await wrapped.doGenerate(ask(QUESTION));
      equal((await cache.stats()).entries, 0, "nor what the user does not admit");
    });

    same("twenty identical calls are one, and one of them may be aborted", async () => {
      const { generateText, streamText } = await sdk(version);
      const { wrapped, model } = await open();
      const twenty = Array.from({ length: 20 });
      const texts = await Promise.all(twenty.map(() => generateText({ model: wrapped, prompt: QUESTION })));
      equal([new Set(texts.map(({ text }) => text)).size, model.calls.length], [1, 1]);
      const joined = texts.find(({ providerMetadata }) => providerMetadata?.mneme !== undefined);
      equal(joined.providerMetadata.mneme.hit, "joined");
      const streams = twenty.map(async () => {
        const streamed = streamText({ model: wrapped, prompt: OTHER });
        await streamed.consumeStream();
        return streamed.text;
      });
      equal([new Set(await Promise.all(streams)).size, model.calls.length], [1, 2]);
      const end = new AbortController();
      const third = "a third question of its own";
      const aborted = rejection(() => wrapped.doGenerate(ask(third, { abortSignal: end.signal })));
      const other = wrapped.doGenerate(ask(third));
      end.abort(new Error("enough"));
      equal([((await aborted) as Error).message, (await other).content.length], ["enough", 1]);
      equal(model.calls.length, 3);
    });

    same("a caller who is aborted ends nothing for one who waits; when all are, the model is told", async () => {
      for (const call of ["doGenerate", "doStream"] as const) {
        const { wrapped, model, cache } = await open();
        const signals: AbortSignal[] = [];
        // As real ones do: it fails when its signal says so.
        model.doGenerate = async ({ abortSignal }) => {
          signals.push(abortSignal as AbortSignal);
          await turn(20);
          signals.at(-1)!.throwIfAborted();
          return answering(spec, PLAIN).doGenerate(ask(QUESTION));
        };
        model.doStream = async ({ abortSignal }) => {
          signals.push(abortSignal as AbortSignal);
          const parts = streamOf(spec, PLAIN).values();
          const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
            await turn(5);
            const { done, value } = parts.next();
            if (signals.at(-1)!.aborted) controller.error(signals.at(-1)!.reason);
            else if (done) controller.close();
            else controller.enqueue(value);
          };
          return { stream: new ReadableStream({ pull }, { highWaterMark: 0 }) };
        };
        const read = async (signal?: AbortSignal): Promise<number> => {
          const params = ask(QUESTION, { abortSignal: signal });
          return call === "doStream"
            ? (await stream(wrapped, params)).length
            : (await wrapped[call](params)).content.length;
        };
        const [one, two] = [new AbortController(), new AbortController()];
        const left = [one, two].map(({ signal }) => rejection(() => read(signal)));
        await turn(2);
        for (const end of [one, two]) end.abort(new Error("enough"));
        equal(
          (await Promise.all(left)).map((error) => (error as Error).message),
          ["enough", "enough"],
          call,
        );
        equal([signals.length, signals[0]!.aborted, (await cache.stats()).entries], [1, true, 0], call);
        const leaving = new AbortController();
        const first = rejection(() => read(leaving.signal));
        const stays = read();
        await turn(2);
        leaving.abort(new Error("enough"));
        equal(((await first) as Error).message, "enough");
        ok((await stays) > 0, call);
        equal([signals.length, signals[1]!.aborted, (await cache.stats()).entries], [2, false, 1], call);
      }
    });

    same("another number, or a follow-up, is another question; what depends on a scope stays in it", async () => {
      let tenant = "a";
      const { wrapped, model } = await open([PLAIN], { scope: () => ({ tenant }) });
      for (const text of ["what does order 123 cost in total", "what does order 456 cost in total"]) {
        await wrapped.doGenerate(ask(text));
      }
      equal(model.calls.length, 2);
      tenant = "b";
      await wrapped.doGenerate(ask("what does order 123 cost in total"));
      equal(model.calls.length, 3);
      const chat = (first: string): Params => ({
        prompt: [
          ...ask(first).prompt,
          { role: "assistant", content: [{ type: "text", text: "He is Tim." }] },
          ...ask("how old is he?").prompt,
        ],
      });
      await wrapped.doGenerate(chat("Who leads Apple?"));
      await wrapped.doGenerate(chat("Who leads Google?"));
      equal(model.calls.length, 5);
      await wrapped.doGenerate(chat("Who leads Google?"));
      equal(model.calls.length, 5);
    });

    same("semantic: false tells texts apart by every character", async () => {
      for (const semantic of [false, () => false]) {
        const { wrapped, model } = await open([PLAIN], { semantic });
        for (const text of [QUESTION, QUESTION.toUpperCase(), `${QUESTION} `, QUESTION])
          await wrapped.doGenerate(ask(text));
        equal(model.calls.length, 3);
      }
      const { wrapped, model, cache } = await open([PLAIN], { bypass: () => true });
      for (let i = 0; i < 2; i++) {
        await wrapped.doGenerate(ask(QUESTION));
        await stream(wrapped, ask(QUESTION));
      }
      const { entries, misses } = await cache.stats();
      equal([model.calls.length, entries, misses], [4, 0, 0], "a bypass is none of the cache's business");
    });

    same(
      "tools are called for what was asked to the letter, and a follow-up without a conversation is nobody's",
      async () => {
        for (const streams of [false, true]) {
          const { wrapped, model } = await open([TOOLS]);
          const run = (text: string): Promise<unknown> =>
            streams ? stream(wrapped, ask(text)) : wrapped.doGenerate(ask(text));
          await run("delete Notes.txt");
          await run("delete notes.txt");
          equal(model.calls.length, 2);
          await run("delete notes.txt");
          equal(model.calls.length, 2);
        }
        const { wrapped, model } = await open();
        const system = { role: "system", content: "Be brief." };
        const after = (...texts: string[]): Params => ({
          prompt: [system, ...texts.flatMap((text) => ask(text).prompt)],
        });
        for (const text of [
          "what about the price of it for two persons now",
          "what about the price of it for two persons today",
        ]) {
          await wrapped.doGenerate(after(text));
        }
        equal(model.calls.length, 2, "it is known that nothing was said before");
        for (const text of [
          "what about the price of it for two persons now",
          "what about the price of it for two persons today",
        ]) {
          await wrapped.doGenerate(after("a tram ticket", text));
        }
        equal(model.calls.length, 3);
      },
    );

    same("a large image costs the key nothing, and a store that fails costs the reuse alone", async () => {
      const large = new Uint8Array(100 * 1024);
      const { wrapped, store } = await open();
      await wrapped.doGenerate({
        prompt: [
          {
            role: "user",
            content: [
              { type: "text", text: QUESTION },
              { type: "file", mediaType: "image/png", data: large },
            ],
          },
        ],
      });
      for (const entry of store.scan({ fields: "all" }) as Iterable<{ key: string; text: string }>) {
        ok(entry.key.length < 200 && entry.text === QUESTION, entry.key);
      }
      const drawn: Answer = { content: [{ type: "file", mediaType: "image/png", data: new Uint8Array(1_000_000) }] };
      const { wrapped: drawing, cache: drawings } = await open([drawn]);
      await stream(drawing, ask(QUESTION));
      equal((await drawings.stats()).entries, 1, "an image in a stream has the bytes it has");
      const failing = intercepted(memoryStore(), (method, call) => {
        if (method === "get" || method === "commit") throw new Error("no store");
        return call();
      });
      const { wrapped: alone, model } = await open([RICH], {}, { store: failing });
      for (let i = 0; i < 2; i++) await alone.doGenerate(ask(QUESTION));
      equal((await stream(alone, ask(QUESTION))).length, streamOf(spec, RICH).length);
      equal(model.calls.length, 3);
    });

    same("a long stream is replayed without a wait between its parts", async () => {
      const long: Answer = { content: [{ type: "text", text: "word ".repeat(200) }], step: 5 };
      const { wrapped, model } = await open([long]);
      const parts = await stream(wrapped, ask(QUESTION));
      let turns = 0;
      const clock = setInterval(() => turns++, 0);
      try {
        equal((await stream(wrapped, ask(QUESTION))).length, parts.length);
      } finally {
        clearInterval(clock);
      }
      ok(parts.length > 200 && turns < 20, `${turns} turns of the event loop for ${parts.length} parts`);
      equal(model.calls.length, 1);
    });

    same("the example, which is all one has to write", async () => {
      const model = answering(spec, PLAIN);
      const questions = ["Where is my order?", "Can you tell me where my order is?"];
      const told = await answers((await sdk(version)) as never, model, questions);
      equal(told, [`${PLAIN.content[0]!.text} (asked)`, `${PLAIN.content[0]!.text} (semantic)`]);
    });

    same("savings are told by model", async () => {
      const { wrapped, cache } = await open([PLAIN], {}, { prices: { "m-2026": { input: 1, output: 2 } } });
      await wrapped.doGenerate(ask(QUESTION));
      await stream(wrapped, ask(QUESTION));
      const [saved] = (await cache.stats()).savings;
      equal(
        [
          saved?.model,
          saved?.callsMade,
          saved?.callsSaved,
          saved?.inputTokensSaved,
          saved?.outputTokensSaved,
          saved?.costSaved,
        ],
        ["m-2026", 1, 1, 7, 5, (7 + 2 * 5) / 1e6],
      );
      const broken = await open();
      broken.model.doStream = async () => ({ stream: readable(streamOf(spec, PLAIN), { at: 3, kind: "ends" }) });
      await stream(broken.wrapped, ask(QUESTION));
      equal((await broken.cache.stats()).savings, [], "a stream that did not end told of no tokens");
    });

    same("for any answer: replayed either way it is what a model that streams it, or gives it, gives", async () => {
      const text = fc.string({ unit: "grapheme", maxLength: 40 });
      const metadata = fc.dictionary(
        fc.constantFrom("a", "$mneme", "__proto__"),
        fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
      );
      const item = fc.oneof(
        fc.record({ type: fc.constant("text"), text }),
        fc.record({ type: fc.constant("reasoning"), text, providerMetadata: fc.record({ test: metadata }) }),
        fc.record({ type: fc.constant("source"), sourceType: fc.constant("url"), id: text, url: fc.webUrl() }),
        fc.record({ type: fc.constant("file"), mediaType: fc.constant("a/b"), data: fc.uint8Array({ maxLength: 20 }) }),
      );
      const calls = fc.array(
        fc.record({
          type: fc.constant("tool-call"),
          toolName: fc.constantFrom("a", "b"),
          input: fc.json({ maxDepth: 1 }),
        }),
        { maxLength: 2 },
      );
      const answer = fc.record({
        content: fc.array(item, { minLength: 1, maxLength: 4 }),
        calls,
        step: fc.integer({ min: 1, max: 5 }),
      });
      const trial = fc.asyncProperty(answer, fc.boolean(), async ({ content, calls, step }, streamsFirst) => {
        const called = calls.map((call, i) => ({ ...call, toolCallId: `c${i}` }));
        const given: Answer = {
          content: [...content, ...called],
          step,
          finish: calls.length > 0 ? "tool-calls" : "stop",
        };
        const live = answering(spec, given);
        const [generated, streamed] = [await live.doGenerate(ask(QUESTION)), await stream(live, ask(QUESTION))];
        const { wrapped, model } = await open([given]);
        if (streamsFirst) await stream(wrapped, ask(QUESTION));
        else await wrapped.doGenerate(ask(QUESTION));
        const again = await wrapped.doGenerate(ask(QUESTION));
        equal(
          timeless([again.content, again.finishReason, again.usage]),
          timeless([generated.content, generated.finishReason, generated.usage]),
        );
        const parts = await stream(wrapped, ask(QUESTION));
        if (streamsFirst) equal(timeless(parts), timeless(streamed));
        equal(model.calls.length, 1);
      });
      await fc.assert(trial, { numRuns: cases(40) });
    });
  }

  test("what one version of the SDK recorded, another replays in its own shape", async () => {
    const store = memoryStore();
    const { wrapLanguageModel } = await sdk("ai5");
    const cache = await SemanticCache.open({ embedder: WORDS, store: unclosed(store) });
    const old = wrapLanguageModel({ model: answering("v2", rich("v2")), middleware: cacheMiddleware(cache) });
    await old.doGenerate(ask(QUESTION));
    for (const version of ["ai6", "ai7"]) {
      const { wrapLanguageModel, generateText } = await sdk(version);
      const model = answering(VERSIONS[version]!, rich(VERSIONS[version]!));
      const wrapped = wrapLanguageModel({ model, middleware: cacheMiddleware(cache) });
      const { finishReason, usage, text, files } = await generateText({ model: wrapped, prompt: QUESTION });
      equal([finishReason, usage.inputTokens, usage.outputTokens], ["stop", 7, 5]);
      equal([files[0].uint8Array, text.endsWith("And that is all.")], [BYTES, true]);
      equal(model.calls.length, 0);
      const fresh = await SemanticCache.open({ embedder: WORDS });
      await wrapLanguageModel({ model, middleware: cacheMiddleware(fresh) }).doGenerate(ask(QUESTION));
      const back = answering("v2", PLAIN);
      const again = await (await sdk("ai5")).generateText({
        model: (await sdk("ai5")).wrapLanguageModel({ model: back, middleware: cacheMiddleware(fresh) }),
        prompt: QUESTION,
      });
      equal([again.finishReason, again.usage.totalTokens, back.calls.length], ["stop", 12, 0]);
      equal(again.files[0].uint8Array, BYTES);
    }
  });

  for (const version of ["ai6", "ai7"]) {
    test(`${version}: each text is embedded once, whatever batch it comes in`, async () => {
      const { wrapEmbeddingModel, embedMany } = await sdk(version);
      const cache = await SemanticCache.open({ embedder: WORDS });
      const asked: string[][] = [];
      const model = {
        specificationVersion: VERSIONS[version],
        provider: "test",
        modelId: "e",
        maxEmbeddingsPerCall: 100,
        supportsParallelCalls: true,
        async doEmbed({ values }: { values: string[] }) {
          asked.push(values);
          return {
            embeddings: values.map((value) => [value.length, 1 / 3]),
            usage: { tokens: values.length },
            warnings: [],
          };
        },
      };
      const wrapped = wrapEmbeddingModel!({ model, middleware: embeddingMiddleware(cache) });
      const run = async (...values: string[]) => embedMany({ model: wrapped, values });
      const expected = (...values: string[]) => values.map((value) => [value.length, 1 / 3]);
      equal((await run("a", "Ab", "a")).embeddings, expected("a", "Ab", "a"));
      const { embeddings, usage } = await run("ab", "a", "Ab", "a longer one");
      equal([embeddings, usage.tokens], [expected("ab", "a", "Ab", "a longer one"), 2]);
      equal((await run("a", "Ab")).usage.tokens, 0);
      equal(asked, [
        ["a", "Ab"],
        ["ab", "a longer one"],
      ]);
      const other = { ...model, modelId: "f" };
      await embedMany({
        model: wrapEmbeddingModel!({ model: other, middleware: embeddingMiddleware(cache) }),
        values: ["a"],
      });
      equal(asked.length, 3, "another model's are others");
      equal((await cache.stats("embeddings")).entries, 5);
    });

    test(`${version}: an embedding model that gives too few vectors, too many or none is told, and nothing is stored`, async () => {
      const { wrapEmbeddingModel, embedMany } = await sdk(version);
      const cache = await SemanticCache.open({ embedder: WORDS });
      let embeddings: unknown;
      const model = {
        specificationVersion: VERSIONS[version],
        provider: "test",
        modelId: "e",
        maxEmbeddingsPerCall: 100,
        supportsParallelCalls: true,
        doEmbed: async () => ({ embeddings, usage: { tokens: 1 }, warnings: [] }),
      };
      const wrapped = wrapEmbeddingModel!({ model, middleware: embeddingMiddleware(cache) });
      for (const [given, got] of [
        [[[1]], 1],
        [[[1], [2], [3]], 3],
        [[], 0],
        [undefined, 0],
      ] as const) {
        embeddings = given;
        const error = await fails(() => embedMany({ model: wrapped, values: ["a", "b"], maxRetries: 0 }), "dimension");
        equal(
          error.message,
          `"e" was asked for 2 vectors and gave ${got}. Nothing is stored: ask again, for fewer texts at once.`,
        );
        equal((await cache.stats("embeddings")).entries, 0);
      }
      embeddings = [[1], [2]];
      equal((await embedMany({ model: wrapped, values: ["a", "b"] })).embeddings, [[1], [2]]);
    });
  }
};

function fail(message: string): never {
  throw new Error(message);
}
