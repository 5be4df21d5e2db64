import type { JsonObject } from "../../src/index.ts";
import { freshId, isObject } from "./openai-answer.ts";
import { dataOf, eventOf, piecesOf, type ServerEvent, typeOf } from "./openai-events.ts";
import type { Protocol } from "./openai-protocol.ts";
import { questionOf } from "./openai-question.ts";

interface Message {
  type?: string;
  content?: Block[];
  usage?: object;
  stop_reason?: string | null;
}
type Block = { type: string } & Record<string, unknown>;
interface Told {
  type: string;
  index: number;
  message: JsonObject;
  content_block: Block;
  delta: { type: string } & Record<string, unknown>;
  usage: object;
}

/** Ends that are the model's own. */
const OWN_ENDS = ["end_turn", "stop_sequence", "tool_use"];
/** Fields of blocks that are told bit by bit, and by what. */
const BY_DELTA: Record<string, string> = {
  text: "text_delta",
  thinking: "thinking_delta",
  signature: "signature_delta",
};

/** Anthropic's Messages. */
export const messages: Protocol = {
  // Others have paths that end alike, and a container is kept upstream.
  question: (asked) => ("max_tokens" in asked && !asked.container ? questionOf(asked, "messages") : undefined),

  judge(body) {
    const { type, content, stop_reason: end } = body as Message;
    const blocks = Array.isArray(content) ? content : [];
    return {
      isWhole: type === "message" && blocks.length > 0 && typeof end === "string" && end !== "pause_turn",
      isCut: !OWN_ENDS.includes(end ?? ""),
      callsTools: blocks.some((block) => block.type.endsWith("tool_use")),
      texts: [blocks.map(({ type, text }) => (type === "text" ? text : "")).join("")],
    };
  },

  fold(events) {
    let message: JsonObject | undefined;
    const content: Block[] = [];
    const inputs: string[] = [];
    for (const event of events) {
      const told = dataOf<Told>(event);
      switch (told?.type) {
        case "message_start":
          message = told.message;
          break;
        case "content_block_start":
          content[told.index] = told.content_block;
          break;
        case "content_block_delta": {
          const { type, partial_json: json, citation, ...texts } = told.delta;
          const block = content[told.index];
          if (block === undefined) return undefined;
          if (type === "input_json_delta") inputs[told.index] = (inputs[told.index] ?? "") + json;
          else if (type === "citations_delta") block.citations = [...((block.citations as unknown[]) ?? []), citation];
          else if (!extend(block, texts)) return undefined;
          break;
        }
        case "content_block_stop": {
          const input = inputs[told.index];
          if (!input) break;
          const parsed = dataOf<object>({ data: input });
          if (parsed === undefined) return undefined;
          content[told.index]!.input = parsed;
          break;
        }
        case "message_delta": {
          const { type: _, delta, usage, ...others } = told;
          const counted = Object.entries(usage ?? {}).filter(([, value]) => value !== null);
          const counts = { ...(message?.usage as object | undefined), ...Object.fromEntries(counted) };
          message = { ...message, ...delta, ...others, usage: counts } as unknown as JsonObject;
          break;
        }
        case "message_stop":
          return message && ({ ...message, content } as unknown as JsonObject);
        case "error":
          return undefined;
      }
    }
    return undefined;
  },

  *unfold(body, { inWords }) {
    const { content = [], usage = {}, ...head } = body as Message;
    const ends = ["stop_reason", "stop_sequence", "stop_details", "container"].filter((key) => key in head);
    const nothing = Object.fromEntries(ends.map((key) => [key, null]));
    const { context_management: managed, ...start } = head as Record<string, unknown>;
    yield told({
      type: "message_start",
      message: { ...start, ...nothing, content: [], usage: { ...usage, output_tokens: 0 } },
    });
    for (const [index, block] of content.entries()) yield* unfoldBlock(index, block, inWords);
    const delta = Object.fromEntries(ends.map((key) => [key, start[key]]));
    yield told({
      type: "message_delta",
      delta,
      usage,
      ...(managed === undefined ? {} : { context_management: managed }),
    });
    yield told({ type: "message_stop" });
  },

  isLast: (event) => event.data.includes("message_stop") && typeOf(event) === "message_stop",

  renew: (body) => ({ ...body, id: freshId(body.id) }),
};

function told<T extends { type: string }>(data: T): ServerEvent {
  return eventOf(data, data.type);
}

/** Goes on where a block's texts stand. False: it is told something else. */
function extend(block: Block, texts: Record<string, unknown>): boolean {
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text !== "string" || !Object.hasOwn(BY_DELTA, key)) return false;
    block[key] = `${block[key] ?? ""}${text}`;
  }
  return true;
}

function* unfoldBlock(index: number, block: Block, inWords: boolean): Iterable<ServerEvent> {
  const { citations, input, ...content_block } = block as Block & { citations?: object[] };
  const deltas: object[] = [];
  for (const citation of citations ?? []) deltas.push({ type: "citations_delta", citation });
  for (const [key, type] of Object.entries(BY_DELTA)) {
    const text = content_block[key];
    if (typeof text !== "string") continue;
    content_block[key] = "";
    for (const piece of piecesOf(text, inWords)) deltas.push({ type, [key]: piece });
  }
  if (isObject(input)) {
    content_block.input = {};
    deltas.push({ type: "input_json_delta", partial_json: JSON.stringify(input) });
  }
  const listed = citations === undefined ? {} : { citations: citations && [] };
  yield told({ type: "content_block_start", index, content_block: { ...content_block, ...listed } });
  for (const delta of deltas) yield told({ type: "content_block_delta", index, delta });
  yield told({ type: "content_block_stop", index });
}
