import fc from "fast-check";
import { cachedFetch } from "../../adapters/llm/openai.ts";
import { equal } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { installed } from "../stage.ts";
import { anyText } from "../unit/any-text.ts";
import { bodyOf, opened } from "./openai.test.ts";
import { type ModelServer, messageOf, responseOf } from "./openai-server.ts";
import type { Wire } from "./openai-wire.ts";

type Fetch = ReturnType<typeof cachedFetch>;
interface Client {
  plain(): Promise<Wire>;
  /** What the SDK makes of the events. */
  streamed(): Promise<Wire>;
}

const json = fc.dictionary(
  anyText({ maxLength: 5 }),
  fc.oneof(anyText(), fc.integer(), fc.constant([1, { a: null }])),
  { maxKeys: 3 },
);
// A name that an object has from its prototype would be lost in the test's own copies.
const input = json.filter((value) => !("__proto__" in value) && !Object.keys(value).some((key) => key in {}));

const call = fc.record({
  id: fc.uuid().map((id) => `call_${id}`),
  type: fc.constant("function"),
  function: fc.record({ name: fc.constantFrom("f", "g"), arguments: input.map((value) => JSON.stringify(value)) }),
});
const message = fc.oneof(
  fc.record({ content: anyText(), reasoning_content: anyText({ minLength: 1 }) }, { requiredKeys: ["content"] }),
  fc.record({
    content: fc.option(anyText({ minLength: 1 })),
    tool_calls: fc.array(call, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ content: fc.constant(null), refusal: anyText({ minLength: 1 }) }),
);
const choice = fc.record({ message, finish_reason: fc.constantFrom("stop", "length", "content_filter", "tool_calls") });
const counts = fc.record(
  {
    prompt_tokens: fc.nat(999),
    completion_tokens: fc.nat(999),
    total_tokens: fc.nat(999),
    completion_tokens_details: fc.record({ reasoning_tokens: fc.nat(9) }),
  },
  { requiredKeys: ["prompt_tokens", "completion_tokens", "total_tokens"] },
);
const completion = fc
  .record(
    {
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
      usage: counts,
      system_fingerprint: fc.constant("fp_1"),
    },
    { requiredKeys: ["choices", "usage"] },
  )
  .map(({ choices, ...others }) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "m",
    choices: choices.map(({ message, finish_reason }, index) => {
      return { index, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason };
    }),
    ...others,
  }));

const part = fc.oneof(
  fc
    .record({ type: fc.constant("output_text"), text: anyText() })
    .map((one) => ({ ...one, annotations: [], logprobs: [] })),
  fc.record({ type: fc.constant("refusal"), refusal: anyText() }),
);
const item = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 2 }).map((content) => {
    return { type: "message", status: "completed", role: "assistant", content };
  }),
  fc.array(fc.record({ type: fc.constant("summary_text"), text: anyText() }), { maxLength: 2 }).map((summary) => {
    return { type: "reasoning", summary, encrypted_content: "secret" };
  }),
  input.map((value) => {
    return {
      type: "function_call",
      status: "completed",
      call_id: "call_1",
      name: "f",
      arguments: JSON.stringify(value),
    };
  }),
);
const response = fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => {
  return responseOf(
    "m",
    items.map((item, i) => ({ id: `item_${i}`, ...item, ...("call_id" in item ? { call_id: `call_${i}` } : {}) })),
  );
});

const block = fc.oneof(
  fc.record({ type: fc.constant("text"), text: anyText() }),
  fc.record({ type: fc.constant("thinking"), thinking: anyText(), signature: fc.constant("c2ln") }),
  fc.record({
    type: fc.constant("tool_use"),
    id: fc.constantFrom("toolu_1", "toolu_2"),
    name: fc.constant("f"),
    input,
  }),
  fc.record({ type: fc.constant("redacted_thinking"), data: fc.constant("ZGF0YQ==") }),
);
const ends = fc.constantFrom("end_turn", "max_tokens", "tool_use", "stop_sequence", "refusal");
const told = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 4 }), ends)
  .map(([content, stop_reason]) => messageOf("m", content, { stop_reason }));

export function openaiFaithfulTests(server: ModelServer): Suite {
  return (test) => {
    const clients: Record<string, [bodies: fc.Arbitrary<Wire>, client: (fetch: Fetch) => Promise<Client>]> = {
      chat: [
        completion,
        async (fetch) => {
          const { OpenAI } = await installed<Wire>("openai");
          const { completions } = new OpenAI({ apiKey: "key", baseURL: `${server.url}/v1`, fetch, maxRetries: 0 }).chat;
          const counted = { ...bodyOf("chat"), stream_options: { include_usage: true } };
          return {
            plain: () => completions.create(bodyOf("chat")),
            streamed: () => completions.stream(counted).finalChatCompletion(),
          };
        },
      ],
      responses: [
        response,
        async (fetch) => {
          const { OpenAI } = await installed<Wire>("openai");
          const { responses } = new OpenAI({ apiKey: "key", baseURL: `${server.url}/v1`, fetch, maxRetries: 0 });
          const asked = bodyOf("responses", undefined, { store: false });
          return { plain: () => responses.create(asked), streamed: () => responses.stream(asked).finalResponse() };
        },
      ],
      messages: [
        told,
        async (fetch) => {
          const { Anthropic } = await installed<Wire>("@anthropic-ai/sdk");
          const { messages } = new Anthropic({ apiKey: "key", baseURL: server.url, fetch, maxRetries: 0 });
          const asked = bodyOf("messages");
          return { plain: () => messages.create(asked), streamed: () => messages.stream(asked).finalMessage() };
        },
      ],
    };
    for (const [kind, [bodies, clientOf]] of Object.entries(clients)) {
      test(`${kind}: what is replayed is what was live, whichever way it was recorded`, async () => {
        const direct = await clientOf((input, init) => fetch(input, init));
        await fc.assert(
          fc.asyncProperty(bodies, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (body, cut, inWords) => {
            server.play = { body, cut };
            const live = { plain: timeless(await direct.plain()), streamed: timeless(await direct.streamed()) };
            for (const first of ["plain", "streamed"] as const) {
              const cache = await opened();
              let hits = 0;
              const pace = inWords ? 0.001 : 0;
              const client = await clientOf(cachedFetch(cache, { keepTruncated: true, pace, onHit: () => hits++ }));
              equal(timeless(await client[first]()), live[first], `${first}, new`);
              for (const again of ["plain", "streamed"] as const) {
                equal(timeless(await client[again]()), live[again], `${again}, recorded ${first}`);
              }
              equal(hits, 2);
              await cache.close();
            }
          }),
          { numRuns: cases(40) },
        );
        server.play = {};
      });
    }
  };
}

/** Without what is new each time. */
function timeless({ id: _, created: __, created_at: ___, _request_id: ____, ...others }: Wire): Wire {
  return JSON.parse(JSON.stringify(others));
}
