import type { Json, JsonObject } from "../../src/index.ts";
import { freshId, seconds } from "./openai-answer.ts";
import { dataOf, eventOf, piecesOf, type ServerEvent, typeOf } from "./openai-events.ts";
import type { Protocol } from "./openai-protocol.ts";
import { questionOf } from "./openai-question.ts";

interface Answer {
  status?: string;
  error?: unknown;
  output?: Item[];
}
interface Item {
  id?: string;
  type: string;
  content?: Part[] | null;
  summary?: Part[] | null;
  arguments?: string;
  input?: string;
}
interface Part {
  type: string;
  text?: string;
  refusal?: string;
  annotations?: unknown[];
  logprobs?: unknown;
}

const ENDS = ["response.completed", "response.incomplete"];
/** What a part's text is called where it is told. */
const TEXTS: Record<string, [field: "text" | "refusal", name: string]> = {
  output_text: ["text", "response.output_text"],
  reasoning_text: ["text", "response.reasoning_text"],
  refusal: ["refusal", "response.refusal"],
};
/** What is told bit by bit of calls of tools. */
const ARGUMENTS: Record<string, [field: "arguments" | "input", name: string]> = {
  function_call: ["arguments", "response.function_call_arguments"],
  mcp_call: ["arguments", "response.mcp_call_arguments"],
  custom_tool_call: ["input", "response.custom_tool_call_input"],
};

/** What a response tells back of its request, though no model sees it; and where there was nothing. It is each caller's own. */
const TOLD_BACK = {
  metadata: {},
  user: null,
  safety_identifier: null,
  prompt_cache_key: null,
  prompt_cache_retention: null,
};

function toldBack(asked: JsonObject): [name: string, value: Json][] {
  return Object.entries(TOLD_BACK).map(([name, nothing]) => [name, asked[name] ?? nothing]);
}

/** OpenAI's Responses. */
export const responses: Protocol = {
  question(asked) {
    const { previous_response_id: previous, conversation, background, store, prompt } = asked;
    const isKept = previous || conversation || background || prompt || store === true;
    return isKept ? undefined : questionOf(asked, "input");
  },

  judge(body) {
    const { status, error, output } = body as Answer;
    const items = Array.isArray(output) ? output : [];
    const parts = items.flatMap(({ type, content }) => (type === "message" ? (content ?? []) : []));
    return {
      isWhole: items.length > 0 && !error && ENDS.includes(`response.${status}`),
      isCut: status === "incomplete" || parts.some(({ type }) => type === "refusal"),
      callsTools: items.some(({ type }) => /_call$|_approval_request$/.test(type)),
      texts: [parts.map(({ type, text }) => (type === "output_text" ? text : "")).join("")],
    };
  },

  fold(events) {
    const end = events.find((event) => responses.isLast(event) || typeOf(event) === "error");
    return end && dataOf<{ response?: JsonObject }>(end)?.response;
  },

  *unfold(body, { inWords }) {
    let sequence_number = 0;
    const numbered = (type: string, data: object): ServerEvent =>
      eventOf({ type, ...data, sequence_number: sequence_number++ }, type);
    const { output = [], status } = body as Answer;
    const response = { ...body, status: "in_progress", output: [], usage: null, incomplete_details: null };
    if ("completed_at" in body) Object.assign(response, { completed_at: null });
    yield numbered("response.created", { response });
    yield numbered("response.in_progress", { response });
    for (const [output_index, item] of output.entries()) {
      for (const [type, data] of unfoldItem(item, inWords)) yield numbered(type, { output_index, ...data });
    }
    yield numbered(`response.${status}`, { response: body });
  },

  isLast: (event) => event.data.includes('"response.') && ENDS.includes(typeOf(event) ?? ""),

  kindOf: (asked) => JSON.stringify(toldBack(asked)),

  own(body, asked) {
    const told = toldBack(asked).filter(([name]) => name in body);
    return { ...body, ...Object.fromEntries(told) };
  },

  // Where upstream keeps it, later turns refer to it by its name.
  renew(body, { store }) {
    if (store !== false) return body;
    const now = seconds();
    const completed = body.completed_at ? { completed_at: now } : {};
    return { ...body, id: freshId(body.id), created_at: now, ...completed };
  },
};

function* unfoldItem(item: Item, inWords: boolean): Iterable<[type: string, data: object]> {
  const { id: item_id, content, summary } = item;
  const begun: Item & { status?: string } = { ...item };
  if (content) begun.content = [];
  if (summary) begun.summary = [];
  if ("status" in begun) begun.status = "in_progress";
  const [field, name] = ARGUMENTS[item.type] ?? [];
  const given = field && item[field];
  if (field !== undefined && given !== undefined) begun[field] = "";
  yield ["response.output_item.added", { item: begun }];
  for (const [summary_index, part] of summary?.entries() ?? []) {
    const at = { item_id, summary_index };
    yield ["response.reasoning_summary_part.added", { ...at, part: { ...part, text: "" } }];
    const { text = "" } = part;
    for (const delta of piecesOf(text, inWords)) yield ["response.reasoning_summary_text.delta", { ...at, delta }];
    yield ["response.reasoning_summary_text.done", { ...at, text }];
    yield ["response.reasoning_summary_part.done", { ...at, part }];
  }
  for (const [content_index, part] of content?.entries() ?? []) {
    const at = { item_id, content_index };
    yield* unfoldPart(part, at, inWords);
  }
  if (field !== undefined && given !== undefined) {
    for (const delta of piecesOf(given, inWords)) yield [`${name}.delta`, { item_id, delta }];
    yield [`${name}.done`, { item_id, [field]: given }];
  }
  yield ["response.output_item.done", { item }];
}

function* unfoldPart(part: Part, at: object, inWords: boolean): Iterable<[type: string, data: object]> {
  const [field, name] = TEXTS[part.type] ?? [];
  const text = (field && part[field]) ?? "";
  const { annotations, logprobs } = part;
  const begun: Part = { ...part, ...(field && { [field]: "" }) };
  if (annotations) begun.annotations = [];
  if (Array.isArray(logprobs)) begun.logprobs = [];
  yield ["response.content_part.added", { ...at, part: begun }];
  if (field !== undefined) {
    const beside = part.type === "output_text" ? { logprobs: logprobs ?? [] } : {};
    // What is told of each token stands beside all of them.
    const pieces = piecesOf(text, inWords && !(Array.isArray(logprobs) && logprobs.length > 0));
    for (const delta of pieces) yield [`${name}.delta`, { ...at, delta, ...beside }];
    for (const [annotation_index, annotation] of annotations?.entries() ?? []) {
      yield ["response.output_text.annotation.added", { ...at, annotation_index, annotation }];
    }
    yield [`${name}.done`, { ...at, [field]: text, ...beside }];
  }
  yield ["response.content_part.done", { ...at, part }];
}
