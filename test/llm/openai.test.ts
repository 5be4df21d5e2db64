import { type CachedFetchOptions, cachedFetch } from "../../adapters/llm/openai.ts";
import { eventsOf } from "../../adapters/llm/openai-events.ts";
import { type CacheEvent, type CacheOptions, memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import type { Asked, Play } from "./openai-server.ts";
import type { Wire } from "./openai-wire.ts";

/** Cosine about 0.9. */
const QUESTION = "how do I reset the password of my account today";
const PARAPHRASE = "how do I reset the password of my account now";

const PATHS = { chat: "/v1/chat/completions", responses: "/v1/responses", messages: "/v1/messages" };
type Kind = keyof typeof PATHS;
const KINDS = Object.keys(PATHS) as Kind[];
const LAST: Record<Kind, string> = { chat: "[DONE]", responses: "response.completed", messages: "message_stop" };

const EMBEDDER = testEmbedder({ dimensions: 256 });
/** Without a wait between tests that all have their own caches, nothing is shared but the server. */
export async function opened(options: Partial<CacheOptions<unknown>> = {}): Promise<SemanticCache<unknown>> {
  return SemanticCache.open<unknown>({ embedder: EMBEDDER, ...options });
}

export function bodyOf(kind: Kind, question: unknown = QUESTION, more: Wire = {}): Wire {
  const turns = [{ role: "user", content: question }];
  if (kind === "responses") return { model: "m", input: typeof question === "string" ? question : turns, ...more };
  return { model: "m", messages: turns, ...(kind === "messages" ? { max_tokens: 100 } : {}), ...more };
}

function textIn(kind: Kind, body: Wire): string {
  if (kind === "chat") return body.choices[0].message.content;
  const { content } = kind === "messages" ? body : body.output.at(-1);
  return content[0].text;
}

function eventsIn(text: string): Wire[] {
  const datas = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!);
  return datas.map((data) => (data === "[DONE]" ? { type: data } : JSON.parse(data)));
}

/** What a stream says. */
function textOf(kind: Kind, events: Wire[]): string {
  const pieces = events.map((event) => {
    if (kind === "chat") return event.choices?.[0]?.delta.content ?? "";
    if (kind === "responses") return event.type === "response.output_text.delta" ? event.delta : "";
    return event.delta?.text ?? "";
  });
  return pieces.join("");
}

