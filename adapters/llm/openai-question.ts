import type { JsonObject } from "../../src/index.ts";

/** What is asked: the user's words, which may be compared by meaning, and all else that an answer depends on. */
export interface Question {
  query: string;
  scope: object;
  /** Whether the words are the whole of what was said last, and not a tool's. */
  isPlain: boolean;
}

interface Turn {
  role?: string;
  content?: string | readonly Part[];
}

type Part = string | { type?: string; text?: string };

/** These do not change what a model answers. */
const OF_TRANSPORT = [
  "stream",
  "stream_options",
  "store",
  "user",
  "metadata",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "service_tier",
];
const OF_TEXT = ["text", "input_text"];

/** Of a request's body, whose turns stand under the given name. */
export function questionOf(asked: JsonObject, name: "messages" | "input"): Question | undefined {
  const { [name]: given, ...others } = asked;
  const turns = (typeof given === "string" ? [{ role: "user", content: given }] : given) as unknown as Turn[];
  if (!Array.isArray(turns) || turns.some((turn) => typeof turn !== "object" || turn === null)) return undefined;
  const semantic = Object.entries(others).filter(([key]) => !OF_TRANSPORT.includes(key));
  const earlier = turns.slice(0, -1);
  const { content, ...last } = turns.at(-1) ?? {};
  const parts: readonly Part[] = typeof content === "string" ? [content] : (content ?? []);
  const query = parts.flatMap((part) => textIn(part) ?? []).join("\n");
  const isPlain = last.role === "user" && query.trim() !== "" && !parts.some(isOfTool);
  // Under the first of these names the cache knows that something was said before, and "and why?" means more than it says.
  const wasSaid = earlier.some(({ role }) => role !== "system" && role !== "developer");
  return {
    query: isPlain ? query : "",
    isPlain,
    scope: {
      asked: Object.fromEntries(semantic),
      [wasSaid ? "messages" : "instructions"]: earlier.map(unmarked),
      last: isPlain ? { ...last, parts: restOf(parts) } : unmarked(turns.at(-1)),
    },
  };
}

function textIn(part: Part): string | undefined {
  if (typeof part === "string") return part;
  return OF_TEXT.includes(part.type ?? "") ? part.text : undefined;
}

function isOfTool(part: Part): boolean {
  return typeof part === "object" && /tool/.test(part.type ?? "");
}

/** Parts but for their texts, which are the query. One text is the same whether it stands in a list or not. */
function restOf(parts: readonly Part[]): unknown[] {
  const rest = parts.map((part) => (textIn(part) === undefined ? unmarked(part) : "text"));
  return rest.length === 1 && rest[0] === "text" ? [] : rest;
}

/** Where a provider's own cache is to cut does not matter. */
function unmarked(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, item) => (key === "cache_control" ? undefined : item)));
}
