import fc from "fast-check";
import { memoryStore, type Store } from "../../src/index.ts";
import { contentFingerprint } from "../../src/memory/clean.ts";
import { AgentMemory, type ExportOptions, type Memory, type MemoryOptions } from "../../src/memory/index.ts";
import { type Kept, putOf } from "../../src/memory/record.ts";
import { fingerprintOf } from "../../src/memory/shelf.ts";
import { TIERS } from "../../src/memory/tier.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { anyText } from "./any-text.ts";
import { intercepted, unclosed, WORDS } from "./cache-fixtures.ts";
import { bytesOf } from "./checkpoint-fixtures.ts";

/** Two dimensions, like the vectors that are made up here. */
export const SMALL = { ...testEmbedder({ dimensions: 2 }), fingerprint: "small" };

export const NOW = 1_800_000_000_000;

/** A memory opened on a store that outlives it, at a time that stands still. */
export function openMemory(options: Partial<MemoryOptions> = {}): Promise<AgentMemory> {
  const { store = memoryStore(), ...others } = options;
  return AgentMemory.open({ embedder: WORDS, clock: () => NOW, ...others, store: unclosed(store) });
}

export async function exportOf(memory: AgentMemory, options: ExportOptions = {}): Promise<string> {
  return new TextDecoder("utf-8", { fatal: true }).decode(await bytesOf(memory.export(options)));
}

/** The lines of an export as what they say. */
export async function linesOf(memory: AgentMemory, options: ExportOptions = {}): Promise<Record<string, unknown>[]> {
  const lines = (await exportOf(memory, options)).split("\n");
  if (lines.pop() !== "") throw new Error("the last line has no end");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A memory of which nothing is said but what the test is about. */
export function kept(fields: Partial<Memory> & { id: string }, others: Partial<Kept> = {}): Kept {
  const memory: Memory = {
    namespace: "n",
    tier: "semantic",
    content: `what ${fields.id} says`,
    metadata: {},
    tags: [],
    importance: 0.5,
    createdAt: 1000,
    updatedAt: 2000,
    accessedAt: 3000,
    accessCount: 0,
    expiresAt: null,
    links: [],
    ...fields,
  };
  const fingerprint = contentFingerprint(memory.content);
  return { memory, vector: Float32Array.of(0, 1), fingerprint, knownFrom: 1000, ...others };
}

/** A memory with what it was. */
export interface States {
  now: Kept;
  former: Kept[];
}

/** A store in which these lie, written in the order given. */
export async function filled(all: readonly States[], store: Store = memoryStore()): Promise<Store> {
  await store.open({ fingerprint: fingerprintOf(SMALL.fingerprint), dimensions: SMALL.dimensions });
  for (const { now, former } of all) {
    for (const [i, state] of former.entries()) await store.commit([putOf(state, { past: i + 1 })]);
    await store.commit([putOf(now)]);
  }
  return store;
}

/** The same store, but the names in metadata come back in another order, as from one that keeps them in its own. */
export function reordering(store: Store): Store {
  const reordered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reordered);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    const entries = Object.entries(value).reverse();
    return Object.fromEntries(entries.map(([name, inner]) => [name, reordered(inner)]));
  };
  return intercepted(store, async (_, call) => reordered(await call()));
}

const HOSTILE = ["\ud800", "\udc00x", '"\\', "\n", "\u2028", "\ufeffa", "ß", "__proto__", "a:b", "%_*?", "😀", "a/b"];
const text = fc.oneof(anyText(), fc.constantFrom("", "\0", ...HOSTILE));
const name = fc
  .oneof(anyText({ minLength: 1, maxLength: 20 }), fc.constantFrom(...HOSTILE))
  .map((name) => name.replaceAll("\0", "0"));
const time = fc.integer({ min: 0, max: 2 ** 42 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const metadata = fc
  .dictionary(fc.oneof(text, fc.constantFrom("__proto__", "2", "1")), fc.jsonValue({ maxDepth: 3 }))
  .map((object) => JSON.parse(JSON.stringify(object)) as Memory["metadata"]);
const vector = fc
  .double({ min: 0, max: 7, noNaN: true })
  .map((angle) => unit([Math.cos(angle), Math.sin(angle)], 2) as Float32Array);

const aMemory: fc.Arbitrary<Memory> = fc
  .record({
    id: name,
    namespace: fc.oneof(fc.constantFrom("n", "n/m", "N"), name),
    tier: fc.constantFrom(...TIERS),
    content: text,
    metadata,
    tags: fc.array(text, { maxLength: 3 }),
    importance: share,
    createdAt: time,
    updatedAt: time,
    used: fc.option(fc.record({ at: time, count: fc.nat() })),
    expiresAt: fc.option(time),
    links: fc.array(name, { maxLength: 2 }),
    rest: fc.record(
      {
        level: fc.constantFrom("explicit", "deduced"),
        summary: text,
        assessedImportance: share,
        confidence: share,
        ttl: fc.option(fc.integer({ min: 1, max: 2 ** 40 })),
        validFrom: fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
        validTo: time,
        supersededBy: name,
        contradicted: fc.record({ by: name, confidence: share }, { requiredKeys: ["by"] }),
        pending: fc.constant(true),
        document: fc.constant(true),
        embed: fc.constant(false as const),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ used, rest, ...fields }) => ({
    ...fields,
    accessedAt: used?.at ?? fields.createdAt,
    accessCount: used?.count ?? 0,
    ...(rest as Partial<Memory>),
  }));

const aState: fc.Arbitrary<Kept> = fc
  .record(
    {
      memory: aMemory,
      vector: fc.option(vector),
      knownFrom: time,
      repair: fc.record(
        { attempts: fc.nat(12), nextAt: fc.double({ min: 0, max: 2 ** 42, noNaN: true }), problem: text },
        { requiredKeys: ["attempts", "nextAt"] },
      ),
      promotedAt: time,
      cutShort: time,
    },
    { requiredKeys: ["memory", "vector", "knownFrom"] },
  )
  .map((state) => ({ ...state, fingerprint: contentFingerprint(state.memory.content) }));

const someStates: fc.Arbitrary<States> = fc
  .record({
    now: aState,
    former: fc.array(fc.record({ state: aState, knownFrom: fc.nat(2), knownUntil: fc.nat(2) }), { maxLength: 3 }),
  })
  .map(({ now, former }) => ({
    now,
    former: former.map(({ state, knownFrom, knownUntil }) => {
      const { id, namespace } = now.memory;
      return { ...state, knownFrom, knownUntil, memory: { ...state.memory, id, namespace, expiresAt: null } };
    }),
  }));

/** Memories in every state there is, hostile texts and all, of different ids. */
export const anyStates: fc.Arbitrary<States[]> = fc.uniqueArray(someStates, {
  maxLength: 8,
  selector: ({ now }) => now.memory.id,
});

export const anyLinks: fc.Arbitrary<{ from: string; to: string }[]> = fc
  .array(fc.record({ from: name, to: name }), { maxLength: 4 })
  .map((links) => links.filter(({ from, to }) => from !== to));