const after = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All that needs no SDK, before a server of test/llm/openai-server.ts: in every runtime. */
export function openaiTests(url: string): Suite {
  const asked = async (method = "GET"): Promise<Asked[]> => (await fetch(`${url}/asked`, { method })).json();

  /** Until so many are held there. */
  const held = async (many: number): Promise<void> => {
    while (Number(await (await fetch(`${url}/held`)).text()) < many) await after(1);
  };

  return (test) => {
    /** A cache of its own, and a server that has been asked nothing. */
    const begin = async (
      options: CachedFetchOptions = {},
      settings: Partial<CacheOptions<unknown>> = {},
    ): Promise<{
      cache: SemanticCache<unknown>;
      post: (kind: Kind | "embeddings", body: Wire, init?: RequestInit) => Promise<Response>;
      count: () => Promise<number>;
      fetched: ReturnType<typeof cachedFetch>;
    }> => {
      await asked("DELETE");
      const cache = await opened(settings);
      const fetched = cachedFetch(cache, options);
      const post = (kind: Kind | "embeddings", body: Wire, init: RequestInit = {}): Promise<Response> => {
        const path = kind === "embeddings" ? "/v1/embeddings" : PATHS[kind];
        const headers = { "content-type": "application/json", authorization: "Bearer key" };
        return fetched(url + path, { method: "POST", headers, body: JSON.stringify(body), ...init });
      };
      return { cache, post, count: async () => (await asked()).length, fetched };
    };
    const told = (response: Response): string => response.headers.get("x-mneme") ?? "";

    for (const kind of KINDS) {
      test(`${kind}: the same and what means the same is answered, plain and streamed, from one record`, async () => {
        for (const stream of [false, true]) {
          const { cache, post, count } = await begin();
          const first = await post(kind, bodyOf(kind, QUESTION, { stream }));
          equal([first.status, told(first), first.headers.get("x-request-id")], [200, "miss", "req_1"]);
          await first.text();
          const again = await post(kind, bodyOf(kind, QUESTION.toUpperCase()));
          equal(told(again), "hit; layer=exact; similarity=1; age=0");
          equal([again.status, again.headers.get("content-type")], [200, "application/json"]);
          equal(textIn(kind, (await again.json()) as Wire), `The answer to: ${QUESTION}`);
          const alike = await post(kind, bodyOf(kind, PARAPHRASE, { stream: true }));
          ok(/^hit; layer=semantic; similarity=0\.[89]\d*; age=0$/.test(told(alike)), told(alike));
          equal(alike.headers.get("content-type"), "text/event-stream");
          const events = eventsIn(await alike.text());
          equal([textOf(kind, events), events.at(-1)!.type], [`The answer to: ${QUESTION}`, LAST[kind]]);
          const { hitsExact, hitsSemantic, misses, entries } = await cache.stats();
          equal([hitsExact, hitsSemantic, misses, entries, await count()], [1, 1, 1, 1, 1]);
          const { model, callsSaved, inputTokensSaved, outputTokensSaved } = (await cache.stats()).savings[0]!;
          equal([model, callsSaved, inputTokensSaved, outputTokensSaved], ["m", 2, 18, 24]);
          await cache.close();
        }
      });

      test(`${kind}: whatever an answer depends on keeps questions apart; transport does not`, async () => {
        const { post, count } = await begin();
        await post(kind, bodyOf(kind));
        const same: [Wire, HeadersInit?][] = [
          [{ user: "{}" }],
          [{ metadata: { play: {} }, service_tier: "auto" }],
          [{ safety_identifier: "a", prompt_cache_key: "b", store: false }],
          [{}, { authorization: "Bearer another", "x-trace": "1" }],
        ];
        for (const [more, headers] of same) {
          const init = headers && { headers };
          ok(told(await post(kind, bodyOf(kind, QUESTION, more), init)).startsWith("hit"), JSON.stringify(more));
        }
        const reversed = Object.fromEntries(Object.entries(bodyOf(kind)).reverse());
        ok(told(await post(kind, reversed)).startsWith("hit"), "the order of keys");
        const turns = kind === "responses" ? "input" : "messages";
        const user = { role: "user", content: QUESTION };
        const part = { type: kind === "responses" ? "input_text" : "text", text: QUESTION };
        ok(told(await post(kind, bodyOf(kind, [part]))).startsWith("hit"), "a list of one text");
        const others: Wire[] = [
          { model: "n" },
          { temperature: 0 },
          { tools: [{ type: "function", name: "f" }] },
          { [turns]: [{ role: "system", content: "Be brief." }, user] },
          { [turns]: [{ role: "user", content: "hello" }, { role: "assistant", content: "hi" }, user] },
          { [turns]: [{ role: "user", content: [part, { type: "image", url: "data:,1" }] }] },
          { unheard_of: 1 },
        ];
        for (const [i, other] of others.entries()) {
          equal(told(await post(kind, bodyOf(kind, QUESTION, other))), "miss", JSON.stringify(other));
          equal(await count(), i + 2);
        }
        for (const other of others) {
          const header = told(await post(kind, bodyOf(kind, PARAPHRASE, other)));
          ok(header.startsWith("hit; layer=semantic") || turns in other, JSON.stringify(other));
        }
      });

      test(`${kind}: what is not whole, not in order or not wanted is passed on, and not stored`, async () => {
        const { cache, post, count } = await begin();
        const schema = { type: "json_schema", schema: {} };
        const wanting = {
          chat: { response_format: schema },
          responses: { text: { format: schema } },
          messages: { output_config: { format: schema } },
        };
        const plays: [Play, Wire?][] = [
          [{ status: 429 }],
          [{ status: 500, type: "text/html" }],
          [{ raw: "{", type: "application/json" }],
          [{ raw: "<p>", type: "text/html" }],
          [{ raw: "[1]" }],
          [{}, wanting[kind]],
        ];
        for (const [play, more] of plays) {
          for (const stream of [false, true]) {
            const response = await post(kind, bodyOf(kind, QUESTION, { ...more, stream, metadata: { play } }));
            const text = await response.text();
            equal([response.status, response.headers.get("x-request-id")], [play.status ?? 200, "req_1"]);
            if (play.raw !== undefined) equal(text, play.raw);
            if (play.status !== undefined) equal(text, '{"error":{"message":"no","type":"rate_limit_error"}}');
            equal((await cache.stats()).entries, 0, JSON.stringify(play));
          }
        }
        const before = await count();
        await rejection(() => post(kind, bodyOf(kind, QUESTION, { metadata: { play: { drop: 0 } } })));
        await post(kind, bodyOf(kind));
        equal([(await cache.stats()).entries, await count()], [1, before + 2]);
      });

      test(`${kind}: a fault at every event of a stream leaves no entry`, async () => {
        const { cache, post, count } = await begin();
        let calls = 1;
        const whole = eventsIn(
          await (await post(kind, bodyOf(kind, QUESTION, { stream: true, model: "whole" }))).text(),
        );
        await cache.clear();
        for (const fault of ["drop", "end", "error"] as const) {
          for (let at = 0; at < whole.length - 1; at++) {
            const body = bodyOf(kind, QUESTION, { stream: true, metadata: { play: { [fault]: at } } });
            const text = await post(kind, body)
              .then((response) => response.text())
              .catch(String);
            if (fault === "end") equal(eventsIn(text).length, at, "what there was is passed on");
            equal([(await cache.stats()).entries, await count()], [0, ++calls], `${fault} at ${at}`);
          }
        }
        equal(told(await post(kind, bodyOf(kind, QUESTION, { stream: true }))), "miss");
      });

      test(`${kind}: a caller who aborts gets nothing stored, and another who waits gets the answer`, async () => {
        for (const stream of [false, true]) {
          const { cache, post, count } = await begin();
          const body = bodyOf(kind, QUESTION, { stream, metadata: { play: { hold: 2, cut: 9 } } });
          const read = async (init?: RequestInit): Promise<string> => textRead(await post(kind, body, init));
          const release = (): Promise<Response> => fetch(`${url}/release`);
          const alone = new AbortController();
          const aborted = rejection(() => read({ signal: alone.signal }));
          await held(1);
          alone.abort();
          equal(((await aborted) as Error).name, "AbortError", String(await aborted));
          await release();
          await after(20);
          equal((await cache.stats()).entries, 0);
          const leaving = new AbortController();
          const [left, stays] = [rejection(() => read({ signal: leaving.signal })), read()];
          await held(1);
          leaving.abort();
          equal(((await left) as Error).name, "AbortError");
          await release();
          ok((await stays).length > 0, "the other has it");
          equal([(await cache.stats()).entries, await count()], [1, 2]);
        }
      });

      test(`${kind}: many at once are one call upstream`, async () => {
        for (const [stream, callers] of [
          [false, 20],
          [true, 20],
          [false, 1000],
          [true, 1000],
        ] as const) {
          if (callers > 20 && kind !== "chat") continue;
          const { post, count } = await begin();
          const body = bodyOf(kind, QUESTION, { stream, metadata: { play: { cut: 20, pause: 1 } } });
          const responses = await Promise.all(Array.from({ length: callers }, () => post(kind, body)));
          const texts = new Set(await Promise.all(responses.map((response) => response.text())));
          const header = responses.filter((response) => told(response) === "joined").length;
          equal([texts.size, header, await count()], [1, callers - 1, 1]);
        }
      });

      test(`${kind}: a reader who leaves loses nothing of the recording`, async () => {
        const { cache, post, count } = await begin();
        const body = bodyOf(kind, QUESTION, { stream: true, metadata: { play: { pause: 1 } } });
        const reader = (await post(kind, body)).body!.getReader();
        await reader.read();
        await reader.cancel();
        for (let i = 0; (await cache.stats()).entries === 0 && i < 500; i++) await after(5);
        ok(told(await post(kind, body)).startsWith("hit"), "it was recorded");
        equal(await count(), 1);
      });

      test(`${kind}: chunks come as they are told, and a replay may take its time`, async () => {
        const { post } = await begin({ pace: 5 });
        const body = bodyOf(kind, "one two three four five", { stream: true, metadata: { play: { pause: 5 } } });
        for (const who of ["miss", "hit"]) {
          const response = await post(kind, body);
          ok(told(response).startsWith(who), who);
          let reads = 0;
          for (const reader = response.body!.getReader(); !(await reader.read()).done; ) reads++;
          ok(reads > 8, `${who}: ${reads}`);
        }
      });

      test(`${kind}: a question that is no plain text of a user is answered only to the letter`, async () => {
        const { cache, post } = await begin({}, { embedder: counting() });
        const turns = kind === "responses" ? "input" : "messages";
        const results: Record<Kind, Wire> = {
          chat: { role: "tool", tool_call_id: "c", content: QUESTION },
          responses: { type: "function_call_output", call_id: "c", output: QUESTION },
          messages: {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t", content: QUESTION },
              { type: "text", text: QUESTION },
            ],
          },
        };
        const lasts = [
          results[kind],
          { role: "assistant", content: QUESTION },
          { role: "user", content: [{ type: "image", url: "1" }] },
          { role: "user", content: " " },
        ];
        for (const last of lasts) {
          const body = bodyOf(kind, "", { [turns]: [last] });
          equal(
            [told(await post(kind, body)), told(await post(kind, body))],
            ["miss", "hit; layer=exact; similarity=1; age=0"],
          );
          const other = JSON.parse(
            JSON.stringify(body).replace("today", "TODAY").replace('"1"', '"2"').replace('" "', '"  "'),
          ) as Wire;
          if (JSON.stringify(other) !== JSON.stringify(body)) equal(told(await post(kind, other)), "miss");
        }
        equal(embedded, []);
        await cache.close();
      });
    }

    let embedded: string[] = [];
    const counting = (): CacheOptions<unknown>["embedder"] => {
      embedded = [];
      return {
        ...EMBEDDER,
        embed(texts) {
          embedded.push(...texts);
          return EMBEDDER.embed(texts);
        },
      };
    };

    test("answers that call tools serve the same question only", async () => {
      const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
      const message = { role: "assistant", content: null, refusal: null, tool_calls: [call] };
      const body = { id: "chatcmpl-1", model: "m", choices: [{ index: 0, message, finish_reason: "tool_calls" }] };
      const { post } = await begin();
      const play = { metadata: { play: { body } } };
      await post("chat", bodyOf("chat", QUESTION, play));
      const again = (await (await post("chat", bodyOf("chat", QUESTION, play))).json()) as Wire;
      equal(again.choices[0].message, message);
      ok(/^chatcmpl-[0-9a-f]{24}$/.test(again.id), again.id);
      equal(told(await post("chat", bodyOf("chat", PARAPHRASE, play))), "miss");
      for (const stream of [false, true]) {
        const words = (text: string): Promise<string> =>
          post("chat", bodyOf("chat", text, { ...play, model: `streams ${stream}`, stream })).then(async (response) => {
            await response.text();
            return told(response).slice(0, 4);
          });
        const asked = ["delete Notes.txt", "delete notes.txt", "delete notes.txt", "delete Notes.txt"];
        const header: string[] = [];
        for (const text of asked) header.push(await words(text));
        equal(header, ["miss", "miss", "hit;", "hit;"], "files are told apart by case");
      }
    });

    test("a response tells back what its own caller said, whoever asked before, or asks at once", async () => {
      const names = ["metadata", "user", "safety_identifier", "prompt_cache_key"];
      for (const stream of [false, true]) {
        const { post, count } = await begin();
        const saying = async (who: string | undefined): Promise<unknown[]> => {
          const own = who && {
            metadata: { who },
            safety_identifier: who,
            prompt_cache_key: who,
            user: `{"pause":5,"who":"${who}"}`,
          };
          const response = await post("responses", bodyOf("responses", QUESTION, { stream, ...(own || {}) }));
          const bodies = stream
            ? eventsIn(await response.text()).flatMap(({ response }) => response ?? [])
            : [(await response.json()) as Wire];
          ok(bodies.length > 0, "it tells");
          for (const body of bodies) {
            const nothing: Wire = { metadata: {} };
            equal(
              names.map((name) => body[name]),
              names.map((name) => (own as Wire)?.[name] ?? nothing[name] ?? null),
            );
          }
          return bodies;
        };
        await Promise.all(["ann", "bob", "ann"].map(saying));
        await saying("eve");
        await saying(undefined);
        equal(await count(), 1);
      }
    });

    test("headers that change what a model answers keep questions apart", async () => {
      const { post, count } = await begin();
      const asking = (headers: HeadersInit): Promise<Response> => post("messages", bodyOf("messages"), { headers });
      for (const headers of [{}, { "anthropic-beta": "a,b" }, { "openai-beta": "a" }] as HeadersInit[]) {
        equal(told(await asking(headers)), "miss", JSON.stringify(headers));
      }
      ok(
        told(await asking({ "Anthropic-Beta": "b, a", "anthropic-version": "2023-06-01" })).startsWith("hit"),
        "in any order",
      );
      equal(await count(), 3);
    });

    test("lines of events may be long, end in any way, and be cut anywhere", async () => {
      for (const end of ["\n", "\r\n", "\r"]) {
        const lines = [
          `data: ${"x".repeat(300)}`,
          "",
          ": a comment",
          "event: e",
          "data: é",
          "data: b",
          "",
          "data: last",
        ];
        const bytes = new TextEncoder().encode(lines.join(end));
        for (const size of [1, 2, 3, 7, 1000]) {
          const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          );
          const body = new ReadableStream<Uint8Array>({
            start(controller) {
              for (const cut of cuts) controller.enqueue(cut);
              controller.close();
            },
          });
          const events: unknown[] = [];
          for await (const event of eventsOf(body)) events.push(event);
          equal(
            events,
            [{ data: "x".repeat(300) }, { event: "e", data: "é\nb" }, { data: "last" }],
            `${JSON.stringify(end)}, ${size}`,
          );
        }
      }
    });

    test("what was cut short, filtered or refused is stored only when that is wanted", async () => {
      const of = (finish_reason: string, refusal: string | null = null): Wire => {
        return {
          id: "1",
          model: "m",
          choices: [{ index: 0, message: { role: "assistant", content: "a", refusal }, finish_reason }],
        };
      };
      const bodies: [Kind, Wire][] = [
        ["chat", of("length")],
        ["chat", of("content_filter")],
        ["chat", of("stop", "no")],
        ["messages", { type: "message", content: [{ type: "text", text: "a" }], stop_reason: "max_tokens" }],
        ["messages", { type: "message", content: [{ type: "text", text: "a" }], stop_reason: "refusal" }],
        [
          "responses",
          { status: "incomplete", output: [{ type: "message", content: [{ type: "output_text", text: "a" }] }] },
        ],
        [
          "responses",
          { status: "completed", output: [{ type: "message", content: [{ type: "refusal", refusal: "a" }] }] },
        ],
      ];
      for (const keepTruncated of [false, true]) {
        for (const [kind, body] of bodies) {
          const { cache, post } = await begin({ keepTruncated });
          equal(await (await post(kind, bodyOf(kind, QUESTION, { metadata: { play: { body } } }))).json(), body);
          equal((await cache.stats()).entries, keepTruncated ? 1 : 0, JSON.stringify(body));
        }
      }
      for (const body of [
        { type: "message", content: [{ type: "text", text: "a" }], stop_reason: "pause_turn" },
        { status: "failed", output: [{}] },
        {},
      ]) {
        const { cache, post } = await begin({ keepTruncated: true });
        for (const kind of KINDS) await post(kind, bodyOf(kind, QUESTION, { metadata: { play: { body } } }));
        equal((await cache.stats()).entries, 0, JSON.stringify(body));
      }
    });

    test("a plain answer has usage though the stream that was recorded was not to tell it, which is told nothing of it", async () => {
      const { post } = await begin();
      for (const who of ["miss", "hit"]) {
        const response = await post("chat", bodyOf("chat", QUESTION, { stream: true }));
        ok(told(response).startsWith(who), who);
        ok(!(await response.text()).includes("usage"), "nobody asked for it");
      }
      const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
      equal(((await (await post("chat", bodyOf("chat"))).json()) as Wire).usage, usage);
      const options = { include_usage: true };
      const counted = await post("chat", bodyOf("chat", QUESTION, { stream: true, stream_options: options }));
      const [last, ...others] = eventsIn(await counted.text())
        .slice(0, -1)
        .reverse();
      equal([last!.choices, last!.usage], [[], usage]);
      ok(
        others.every((chunk) => chunk.usage === null),
        "as the API tells it",
      );
    });

    test("a server that does not know how to tell usage is asked as the caller asks", async () => {
      const { post, count } = await begin();
      const body = bodyOf("chat", QUESTION, { stream: true, metadata: { play: { strict: true } } });
      equal(textOf("chat", eventsIn(await (await post("chat", body)).text())), `The answer to: ${QUESTION}`);
      equal(await count(), 2);
      ok(told(await post("chat", body)).startsWith("hit"), "it is stored");
    });

    test("what is stateful, and all else, passes untouched", async () => {
      const { cache, post, count, fetched } = await begin();
      const bodies: [Kind, Wire][] = [
        ["responses", { previous_response_id: "resp_0" }],
        ["responses", { conversation: "conv_0" }],
        ["responses", { background: true }],
        ["responses", { store: true }],
        ["chat", { store: true }],
        ["chat", { modalities: ["text", "audio"] }],
        ["messages", { max_tokens: undefined }],
      ];
      for (const [kind, more] of bodies) {
        for (let i = 0; i < 2; i++)
          equal(told(await post(kind, bodyOf(kind, QUESTION, more))), "", JSON.stringify(more));
      }
      const form = new FormData();
      form.set("file", "content");
      await fetched(`${url}/v1/chat/completions`, { method: "POST", body: form });
      await fetched(`${url}/v1/chat/completions`, { method: "POST", body: "no JSON" });
      await fetched(`${url}/v1/files`, { method: "POST", body: JSON.stringify(bodyOf("chat")) });
      await fetched(`${url}/v1/responses/resp_1`);
      await fetched(new URL(`${url}/v1/models`));
      await fetched(`${url}/v1/responses`, { method: "DELETE" });
      const { entries, misses } = await cache.stats();
      equal([await count(), entries, misses], [2 * bodies.length + 6, 0, 0]);
    });

    test("requests come in every form a fetch takes, and their bodies go upstream as they are", async () => {
      const { fetched, count } = await begin();
      const text = ` ${JSON.stringify(bodyOf("chat"))} `;
      const address = `${url}/v1/chat/completions`;
      const init = { method: "post", headers: { "content-type": "application/json" }, body: text };
      const forms: [string | URL | Request, RequestInit?][] = [
        [address, init],
        [new URL(address), init],
        [new Request(address, { ...init, method: "POST" })],
        [new Request(address, { method: "POST", body: "another" }), init],
        [address, { ...init, body: new TextEncoder().encode(text) }],
      ];
      for (const [i, [input, given]] of forms.entries()) {
        const response = await fetched(input, { ...given, headers: { "x-form": `${i}`, ...given?.headers } });
        equal([response.status, told(response) === "miss"], [200, i === 0]);
      }
      for (const [input, given] of [
        [new Request(address, { ...init, method: "POST", headers: { "x-mneme-bypass": "1", "x-own": "1" } })],
        [
          address,
          {
            ...init,
            headers: [
              ["x-mneme-bypass", "1"],
              ["x-own", "1"],
            ],
          },
        ],
      ] as const) {
        equal(told(await fetched(input, given as RequestInit | undefined)), "");
      }
      const [, one, two] = await asked();
      equal([await count(), one!.headers["x-own"], two!.headers["x-own"]], [3, "1", "1"]);
      ok(!JSON.stringify(await asked()).includes("bypass"), "it is ours");
    });

    test("headers and options ask for no cache, or for a fresh answer", async () => {
      const { post, count } = await begin({ bypass: ({ body }) => body.user === '{"pause":0}' });
      await post("chat", bodyOf("chat"));
      const ways: [RequestInit, Wire, string][] = [
        [{ headers: { "x-mneme-bypass": "1" } }, {}, ""],
        [{ headers: { "cache-control": "no-store" } }, {}, ""],
        [{}, { user: '{"pause":0}' }, ""],
        [{ headers: { "cache-control": "no-cache" } }, {}, "miss"],
        [{ headers: { "x-mneme-bypass": "0" } }, {}, "hit; layer=exact; similarity=1; age=0"],
      ];
      for (const [init, more, expected] of ways)
        equal(told(await post("chat", bodyOf("chat", QUESTION, more), init)), expected);
      equal(await count(), 5);
      equal((await asked())[2]!.headers["cache-control"], "no-store", "that is the caller's own");
    });

    test("who cannot be reached is asked once a call, and its error is the caller's", async () => {
      const { cache } = await begin();
      for (const bypass of [true, false]) {
        for (const [path, more] of [
          [PATHS.chat, {}],
          [PATHS.chat, { stream: true }],
          ["/v1/embeddings", { input: ["a", "b"] }],
        ] as const) {
          let calls = 0;
          const gone = async (): Promise<Response> => {
            calls++;
            throw new TypeError("nobody there");
          };
          const fetched = cachedFetch(cache, { fetch: gone, bypass: () => bypass });
          const init = { method: "POST", body: JSON.stringify({ ...bodyOf("chat"), ...more }) };
          equal(
            [String(await rejection(() => fetched(url + path, init))), calls],
            ["TypeError: nobody there", 1],
            path,
          );
        }
      }
      equal((await cache.stats()).entries, 0);
    });

    test("scope, semantic, namespace, ttl, tags, threshold, waitUntil and onHit", async () => {
      let now = 1_000_000;
      const hits: string[] = [];
      const written: Promise<unknown>[] = [];
      const { cache, post } = await begin(
        {
          scope: ({ headers }) => headers.get("x-tenant"),
          semantic: ({ body }) => body.model !== "exact",
          namespace: "models",
          ttl: "1m",
          tags: ["v1"],
          threshold: 0.8,
          waitUntil: (work) => written.push(work),
          onHit: (hit, { endpoint, url }) => hits.push(`${hit.layer} ${hit.query} ${endpoint} ${url.pathname}`),
        },
        { clock: () => now },
      );
      const of = async (question: string, tenant: string, model = "m"): Promise<string> => {
        const response = await post("chat", bodyOf("chat", question, { model }), { headers: { "x-tenant": tenant } });
        await Promise.all(written);
        return told(response).split(";")[0]!;
      };
      equal([await of(QUESTION, "a"), await of(QUESTION, "a"), await of(QUESTION, "b")], ["miss", "hit", "miss"]);
      equal([await of(PARAPHRASE, "a"), await of(QUESTION, "a", "exact")], ["hit", "miss"]);
      equal([await of(PARAPHRASE, "a", "exact"), await of(QUESTION.toUpperCase(), "a", "exact")], ["miss", "miss"]);
      equal(hits, [
        `exact ${QUESTION} chat/completions /v1/chat/completions`,
        `semantic ${QUESTION} chat/completions /v1/chat/completions`,
      ]);
      equal([await cache.namespaces(), written.length > 0], [["models"], true]);
      await cache.invalidate({ tags: ["v1"] });
      now++;
      equal([await of(QUESTION, "a"), await of(QUESTION, "a")], ["miss", "hit"]);
      now += 60_000;
      equal(await of(QUESTION, "a"), "miss");
    });

    test("no key is stored", async () => {
      const { cache, post } = await begin();
      await post("chat", bodyOf("chat"), { headers: { authorization: "Bearer sk-secret", "x-api-key": "sk-secret" } });
      await post("embeddings", { model: "m", input: "text" }, { headers: { authorization: "Bearer sk-secret" } });
      const unzipped = cache.dump().pipeThrough(new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array>);
      const bytes = await new Response(unzipped as ReadableStream<Uint8Array<ArrayBuffer>>).text();
      ok(bytes.includes("The answer to") && !bytes.includes("sk-secret"), "a key in a checkpoint");
    });

    test("the cache's trouble is not the caller's", async () => {
      const broken = (names: readonly string[]): Store => {
        const store = memoryStore();
        return new Proxy(store, {
          get: (target, name) => {
            const value: unknown = Reflect.get(target, name);
            if (typeof value !== "function") return value;
            if (names.includes(String(name))) return () => Promise.reject(new Error("the store broke"));
            return value.bind(target);
          },
        });
      };
      const bad = { ...EMBEDDER, embed: () => Promise.reject(new Error("the embedder broke")) };
      const events: CacheEvent[] = [];
      const settings: Partial<CacheOptions<unknown>>[] = [
        { store: broken(["get"]) },
        { store: broken(["commit"]) },
        { store: broken(["get", "commit"]), strict: true },
        { store: broken(["commit"]), strict: true },
        { embedder: bad },
        { embedder: bad, strict: true },
        { limits: { queryBytes: 5 } },
        { limits: { responseBytes: 5 } },
      ];
      for (const [i, setting] of settings.entries()) {
        const { post, count, cache } = await begin({}, { onEvent: (event) => events.push(event), ...setting });
        for (const closed of [false, true]) {
          if (closed) await cache.close();
          for (const stream of [false, true]) {
            const before = await count();
            const question = stream ? "what does a tram ticket cost" : QUESTION;
            const response = await post("chat", bodyOf("chat", question, { stream }));
            const text = await response.text();
            const said = stream ? textOf("chat", eventsIn(text)) : textIn("chat", JSON.parse(text) as Wire);
            equal(
              [said, (await count()) - before],
              [`The answer to: ${question}`, 1],
              `${i}, stream: ${stream}, closed: ${closed}`,
            );
          }
          const response = await post("embeddings", { model: "m", input: ["a", "b"] });
          equal(((await response.json()) as Wire).data.length, 2);
        }
      }
      const { post } = await begin({ scope: () => fail() });
      equal([(await post("chat", bodyOf("chat"))).status, told(await post("chat", bodyOf("chat")))], [200, ""]);
    });

    test("embeddings: each input is stored by itself, and only those that are missing are asked for", async () => {
      const { cache, post, count } = await begin({}, { embedder: counting() });
      const embed = async (input: unknown, more: Wire = {}): Promise<[told: string, body: Wire]> => {
        const response = await post("embeddings", { model: "e", input, ...more });
        return [told(response), (await response.json()) as Wire];
      };
      const [, live] = await embed(["a", "b", "c"]);
      const [of, a, b, c] = [
        (body: Wire) => body.data.map(({ embedding }: Wire) => embedding),
        ...live.data.map(({ embedding }: Wire) => embedding),
      ];
      equal(
        [live.data.map(({ index }: Wire) => index), live.usage, live.model, live.object],
        [[0, 1, 2], { prompt_tokens: 3, total_tokens: 3 }, "e", "list"],
      );
      equal(await asked(), [
        { ...(await asked())[0]!, body: { model: "e", input: ["a", "b", "c"], encoding_format: "float" } },
      ]);
      const [header, mixed] = await embed(["c", "dd", "a", "c", "A"]);
      equal([header, of(mixed)[0], of(mixed)[2], of(mixed)[3]], ["partial; cached=2; asked=2", c, a, c]);
      equal(
        [(await asked())[1]!.body.input, mixed.usage, mixed.data[4].index],
        [["dd", "A"], { prompt_tokens: 3, total_tokens: 3 }, 4],
      );
      equal(mixed.data[1].embedding.length, 8);
      const [hit, single] = await embed("b");
      equal(
        [hit, of(single), single.usage],
        ["hit; layer=exact; similarity=1; cached=1; asked=0", [b], { prompt_tokens: 0, total_tokens: 0 }],
      );
      equal(
        [(await embed("b", { dimensions: 4 }))[0], (await embed("b", { model: "f" }))[0], (await embed(" b"))[0]],
        ["miss; cached=0; asked=1", "miss; cached=0; asked=1", "miss; cached=0; asked=1"],
      );
      equal(
        [(await embed([1, 2]))[0], (await embed([[1, 2], [3]]))[0], (await embed("1,2"))[0]].map(
          (text) => text.split(";")[0],
        ),
        ["miss", "partial", "miss"],
      );
      equal([embedded, await count(), (await cache.stats()).hitsExact], [[], 8, 4]);
      const { savings } = await cache.stats();
      equal(savings.map(({ model, callsSaved, inputTokensSaved }) => [model, callsSaved, inputTokensSaved])[0], [
        "e",
        4,
        5,
      ]);
      for (const input of [[], [{}], [["a"]], null, 5]) equal((await embed(input).catch(() => [""]))[0], "");
      equal((await embed("b", { encoding_format: "int8" }))[0], "");
    });

    test("embeddings: both encodings are answered exactly, whichever came first", async () => {
      const numbers = [0.1, -1.5, 3.4028234663852886e38, 1.401298464324817e-45, -0.006929283495992422, 0];
      const floats = new Float32Array(numbers);
      const base64 = btoa(String.fromCharCode(...new Uint8Array(floats.buffer)));
      for (const embedding of [numbers, [...floats]]) {
        const { post } = await begin();
        const user = JSON.stringify({
          body: { object: "list", model: "e", data: [{ object: "embedding", index: 0, embedding }] },
        });
        for (const format of ["base64", "float", undefined, "base64"]) {
          const response = await post("embeddings", { model: "e", input: "text", user, encoding_format: format });
          const { data } = (await response.json()) as Wire;
          equal(data[0].embedding, format === "base64" ? base64 : embedding);
        }
      }
    });

    test("embeddings: what is asked for at once is asked once; errors and aborts are the caller's own", async () => {
      const { post, count, cache } = await begin();
      const user = JSON.stringify({ pause: 10 } satisfies Play);
      const of = (input: string[], init?: RequestInit): Promise<Response> =>
        post("embeddings", { model: "e", input, user }, init);
      await Promise.all([...Array.from({ length: 20 }, () => of(["a", "b"])), of(["b", "c", "c"])]);
      const inputs = (await asked()).map(({ body }) => body.input);
      equal([await count(), inputs.flat().sort()], [2, ["a", "b", "c"]]);
      const failing = await post("embeddings", {
        model: "e",
        input: ["a", "d"],
        user: JSON.stringify({ status: 429 }),
      });
      equal([failing.status, (await cache.stats()).entries], [429, 3]);
      const short = await post("embeddings", {
        model: "e",
        input: ["x", "y"],
        user: JSON.stringify({ body: { model: "e", data: [] } }),
      });
      equal([((await short.json()) as Wire).data, (await cache.stats()).entries], [[], 3]);
      const holding = JSON.stringify({ hold: 0 } satisfies Play);
      const leaving = new AbortController();
      await asked("DELETE");
      const stays = post("embeddings", { model: "e", input: ["e"], user: holding });
      const left = rejection(() =>
        post("embeddings", { model: "e", input: ["e", "f"], user: holding }, { signal: leaving.signal }),
      );
      await held(2);
      leaving.abort();
      equal(((await left) as Error).name, "AbortError");
      await fetch(`${url}/release`);
      equal((await stays).status, 200);
      const many = Array.from({ length: 300 }, (_, i) => `text ${i}`);
      await asked("DELETE");
      equal([((await (await of(many)).json()) as Wire).data.length, await count()], [300, 1]);
    });
  };
}

/** By its reader, which tells the error that there is; Chromium's `text` tells one of its own. */
async function textRead({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body!.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
}

function fail(): never {
  throw new Error("not to be called");
}
