import type { BriefingOptions, Memory, Recalled, RecallOptions, Tier } from "../../src/memory/index.ts";
import { filterFields, itemSchema, namespaceField, resultFields, roomField, scopeField } from "./mcp-fields.ts";
import { quoted } from "./mcp-places.ts";
import { beginning, fitted, type Item, jsonOf, type Result, wrapped } from "./mcp-result.ts";
import type { Shape } from "./mcp-sdk.ts";
import { instant, shown, shownBriefly } from "./mcp-shown.ts";
import { READS, type Serving, type Tool } from "./mcp-tool.ts";

// What is asked by meaning, and what is told unasked.

interface Asking {
  namespace?: string;
  query: string;
  limit?: number;
  tiers?: Tier[];
  tags?: string[];
  metadata?: Record<string, string>;
  createdAfter?: string;
  asOf?: string;
  scope?: "project" | "full" | "everywhere";
  maxTokens?: number;
}

/** A result is not asked for that would have less than this. */
const LEAST_EACH = 100;

const ADVICE = {
  keyword_only:
    "Meaning could not be searched just now, only words: what is not found here may be known all the same. Try the words it would have been written with, or again later.",
  partial: "Not every namespace could be searched: what is not found here may be known all the same.",
  store:
    "The memory could not be read just now: that nothing is found does not mean that nothing is known. Try again later, and say so if it matters.",
};

export function recallTool(serving: Serving): Tool {
  const { memory, z } = serving;
  const most = mostOf(serving);
  return {
    name: "memory_recall",
    title: "Recall",
    description:
      "What is remembered about something, best first: found by meaning and by words. Call it before you answer what may depend on earlier sessions, on decisions or on preferences.",
    inputSchema: z.strictObject({
      query: z.string().min(1).describe("What you want to know, as a whole question or sentence."),
      limit: z
        .int()
        .min(1)
        .max(most)
        .optional()
        .describe(`At most so many. Default ${Math.min(10, most)}.`),
      ...filterFields(serving),
      ...scopeField(serving),
      ...roomField(serving),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({ ...resultFields(z), ...degradedFields(serving), memories: z.array(itemSchema(z)) }),
    annotations: READS,
    run: async (asking: Asking, signal) => {
      const options = await optionsOf(serving, asking, signal);
      const recalled = await memory.recall({ ...options, reinforce: false });
      const result = found(recalled, options.namespace!, asking.maxTokens ?? serving.settings.maxTokens);
      const { memories } = result.structuredContent as { memories: { id: string }[] };
      if (!serving.settings.readOnly) await memory.reinforce(memories.map(({ id }) => id)); // what there was room for
      return result;
    },
  };
}

export function answerTool(serving: Serving): Tool {
  const { memory, z } = serving;
  const most = mostOf(serving);
  return {
    name: "memory_answer",
    title: "Answer from memory",
    description:
      "A model's answer to a question from what is remembered, and the memories it was given. Slower than memory_recall; for questions that many memories together answer.",
    inputSchema: z.strictObject({
      question: z.string().min(1).describe("The question, as a whole sentence."),
      limit: z
        .int()
        .min(1)
        .max(most)
        .optional()
        .describe(`From at most so many memories. Default ${Math.min(10, most)}.`),
      ...filterFields(serving),
      ...scopeField(serving),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({
      ...resultFields(z),
      ...degradedFields(serving),
      answer: z.string(),
      memories: z.array(itemSchema(z)),
    }),
    annotations: READS,
    run: async ({ question, ...asking }: Asking & { question: string }, signal) => {
      const { maxTokens } = serving.settings;
      const options = await optionsOf(serving, { ...asking, query: question }, signal);
      const { answer, ...recalled } = await memory.answer(options);
      const text = beginning(answer, Math.floor(maxTokens / 2));
      return found(recalled, options.namespace!, Math.floor(maxTokens / 2), text);
    },
  };
}

export function briefingTool(serving: Serving): Tool {
  const { memory, places, settings, z } = serving;
  const items = z.array(itemSchema(z));
  return {
    name: "memory_briefing",
    title: "Briefing",
    description:
      "What to know when a session begins: what is pinned, what the last session left to be done (handoffs), lasting facts and procedures, and what happened lately. Call it first, once.",
    inputSchema: z.strictObject({
      each: z.int().min(1).max(20).optional().describe("At most so many of each kind. Default 5."),
      ...roomField(serving),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({
      ...resultFields(z),
      pinned: items,
      handoffs: z.array(z.looseObject({ id: z.string(), slot: z.string(), summary: z.string() })),
      facts: items,
      procedures: items,
      recent: items,
      below: items.describe("Lasting memories of the namespaces below."),
    }),
    annotations: READS,
    run: async ({ maxTokens = settings.maxTokens, ...asked }: BriefingOptions) => {
      const namespace = await places.named(asked.namespace);
      const { omitted, ...told } = await memory.briefing({ ...asked, namespace, home: settings.home, maxTokens });
      const listed = (memories: readonly Memory[]): Item[] => memories.map(shownBriefly);
      const below = settings.namespaces === "fixed" ? [] : told.below.flatMap(({ memories }) => memories);
      const sections = {
        pinned: listed(told.pinned),
        handoffs: told.handoffs.map(({ id, slot, summary, createdAt, lines }): Item => {
          return { id, namespace, slot, created: instant(createdAt), lines, summary };
        }),
        facts: listed(told.facts),
        procedures: listed(told.procedures),
        recent: listed(told.recent),
        below: listed(below),
      };
      const count = Object.values(sections).reduce((sum, items) => sum + items.length, 0);
      const head =
        count === 0
          ? `Nothing is remembered yet in ${quoted(namespace)}.`
          : `What to know of ${quoted(namespace)}. memory_get shows the whole of one.`;
      const fit = fitted(sections, maxTokens);
      return wrapped(head, fit.sections, { omitted: omitted + fit.omitted });
    },
  };
}

function mostOf({ settings }: Serving): number {
  return Math.min(100, Math.floor(settings.maxTokens / LEAST_EACH));
}

async function optionsOf(serving: Serving, asking: Asking, signal: AbortSignal): Promise<RecallOptions> {
  const { home, readOnly } = serving.settings;
  const { namespace, maxTokens: _room, ...filter } = asking;
  return {
    ...filter,
    namespace: await serving.places.named(namespace),
    home,
    limit: asking.limit ?? Math.min(10, mostOf(serving)),
    ...(readOnly && { reinforce: false }),
    signal,
  };
}

function degradedFields({ z }: Serving): Shape {
  return {
    degraded: z.string().optional().describe("What the search had to do without."),
    advice: z.string().optional(),
  };
}

function found({ results, degraded, omitted }: Recalled, namespace: string, room: number, answer?: string): Result {
  const memories = results.map(({ memory, score, origin }) => shown(memory, { score, origin }));
  const what = answer === undefined ? "" : `A model answers, from what follows: ${jsonOf(answer)}\n`;
  const count = memories.length === 1 ? "1 memory" : `${memories.length || "No"} memories`;
  const head = `${what}${count} found for ${quoted(namespace)}${memories.length > 1 ? ", best first" : ""}.`;
  const told = degraded === undefined ? {} : { degraded, advice: ADVICE[degraded] };
  const fit = fitted({ memories }, room);
  return wrapped(degraded === undefined ? head : `${head} ${ADVICE[degraded]}`, fit.sections, {
    ...(answer !== undefined && { answer }),
    ...told,
    omitted: omitted + fit.omitted,
  });
}
