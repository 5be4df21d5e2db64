import type { JsonObject, Usage } from "../../src/index.ts";
import { failed, isObject, ownAnswer, refused } from "./openai-answer.ts";
import { Batch } from "./openai-batch.ts";
import type { Call } from "./openai-call.ts";
import type { CachedFetchOptions, ModelCache } from "./openai-options.ts";
import { optionsOf, scopeIn } from "./openai-scope.ts";
import { decoded, encoded } from "./openai-vector.ts";

/** A text, or its tokens. */
type Input = string | number[];

/** One input's. Numbers that are float32 are kept as base64 of those, a fifth as long. */
interface Kept {
  model: string;
  embedding: string | number[];
  tokens: number;
}
interface Answered {
  model: string;
  data: { index: number; embedding: number[] }[];
  usage?: { prompt_tokens?: number; total_tokens?: number };
}

/** Of so much of a text its entry tells what it is; all of it is in the scope. */
const LABEL = 100;

/** Each input is looked for by itself, and upstream is asked for those that are missing. */
export async function embeddings({
  cache,
  call,
  options,
}: {
  cache: ModelCache;
  call: Call;
  options: CachedFetchOptions;
}): Promise<Response | undefined> {
  const { input, encoding_format: format = "float", user: _, ...asked } = call.body;
  const inputs = inputsOf(input);
  if (inputs === undefined || (format !== "float" && format !== "base64")) return undefined;
  const distinct = new Map(inputs.map((one) => [JSON.stringify(one), one]));
  const usage = { prompt_tokens: 0, total_tokens: 0 };
  const batch = new Batch<Input, Kept>(distinct.size, async (missing, signal) => {
    const { model, data, usage: used } = await ask(call, missing, signal);
    const { prompt_tokens = 0, total_tokens = prompt_tokens } = used ?? {};
    usage.prompt_tokens += prompt_tokens;
    usage.total_tokens += total_tokens;
    // Upstream counts them together: each has its share by length.
    const all = missing.reduce((sum, { length }) => sum + length, 0);
    return data.map(({ embedding }, i) => {
      const tokens = Math.round((prompt_tokens * missing[i]!.length) / (all || 1));
      return { model, embedding: encoded(embedding) ?? embedding, tokens };
    });
  });
  const scope = scopeIn(call, options);
  const told = { ...optionsOf(call, options), semantic: false, usage: usageOf };
  const found = await Promise.all(
    [...distinct].map(async ([key, input]) => {
      const label = typeof input === "string" ? input.slice(0, LABEL) : "";
      const computed = (signal: AbortSignal): Promise<Kept> => batch.get(input, signal);
      try {
        const wrapped = await cache.wrap(label, computed, { ...told, scope: { ...scope, asked, exactly: input } });
        if (wrapped.hit !== undefined) options.onHit?.(wrapped.hit, call);
        return [key, wrapped] as const;
      } finally {
        batch.settle(input);
      }
    }),
  );
  const byInput = new Map(found);
  const data = inputs.map((one, index) => {
    const { embedding } = byInput.get(JSON.stringify(one))!.response as Kept;
    const numbers = typeof embedding === "string" ? undefined : embedding;
    const told =
      format === "float" ? (numbers ?? decoded(embedding as string)) : numbers ? encoded(numbers, true) : embedding;
    return { object: "embedding", index, embedding: told };
  });
  const cached = found.filter(([, { hit }]) => hit !== undefined).length;
  const header = cached === found.length ? "hit; layer=exact; similarity=1" : cached > 0 ? "partial" : "miss";
  const { model } = found[0]![1].response as Kept;
  const body = JSON.stringify({ object: "list", data, model, usage });
  return ownAnswer(body, "application/json", `${header}; cached=${cached}; asked=${batch.asked}`);
}

/** Undefined for what no list of inputs is. */
function inputsOf(input: unknown): Input[] | undefined {
  const isTokens = (one: unknown): one is number[] => Array.isArray(one) && one.every((n) => typeof n === "number");
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) return undefined;
  if (isTokens(input)) return [input];
  return input.every((one) => typeof one === "string" || isTokens(one)) ? (input as Input[]) : undefined;
}

/** In numbers, of which base64 can be made; not the other way round. */
async function ask(call: Call, missing: readonly Input[], signal: AbortSignal): Promise<Answered> {
  const body = { ...call.body, input: missing, encoding_format: "float" } as unknown as JsonObject;
  const response = await call.ask(signal, body).catch((error: unknown) => Promise.reject(failed(error)));
  const answer: unknown = response.ok
    ? await response
        .clone()
        .json()
        .catch(() => undefined)
    : undefined;
  if (!isAnswer(answer, missing.length)) throw await refused(response);
  return { ...answer, data: answer.data.toSorted((a, b) => a.index - b.index) };
}

function isAnswer(answer: unknown, count: number): answer is Answered {
  if (!isObject(answer) || typeof answer.model !== "string" || !Array.isArray(answer.data)) return false;
  const data = answer.data as unknown as Answered["data"];
  const isOne = (i: number): boolean => data.some(({ index, embedding }) => index === i && Array.isArray(embedding));
  return data.length === count && Array.from({ length: count }, (_, i) => i).every(isOne);
}

function usageOf({ model, tokens }: Kept): Usage {
  return { model, inputTokens: tokens };
}
