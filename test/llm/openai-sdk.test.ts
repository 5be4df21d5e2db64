import { type CachedFetchOptions, cachedFetch } from "../../adapters/llm/openai.ts";
import type { SemanticCache } from "../../src/index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { installed } from "../stage.ts";
import { opened } from "./openai.test.ts";
import type { ModelServer } from "./openai-server.ts";
import type { Wire } from "./openai-wire.ts";

const QUESTION = "how do I reset the password of my account today";
const PARAPHRASE = "how do I reset the password of my account now";
const ANSWER = `The answer to: ${QUESTION}`;
const messages = [{ role: "user", content: QUESTION }];
const CHAT = { model: "m", messages };

interface Begun {
  cache: SemanticCache<unknown>;
  openai: Wire;
  anthropic: Wire;
  fetched: ReturnType<typeof cachedFetch>;
}

/** What its SDKs and the AI SDK do with answers from the cache. */
export function openaiSdkTests(server: ModelServer): Suite {
  return (test) => {
    const begin = async (options: CachedFetchOptions = {}, maxRetries = 0): Promise<Begun> => {
      const { OpenAI } = await installed<Wire>("openai");
      const { Anthropic } = await installed<Wire>("@anthropic-ai/sdk");
      server.asked = [];
      server.play = {};
      const cache = await opened();
      const fetched = cachedFetch(cache, options);
      return {
        cache,
        fetched,
        openai: new OpenAI({ apiKey: "key", baseURL: `${server.url}/v1`, fetch: fetched, maxRetries }),
        anthropic: new Anthropic({ apiKey: "key", baseURL: server.url, fetch: fetched, maxRetries }),
      };
    };

    test("openai: create, withResponse, asResponse and parse, of answers new and kept", async () => {
      const { openai } = await begin();
      const { completions } = openai.chat;
      const format = { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } };
      for (const told of ["miss", "hit"]) {
        const { data, response, request_id } = await completions.create(CHAT).withResponse();
        equal([data.choices[0].message.content, response.status], [ANSWER, 200]);
        ok(response.headers.get("x-mneme").startsWith(told), told);
        equal(request_id, told === "miss" ? "req_1" : null);
      }
      const raw = await completions.create({ ...CHAT, messages: [{ role: "user", content: PARAPHRASE }] }).asResponse();
      ok(/^hit; layer=semantic; similarity=0\.[89]/.test(raw.headers.get("x-mneme")), raw.headers.get("x-mneme"));
      equal((await raw.json()).choices[0].message.content, ANSWER);
      server.play = { body: completionOf({ content: '{"a": 1}' }) };
      for (let i = 0; i < 2; i++) {
        const parsed = await completions.parse({ ...CHAT, response_format: format });
        equal(parsed.choices[0].message.parsed, { a: 1 });
      }
      equal(server.asked.length, 2);
    });

    test("openai: streams can be read, split, passed on and left", async () => {
      const { openai, cache } = await begin();
      const { completions } = openai.chat;
      const create = async (): Promise<Wire> => completions.create({ ...CHAT, stream: true });
      const read = async (stream: Wire): Promise<string> => {
        let text = "";
        for await (const chunk of stream as AsyncIterable<Wire>) text += chunk.choices[0]?.delta.content ?? "";
        return text;
      };
      equal(await read(await create()), ANSWER);
      equal((await cache.stats()).entries, 1, "stored once its end is seen");
      equal(await read(await create()), ANSWER);
      const [left, right] = (await create()).tee();
      equal([await read(left), await read(right)], [ANSWER, ANSWER]);
      const lines = (await new Response((await create()).toReadableStream()).text()).trim().split("\n");
      equal(lines.map((line) => JSON.parse(line).choices[0].delta.content ?? "").join(""), ANSWER);
      const { Stream } = await installed<Wire>("openai/streaming");
      const passed = Stream.fromReadableStream((await create()).toReadableStream(), new AbortController());
      equal(await read(passed), ANSWER);
      for await (const _ of (await create()) as AsyncIterable<Wire>) break;
      const { data, response } = await completions.create({ ...CHAT, stream: true }).withResponse();
      equal([await read(data), response.headers.get("content-type")], [ANSWER, "text/event-stream"]);
      equal(server.asked.length, 1);
    });

    test("openai: the events of stream() are alike, new and kept, in order", async () => {
      const { openai } = await begin();
      const calls = [toolCall("call_1", '{"a": "b c"}'), toolCall("call_2", "{}")];
      server.play = { body: completionOf({ content: "some words of it", tool_calls: calls }, "tool_calls") };
      const tell = async (): Promise<Wire> => {
        const kinds: string[] = [];
        const stream = openai.chat.completions.stream({ ...CHAT, tools: [tool()] });
        for (const kind of [
          "connect",
          "content",
          "content.done",
          "tool_calls.function.arguments.done",
          "finalMessage",
          "end",
        ]) {
          stream.on(kind, () => kinds.at(-1) !== kind && kinds.push(kind));
        }
        const { choices } = await stream.finalChatCompletion();
        return {
          kinds,
          calls: choices[0].message.tool_calls.map(({ id, function: { arguments: text } }: Wire) => [id, text]),
        };
      };
      const live = await tell();
      equal(live.calls, [
        ["call_1", '{"a": "b c"}'],
        ["call_2", "{}"],
      ]);
      equal(await tell(), live);
      equal(server.asked.length, 1);
    });

    test("openai: runTools runs through, and again from the cache", async () => {
      const { openai } = await begin();
      const ran: string[] = [];
      const run = async (stream: boolean): Promise<string> => {
        const runner = openai.chat.completions.runTools({
          ...CHAT,
          stream,
          tools: [tool(async (args: string) => `${ran.push(args)} degrees`)],
        });
        runner.on("message", ({ role }: Wire) => {
          if (role === "tool") server.play = { body: completionOf({ content: "It is warm." }) };
        });
        return runner.finalContent();
      };
      const calls = {
        body: completionOf({ content: null, tool_calls: [toolCall("call_1", '{"city":"Rome"}')] }, "tool_calls"),
      };
      server.play = calls;
      equal(await run(false), "It is warm.");
      equal([ran, server.asked.length], [['{"city":"Rome"}'], 2]);
      // What its tool answered is another now, and so is the question.
      server.play = calls;
      equal([await run(true), ran.length, server.asked.length], ["It is warm.", 2, 3]);
    });

    test("openai: responses are parsed and streamed as new ones are, and keep the name that later turns call them by", async () => {
      const { openai } = await begin();
      const asked = { model: "m", input: QUESTION };
      const live = await openai.responses.create(asked);
      const kept = await openai.responses.create(asked);
      equal([kept.output_text, kept.id], [ANSWER, live.id]);
      const types: string[] = [];
      const numbers: number[] = [];
      for await (const event of await openai.responses.create({ ...asked, stream: true })) {
        types.push(event.type);
        numbers.push(event.sequence_number);
      }
      const item = [
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
      ];
      equal(
        types,
        ["created", "in_progress", ...item, "completed"].map((type) => `response.${type}`),
      );
      equal(
        numbers,
        types.map((_, i) => i),
      );
      const fresh = await openai.responses.create({ ...asked, store: false });
      ok(/^resp_[0-9a-f]{24}$/.test(fresh.id), fresh.id);
      equal(server.asked.length, 1);
      await openai.responses.create({ ...asked, previous_response_id: kept.id });
      equal(server.asked.length, 2);
    });

    test("openai: embeddings in numbers and base64", async () => {
      const { openai } = await begin();
      const input = ["one", "two"];
      const of = ({ data }: Wire): unknown[] => data.map(({ embedding }: Wire) => embedding);
      const live = await openai.embeddings.create({ model: "e", input });
      equal(of(await openai.embeddings.create({ model: "e", input })), of(live));
      const floats = await openai.embeddings.create({ model: "e", input, encoding_format: "float" });
      equal(of(floats), of(live));
      const base64 = await openai.embeddings.create({ model: "e", input: "two", encoding_format: "base64" });
      const [bytes] = of(base64).map((text) => Buffer.from(text as string, "base64"));
      equal([...new Float32Array(new Uint8Array(bytes!).buffer)], of(live)[1] as number[]);
      equal(server.asked.length, 1);
    });

    test("openai: errors are its own, and its retries ask again", async () => {
      const { openai, anthropic, cache } = await begin({}, 1);
      server.play = { status: 429 };
      const error = (await rejection(() => openai.chat.completions.create(CHAT))) as Wire;
      equal([error.constructor.name, error.status, error.requestID], ["RateLimitError", 429, "req_1"]);
      const other = (await rejection(() => anthropic.messages.create({ ...CHAT, max_tokens: 9 }))) as Wire;
      equal([other.constructor.name, server.asked.length], ["RateLimitError", 4]);
      setTimeout(() => {
        server.play = {};
      }, 100);
      equal((await openai.chat.completions.create({ ...CHAT, stream: false })).choices[0].message.content, ANSWER);
      ok(server.asked.length > 5, "it was tried again");
      equal((await cache.stats()).entries, 1);
      server.play = { drop: 3 };
      const stream = await openai.chat.completions.create({ ...CHAT, temperature: 0, stream: true });
      await rejection(async () => {
        for await (const _ of stream);
      });
      equal((await cache.stats()).entries, 1);
    });

    test("anthropic: create, withResponse, stream, of answers new and kept", async () => {
      const { anthropic } = await begin();
      const asked = { ...CHAT, max_tokens: 100 };
      for (const told of ["miss", "hit"]) {
        const { data, response } = await anthropic.messages.create(asked).withResponse();
        equal(data.content, [{ type: "text", text: ANSWER }]);
        ok(response.headers.get("x-mneme").startsWith(told), told);
      }
      const events: string[] = [];
      const stream = anthropic.messages.stream(asked);
      stream.on("streamEvent", ({ type }: Wire) => events.push(type));
      let text = "";
      stream.on("text", (piece: string) => {
        text += piece;
      });
      const { usage, stop_reason } = await stream.finalMessage();
      equal([text, stop_reason, usage.input_tokens, usage.output_tokens], [ANSWER, "end_turn", 9, 12]);
      const block = ["content_block_start", "content_block_delta", "content_block_stop"];
      equal(events, ["message_start", ...block, "message_delta", "message_stop"]);
      const [left, right] = (await anthropic.messages.create({ ...asked, stream: true })).tee();
      for (const branch of [left, right]) {
        const types: string[] = [];
        for await (const { type } of branch) types.push(type);
        equal(types, events);
      }
      equal(server.asked.length, 1);
    });

    test("AI SDK: texts, streams, objects, tools and embeddings, of Chat Completions and Responses", async () => {
      const ai = await installed<Wire>("ai7");
      const { createOpenAI } = await installed<Wire>("@ai-sdk/openai");
      const { fetched, cache } = await begin();
      const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "key", fetch: fetched });
      for (const model of [provider.chat("m"), provider.responses("m")]) {
        const before = server.asked.length;
        const live = await ai.generateText({ model, prompt: QUESTION });
        const kept = await ai.generateText({ model, prompt: PARAPHRASE });
        const of = ({ text, finishReason, usage }: Wire): unknown => [
          text,
          finishReason,
          usage.inputTokens,
          usage.outputTokens,
        ];
        equal(
          [of(live), of(kept)],
          [
            [ANSWER, "stop", 9, 12],
            [ANSWER, "stop", 9, 12],
          ],
        );
        ok(kept.response.headers["x-mneme"].startsWith("hit; layer=semantic"), "it tells");
        const streamed = ai.streamText({ model, prompt: QUESTION });
        let text = "";
        for await (const piece of streamed.textStream) text += piece;
        equal([text, await streamed.finishReason, (await streamed.usage).inputTokens], [ANSWER, "stop", 9]);
        equal(server.asked.length, before + 1);
      }
      const body = completionOf({ content: null, tool_calls: [toolCall("call_1", '{"city":"Rome"}')] }, "tool_calls");
      const inputSchema = ai.jsonSchema({ type: "object", properties: { city: { type: "string" } } });
      server.play = { body };
      for (let i = 0; i < 2; i++) {
        const tools = { weather: ai.tool({ inputSchema }) };
        const { toolCalls } = await ai.generateText({ model: provider.chat("m"), prompt: QUESTION, tools });
        equal(
          toolCalls.map(({ toolCallId, input }: Wire) => [toolCallId, input]),
          [["call_1", { city: "Rome" }]],
        );
        const { toolCalls: streamed } = ai.streamText({ model: provider.chat("m"), prompt: QUESTION, tools });
        equal(
          (await streamed).map(({ toolCallId, input }: Wire) => [toolCallId, input]),
          [["call_1", { city: "Rome" }]],
        );
      }
      server.play = {};
      const asked = server.asked.length;
      const model = provider.embedding("e");
      const { embeddings } = await ai.embedMany({ model, values: ["one", "two"] });
      const again = await ai.embedMany({ model, values: ["two", "one", "three"] });
      equal([again.embeddings[0], again.embeddings[1]], [embeddings[1], embeddings[0]]);
      equal(
        server.asked.slice(asked).map(({ body }) => body.input),
        [["one", "two"], ["three"]],
      );
      equal((await cache.stats()).hitsExact > 4, true);
    });
  };
}

function completionOf(message: Wire, finish_reason = "stop"): Wire {
  const choices = [
    { index: 0, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason },
  ];
  const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
  return { id: "chatcmpl-1", object: "chat.completion", created: 1_700_000_000, model: "m", choices, usage };
}

function toolCall(id: string, text: string): Wire {
  return { id, type: "function", function: { name: "weather", arguments: text } };
}

function tool(run?: (args: string) => Promise<string>): Wire {
  return {
    type: "function",
    function: { name: "weather", parameters: { type: "object" }, ...(run && { function: run }) },
  };
}
