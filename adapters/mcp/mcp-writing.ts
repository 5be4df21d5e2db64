import {
  type Memory,
  type MemoryPatch,
  MnemeError,
  type RememberOptions,
  type Similar,
  type Ttl,
} from "../../src/memory/index.ts";
import { idField, itemSchema, memoryFields, namespaceField } from "./mcp-fields.ts";
import { notFound } from "./mcp-missing.ts";
import { quoted } from "./mcp-places.ts";
import { cut, done, type Result, wrapped } from "./mcp-result.ts";
import type { Shape } from "./mcp-sdk.ts";
import { instant } from "./mcp-shown.ts";
import { ADDS, OVERWRITES, type Serving, type Tool } from "./mcp-tool.ts";

const OUTCOMES = {
  stored: "It is stored.",
  updated: "It was changed.",
  reinforced: "It was known already; that it was said again is noted.",
  coalesced: "It was taken together with one that says nearly the same.",
  noise: "It is not stored: there is too little in it. Say it in whole sentences, with what it is about.",
};

type Remembering = RememberOptions & { ttl?: string; replaces?: string };

export function rememberTool(serving: Serving): Tool {
  const { memory, places, settings, z } = serving;
  return {
    name: "memory_remember",
    title: "Remember",
    description:
      "Saves what will matter later: a decision and its reason, a preference, a correction, a fact about people, projects or systems, a way that worked or failed. Do it unasked, one thing a call. What is known already is not stored twice.",
    inputSchema: z.strictObject({
      content: z
        .string()
        .min(1)
        .describe(
          'What is to be remembered, in words that can be understood without this conversation: names and dates, not "he" or "yesterday". No passwords or keys.',
        ),
      ...memoryFields(serving),
      metadata: z.record(z.string(), z.unknown()).optional().describe("More about it by name, such as its source."),
      subject: z
        .string()
        .min(1)
        .optional()
        .describe("Whom it is about, always called the same: what is about somebody can be forgotten all at once."),
      replaces: z
        .string()
        .optional()
        .describe("The id of a memory that is no longer so, whose place this one takes. It stays in memory_history."),
      ...visibilityField(serving),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({
      outcome: z.enum(Object.keys(OUTCOMES)),
      memory: itemSchema(z).optional(),
      similar: z.looseObject({ id: z.string() }).optional().describe("What is known already and very like it."),
    }),
    annotations: ADDS,
    run: async ({ replaces, visibility, ...asked }: Remembering, signal) => {
      const namespace = await places.named(asked.namespace);
      if (replaces !== undefined) await expect(serving, namespace, replaces);
      const { outcome, similar, ...kept } = await memory.remember({
        ...withTtl(asked),
        namespace,
        home: settings.home,
        visibility: places.target(namespace, visibility),
        signal,
      });
      if (outcome === "noise") return done(OUTCOMES.noise, { outcome });
      const head = [OUTCOMES[outcome]];
      if (replaces !== undefined && replaces !== kept.id) {
        await replace(serving, { namespace, id: replaces }, kept);
        head.push(`It takes the place of ${quoted(replaces)}.`);
      }
      if (similar !== undefined && similar.id !== replaces) {
        head.push('Something very like it is known; if that is no longer so, say this again with "replaces": its id.');
      }
      return written(serving, head.join(" "), kept, asked.content, { outcome, ...(similar && { similar }) });
    },
  };
}

export function updateTool(serving: Serving): Tool {
  const { memory, places, z } = serving;
  return {
    name: "memory_update",
    title: "Change a memory",
    description:
      "Changes what is named of a memory and leaves the rest as it is: to correct it or add to it. What it said before stays in memory_history. For what has become otherwise, memory_remember with `replaces` is better.",
    inputSchema: z.strictObject({
      id: idField(serving, "Its whole id."),
      content: z.string().min(1).optional().describe("All that it is to say from now on."),
      ...memoryFields(serving),
      metadata: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("Taken up name by name; null removes one. Names left out stay."),
      ...namespaceField(serving),
    }),
    outputSchema: z.looseObject({ memory: itemSchema(z) }),
    annotations: OVERWRITES,
    run: async (
      { id, namespace: named, ...asked }: MemoryPatch & { ttl?: string; id: string; namespace?: string },
      signal,
    ) => {
      const namespace = await places.named(named);
      if (Object.keys(asked).length === 0) {
        throw new MnemeError("argument", "Nothing was named that is to change.", "Give at least one, such as content.");
      }
      await expect(serving, namespace, id);
      const changed = await memory.update(namespace, id, withTtl(asked), { signal });
      return written(serving, "It is changed.", changed, asked.content, {});
    },
  };
}

export function forgetTool(serving: Serving): Tool {
  const { memory, places, z } = serving;
  return {
    name: "memory_forget",
    title: "Forget",
    description:
      "Removes a memory for good, with its history. Only when the user wants it gone. For what is merely no longer so, use memory_remember with `replaces`.",
    inputSchema: z.strictObject({ id: idField(serving, "Its whole id."), ...namespaceField(serving) }),
    outputSchema: z.looseObject({ forgotten: z.string().describe("The id.") }),
    annotations: OVERWRITES,
    run: async ({ id, namespace: named }: { id: string; namespace?: string }) => {
      const namespace = await places.named(named);
      if (!(await memory.forget(namespace, id))) throw await notFound(memory, namespace, id);
      return done("It is forgotten.", { forgotten: id });
    },
  };
}

/** What has become of what was written. What it says only where that is not what was given: secrets were taken out of it, say. */
function written(
  { settings }: Serving,
  head: string,
  { id, namespace, tier, content, expiresAt }: Memory,
  given: string | undefined,
  { similar, ...facts }: { outcome?: string; similar?: Similar },
): Result {
  const memory = { id, namespace, tier, ...(expiresAt !== null && { expires: instant(expiresAt) }) };
  if (similar === undefined && (given === undefined || given === content)) return done(head, { ...facts, memory });
  const item = given === content ? memory : cut({ ...memory, content }, settings.maxTokens);
  return wrapped(head, { memory: item, ...(similar && { similar: { ...similar } }) }, facts);
}

/** Only where there is a choice. */
function visibilityField({ places, settings, z }: Serving): Shape {
  const { namespace, namespaces } = settings;
  const targets = places.targets(namespace);
  if (targets.length === 0 && namespaces === "fixed") return {};
  const personal = targets.includes("personal") ? ' "personal": the user\'s own namespace, whatever the project.' : "";
  const text = `Where a lasting (semantic or procedural) memory is to lie. "project" (default): in its namespace.${personal} Or a namespace above it that you may name.`;
  return { visibility: z.string().optional().describe(text) };
}

/** There has to be one of exactly this id. */
async function expect({ memory }: Serving, namespace: string, id: string): Promise<void> {
  const known = await memory.get(namespace, id);
  if (known?.id !== id) throw await notFound(memory, namespace, id);
}

async function replace(
  { memory }: Serving,
  old: { namespace: string; id: string },
  { namespace, id }: Memory,
): Promise<void> {
  if (namespace === old.namespace) {
    await memory.supersede(namespace, old.id, id);
    return;
  }
  const problem = `It is stored as ${quoted(id)} in ${quoted(namespace)}, but cannot take the place of ${quoted(old.id)} in ${quoted(old.namespace)}.`;
  throw new MnemeError("argument", problem, "Only one of the same namespace can; forget the old one if it is wrong.");
}

function withTtl<T extends { ttl?: string | undefined }>({ ttl, ...rest }: T): Omit<T, "ttl"> & { ttl?: Ttl } {
  return { ...rest, ...(ttl !== undefined && { ttl: ttl === "never" ? null : (ttl as Ttl) }) };
}
