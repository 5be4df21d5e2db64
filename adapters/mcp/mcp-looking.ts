import type { ListOptions, Memory } from "../../src/memory/index.ts";
import { filterFields, idField, itemSchema, namespaceField, resultFields } from "./mcp-fields.ts";
import { notFound } from "./mcp-missing.ts";
import { quoted } from "./mcp-places.ts";
import { beginning, cut, fitted, jsonOf, wrapped } from "./mcp-result.ts";
import { instant, shown, shownWhole } from "./mcp-shown.ts";
import { READS, type Serving, type Tool } from "./mcp-tool.ts";

// What is looked up by id, place or time.

const LISTED = 20;
const MOST_LISTED = 100;

export function listTool(serving: Serving): Tool {
  const { memory, places, settings, z } = serving;
  return {
    name: "memory_list",
    title: "List memories",
    description:
      "Memories of a namespace, newest first unless asked otherwise, page by page. To find something out, memory_recall is better.",
    inputSchema: z.strictObject({
      limit: z.int().min(1).max(MOST_LISTED).optional().describe(`At most so many. Default ${LISTED}.`),
      offset: z.int().min(0).optional().describe("So many are passed over: `next` of the page before."),
      sort: z
        .enum(["createdAt", "updatedAt", "accessedAt", "accessCount", "importance"])
        .optional()
        .describe('What they are sorted by. Default "createdAt".'),
      ascending: z.boolean().optional().describe("Oldest or least first. Default false."),
      includeSuperseded: z.boolean().optional().describe("Also those whose place another one took. Default false."),
      includeExpired: z.boolean().optional().describe("Also those that are expired. Default false."),
      ...filterFields(serving),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({
      ...resultFields(z),
      memories: z.array(itemSchema(z)),
      next: z.int().optional().describe("The offset of the next page, if there is one."),
    }),
    annotations: READS,
    run: async ({ limit = LISTED, offset = 0, ...options }: ListOptions) => {
      const namespace = await places.named(options.namespace);
      const listed = await memory.list({ ...options, namespace, offset, limit: limit + 1 });
      const { sections } = fitted({ memories: listed.slice(0, limit).map((one) => shown(one)) }, settings.maxTokens);
      const end = offset + sections.memories.length; // what there was no room for is on the next page
      const isLast = listed.length === sections.memories.length;
      const none = `There are no memories in ${quoted(namespace)}${offset > 0 ? " from there on" : " that fit"}.`;
      const some = `Memories ${offset + 1} to ${end} of ${quoted(namespace)}${isLast ? ", which are the last" : `; more from offset ${end} on`}.`;
      return wrapped(listed.length === 0 ? none : some, sections, isLast ? {} : { next: end });
    },
  };
}

export function getTool(serving: Serving): Tool {
  const { settings, z } = serving;
  return {
    name: "memory_get",
    title: "Get a memory",
    description:
      "All that is told of one memory, and the whole of its content; also of one that is expired or replaced.",
    inputSchema: z.strictObject({
      id: idField(serving, "Its id, or the first 8 characters of it or more."),
      from: z
        .int()
        .min(0)
        .optional()
        .describe("From which character of its content on: `next` of the result before. Default 0."),
      ...namespaceField(serving, true),
    }),
    outputSchema: z.looseObject({
      ...resultFields(z),
      memory: itemSchema(z),
      next: z.int().optional().describe("From which character on there is more."),
    }),
    annotations: READS,
    run: async ({ id, from = 0, namespace }: Looking & { from?: number }) => {
      const { found } = await seen(serving, id, namespace);
      const { content, ...rest } = shownWhole(found) as { content: string };
      const half = Math.floor(settings.maxTokens / 2);
      const part = beginning(content.slice(from), half);
      const next = from + part.length;
      const isLast = next >= content.length;
      const where = from === 0 && isLast ? {} : { from, contentLength: content.length };
      const head = isLast ? "The memory:" : `The memory, whose content goes on from character ${next}:`;
      return wrapped(head, { memory: { ...cut(rest, half), ...where, content: part } }, isLast ? {} : { next });
    },
  };
}

export function historyTool(serving: Serving): Tool {
  const { memory, settings, z } = serving;
  return {
    name: "memory_history",
    title: "History of a memory",
    description:
      "How a memory came to be what it is: what it said before it was changed (versions), what it replaced and what replaced it (lineage). Oldest first.",
    inputSchema: z.strictObject({
      id: idField(serving, "Its id, or the first 8 characters of it or more."),
      ...namespaceField(serving, true),
    }),
    outputSchema: z.looseObject({
      ...resultFields(z),
      lineage: z.array(itemSchema(z)),
      versions: z.array(z.looseObject({ knownFrom: z.string() })),
    }),
    annotations: READS,
    run: async ({ id: given, namespace: named }: Looking) => {
      const { found, durableOnly } = await seen(serving, given, named);
      const { id, namespace } = found;
      const isSeen = (one: Memory): boolean => !durableOnly || isShared(one);
      const lineage = (await memory.history(namespace, id)).filter(isSeen);
      const versions = (await memory.versions(namespace, id)).flatMap(({ memory, knownFrom, knownUntil }) => {
        const { id: _id, namespace: _namespace, ...said } = shown(memory);
        const known = {
          knownFrom: instant(knownFrom),
          ...(knownUntil !== undefined && { knownUntil: instant(knownUntil) }),
        };
        return isSeen(memory) ? [{ ...known, ...said }] : [];
      });
      const { sections, omitted } = fitted({ lineage: lineage.map((one) => shown(one)), versions }, settings.maxTokens);
      return wrapped(`The history of ${jsonOf(id)}:`, sections, { omitted });
    },
  };
}

interface Looking {
  id: string;
  namespace?: string;
}

/** The memory that a client means, if it may see it. */
async function seen(
  { memory, places }: Serving,
  id: string,
  named: string | undefined,
): Promise<{ found: Memory; durableOnly: boolean }> {
  const { namespace, durableOnly } = await places.seen(named);
  const found = await memory.get(namespace, id);
  if (found !== undefined && (!durableOnly || isShared(found))) return { found, durableOnly };
  throw await notFound(memory, namespace, id, durableOnly);
}

/** What a recall would serve beyond its namespace. */
function isShared({ tier, tags }: Memory): boolean {
  return (tier === "semantic" || tier === "procedural") && !tags.includes("handoff");
}
