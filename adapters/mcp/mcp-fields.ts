import { quoted } from "./mcp-places.ts";
import type { Schema, Shape, Zod } from "./mcp-sdk.ts";
import type { Serving } from "./mcp-tool.ts";

// What arguments of several tools are called and mean. Descriptions are read by models.

const TIERS = ["working", "episodic", "semantic", "procedural"];
const INSTANT = 'ISO 8601, such as "2026-05-01" or "2026-05-01T12:00:00Z".';

/** Of what only looks at what a recall has shown (`looks`) more may be named. With "fixed" nothing else. */
export function namespaceField({ z, settings }: Serving, looks = false): Shape {
  const { namespace, namespaces, cascades } = settings;
  if (namespaces === "fixed" && !(looks && cascades)) return {};
  const others = {
    any: "Any other may be named in full.",
    below: `Others that may be named are below it, such as ${quoted(`${namespace}/part`)}.`,
    fixed: "Only to be given for a memory that a result showed in another namespace: as it stands there.",
  };
  const text = `Whose memory it is. Left out: ${quoted(namespace)}. ${others[namespaces]}`;
  return { namespace: textField(z, text) };
}

/** Which memories are meant. */
export function filterFields({ z }: Serving): Shape {
  return {
    tiers: z
      .array(z.enum(TIERS))
      .optional()
      .describe(
        "Only these kinds: working (the task at hand), episodic (what happened), semantic (facts, preferences, decisions), procedural (how something is done). Left out: all.",
      ),
    tags: z.array(z.string()).optional().describe("Only memories that have all of these tags."),
    metadata: z
      .record(z.string(), z.string())
      .optional()
      .describe("Only memories whose metadata has each of these names with exactly this text."),
    createdAfter: instantField(z, "Only what was stored then or later."),
    asOf: instantField(z, "What was true at that moment, whatever took its place since. Left out: now."),
  };
}

/** How far is looked. Where nothing but the namespace may be seen, there is no choice. */
export function scopeField({ z, settings }: Serving): Shape {
  if (!settings.cascades) return {};
  const everywhere = settings.namespaces === "fixed" ? "" : ' "everywhere": also all that is below it.';
  const text = `"project": this namespace alone. "full" (default): also what is lasting in the namespaces above it, in the user's own and in linked ones.${everywhere}`;
  return {
    scope: z
      .enum(everywhere ? ["project", "full", "everywhere"] : ["project", "full"])
      .optional()
      .describe(text),
  };
}

export function roomField({ z, settings }: Serving): Shape {
  const { maxTokens } = settings;
  const text = `At most about so much text, in tokens. Default and most: ${maxTokens}.`;
  return { maxTokens: z.int().min(100).max(maxTokens).optional().describe(text) };
}

/** What is said of a memory when it is written. */
export function memoryFields({ z }: Serving): Shape {
  return {
    summary: textField(z, "Its gist in a line, which briefings show instead of a long content."),
    tier: z
      .enum(TIERS)
      .optional()
      .describe(
        "semantic: a fact, preference or decision that stays. procedural: how something is done. episodic: what happened; kept 30 days from each use. working: for the task at hand; kept 3 days. Left out: found from the content, else working.",
      ),
    tags: z
      .array(z.string())
      .optional()
      .describe(
        'Words to find it by. "pinned": it stands in every briefing. "handoff": what the next session has to know; the one before is replaced.',
      ),
    importance: z.number().min(0).max(1).optional().describe("How much it matters. Left out: by its tier."),
    level: z
      .enum(["explicit", "deduced"])
      .optional()
      .describe('"explicit": somebody said it, or it was seen. "deduced": you concluded it.'),
    validFrom: instantField(z, "Since when it is true, if not since now."),
    validTo: instantField(z, "Until when it is true, if that is known."),
    ttl: textField(z, 'How long it is kept, such as "12h", "7d" or "never". Left out: by its tier.'),
    links: z.array(z.string()).optional().describe("Ids of memories of the same namespace that belong to it."),
  };
}

export function idField({ z }: Serving, text: string): Schema {
  return z.string().min(1).describe(text);
}

function instantField(z: Zod, text: string): Schema {
  return textField(z, `${text} ${INSTANT}`);
}

function textField(z: Zod, text: string): Schema {
  return z.string().optional().describe(text);
}

/** A memory in a result. More may be told of it. */
export function itemSchema(z: Zod): Schema {
  return z.looseObject({ id: z.string(), namespace: z.string(), tier: z.string() });
}

/** What every result with memories in it has. */
export function resultFields(z: Zod): Shape {
  return {
    note: z.string().optional().describe("How to take what was stored."),
    omitted: z.int().optional().describe("So many more there was no room for."),
  };
}
