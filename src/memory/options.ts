import { checkEmbedder, type Embedder } from "../embedder.ts";
import { argumentError } from "../error.ts";
import type { Store } from "../store/store.ts";
import type { TermOptions } from "../text/terms.ts";
import { parseTtl, type Ttl } from "../ttl.ts";
import { checkCount, checkShare } from "./check.ts";
import type { compareFacts } from "./contradiction.ts";
import type { MemoryEvent } from "./event.ts";
import type { Memory } from "./memory.ts";
import { redact } from "./redact.ts";
import { englishTimes, type TimeExtractor } from "./temporal.ts";

/** What becomes of something new that is very like something known of the same tier. */
export type DuplicateAction =
  /** It is stored, and what it is like is told. Only of durable tiers. */
  | "hint"
  /** It is not stored, but for what is richer: that takes the place of what was known. */
  | "coalesce"
  /** It takes its place. */
  | "supersede"
  | "off";

/** Calls of a model that the user gives. Every one may be left out. */
export interface Models {
  /** How well each text answers the query, any numbers, greater is better: what recall found is put in that order. */
  rerank?: ((query: string, texts: readonly string[], signal: AbortSignal) => Promise<readonly number[]>) | undefined;
  /** Other ways to say the query. */
  rewrite?: ((query: string, signal: AbortSignal) => Promise<readonly string[]>) | undefined;
  /** The facts in some texts that are worth keeping. */
  distil?: ((texts: readonly string[], signal: AbortSignal) => Promise<readonly string[]>) | undefined;
  /** What a new memory means for those it is near to. */
  consolidate?:
    | ((memory: Memory, neighbours: readonly Memory[], signal: AbortSignal) => Promise<Consolidation>)
    | undefined;
  /** One text that says what all of these say. */
  merge?: ((texts: readonly string[], signal: AbortSignal) => Promise<string>) | undefined;
  /** How much a memory matters, 0…1. */
  assess?: ((memory: Memory, signal: AbortSignal) => Promise<number>) | undefined;
  /** The answer to a question, from what is remembered. */
  answer?: ((question: string, memories: readonly Memory[], signal: AbortSignal) => Promise<string>) | undefined;
}

export type Consolidation =
  | { verdict: "new" }
  /** The target says this from now on, and the new one is part of it. */
  | { verdict: "update"; target: string; content: string }
  /** The new one takes its place. */
  | { verdict: "supersede"; target: string };

export interface MemorySettings {
  /** Null: there is none, and memories are found by their words alone. */
  embedder: Embedder | null;
  clock?: (() => number) | undefined;
  onEvent?: ((event: MemoryEvent) => void) | undefined;
  /** What queries are prefixed with before they are embedded, for models that ask for it. Default: nothing. */
  queryPrefix?: string | undefined;
  /** How much of recall's relevance is likeness in meaning, the rest being that in words; 0…1. Default 0.5. */
  alpha?: number | undefined;
  /** "ranks": reciprocal ranks are added instead of scores. Default "scores". */
  fusion?: "scores" | "ranks" | undefined;
  /** How much longer what is often recalled stays fresh. Default 1; 0: not at all. */
  stability?: number | undefined;
  /** How much of a memory's importance is the model's opinion, where there is one. Default 0. */
  assessed?: number | undefined;
  /** Whether recall sees the durable memories of the namespaces above, and of those linked. Default true. */
  cascade?: boolean | undefined;
  /** Finds the time that a query speaks of. Default: in English. False: none is looked for. */
  times?: TimeExtractor | false | undefined;
  /** How words are compared in search. Default "english": without their endings. */
  stem?: TermOptions["stem"];
  /** Takes secrets out of what is to be remembered. Default: tokens, keys and passwords of well-known forms. False: nothing is taken out. */
  redact?: ((text: string) => { text: string; kinds: readonly string[] }) | false | undefined;
  /** The least characters of episodes that are worth keeping. Default 120; 0 keeps all. */
  leastSignal?: number | undefined;
  /** Default: "hint" from a similarity of 0.82. */
  duplicates?: { action?: DuplicateAction | undefined; similarity?: number | undefined } | undefined;
  /** Whether new durable facts close the validity of those they contradict. A function: tells what they are to each other. Default: by their words, in English. */
  contradictions?: typeof compareFacts | false | undefined;
  /** Short-lived memories at least so like a durable one bear it out. Default 0.908. */
  corroborate?: number | undefined;
  /** Of working and episodic memories, so many are kept in a namespace. Default 1000. */
  capacity?: number | undefined;
  /** How long what was superseded is kept. Default null: for ever. */
  supersededTtl?: Ttl | undefined;
  /** Whether what memories were before they changed is kept, for `knownAt`. Default true. */
  keepsPast?: boolean | undefined;
  models?: Models | undefined;
  /** How often this process does what of `maintain` is due. Default false: only when `maintain` is called. */
  maintainEvery?: Exclude<Ttl, null> | false | undefined;
  /** Milliseconds the embedder may take. What is remembered without is stored at once and repaired later. Default: 2000 to recall, 5000 to remember. */
  embedWithin?: { recall?: number | undefined; remember?: number | undefined } | undefined;
  /** Milliseconds a reranker or another model may take. Default 10,000. */
  modelWithin?: number | undefined;
  /**
   * Whether memories of more than 1,200 characters are also embedded piece by piece, in the background, and recalled by whichever
   * piece is most like the query. Default false.
   */
  chunks?: boolean | undefined;
  /** How old what is known of other processes' writes may be, in milliseconds. Default 0. */
  staleness?: number | undefined;
  /** The most bytes of a content, and of metadata. Default 64 KiB each. */
  limits?: { contentBytes?: number | undefined; metadataBytes?: number | undefined } | undefined;
  /** Throw when a store fails on the read path, instead of answering without it. Default false. */
  strict?: boolean | undefined;
}

export interface MemoryOptions extends MemorySettings {
  /** Where memories live. Default: a durable store at `path`, else memory. */
  store?: Store | undefined;
  /** A file for a durable store of this runtime's own engine. */
  path?: string | undefined;
}

export interface CheckedSettings {
  readonly embedder: Embedder | undefined;
  readonly clock: () => number;
  readonly onEvent: (event: MemoryEvent) => void;
  readonly queryPrefix: string;
  readonly alpha: number;
  readonly fusion: "scores" | "ranks";
  readonly ranking: { readonly stability: number; readonly assessed: number };
  readonly cascade: boolean;
  readonly times: TimeExtractor;
  readonly stem: TermOptions["stem"];
  readonly redact: (text: string) => { text: string; kinds: readonly string[] };
  readonly leastSignal: number;
  readonly duplicates: { readonly action: DuplicateAction; readonly similarity: number };
  /** Fetched when there are facts to compare. */
  readonly compare: (() => Promise<typeof compareFacts>) | undefined;
  readonly corroborate: number;
  readonly capacity: number;
  readonly supersededTtl: number | null;
  readonly keepsPast: boolean;
  readonly models: Models;
  readonly maintainEvery: number | undefined;
  readonly embedWithin: { readonly recall: number; readonly remember: number };
  readonly modelWithin: number;
  readonly chunks: boolean;
  readonly staleness: number;
  readonly limits: { readonly contentBytes: number; readonly metadataBytes: number };
  readonly strict: boolean;
}

function comparing(contradictions: MemorySettings["contradictions"]): CheckedSettings["compare"] {
  if (contradictions === false) return undefined;
  if (contradictions !== undefined) return async () => contradictions;
  return async () => (await import("./contradiction.ts")).compareFacts;
}

export function checkSettings(settings: MemorySettings): CheckedSettings {
  if (typeof settings !== "object" || settings === null) {
    throw argumentError("options", "an object", settings, "Pass at least { embedder }.");
  }
  const { duplicates = {}, embedWithin = {}, limits = {}, models = {}, contradictions } = settings;
  const { clock = Date.now, onEvent = () => {}, times = englishTimes, redact: redacting = redact } = settings;
  for (const [name, given] of Object.entries({ clock, onEvent, times, redact: redacting, contradictions })) {
    if (
      typeof given === "function" ||
      given === undefined ||
      (given === false && name !== "clock" && name !== "onEvent")
    )
      continue;
    throw argumentError(name, "a function", given, "Pass a function, or leave it out.");
  }
  for (const [name, given] of Object.entries(models)) {
    if (given === undefined || typeof given === "function") continue;
    throw argumentError(`models.${name}`, "a function", given, "Pass one that calls your model, or leave it out.");
  }
  return {
    embedder: settings.embedder === null ? undefined : checkEmbedder(settings.embedder),
    clock,
    onEvent,
    queryPrefix: settings.queryPrefix ?? "",
    alpha: checkShare(settings.alpha, "alpha") ?? 0.5,
    fusion: oneOf("fusion", settings.fusion, ["scores", "ranks"]),
    ranking: {
      stability: checkShare(settings.stability, "stability", 0, 100) ?? 1,
      assessed: checkShare(settings.assessed, "assessed") ?? 0,
    },
    cascade: flag("cascade", settings.cascade, true),
    times: times === false ? () => undefined : times,
    stem: settings.stem,
    redact: redacting === false ? (text) => ({ text, kinds: [] }) : redacting,
    leastSignal: checkCount(settings.leastSignal, "leastSignal") ?? 120,
    duplicates: {
      action: oneOf("duplicates.action", duplicates.action, ["hint", "coalesce", "supersede", "off"]),
      similarity: checkShare(duplicates.similarity, "duplicates.similarity", -1) ?? 0.82,
    },
    compare: comparing(contradictions),
    corroborate: checkShare(settings.corroborate, "corroborate", -1, 2) ?? 0.908,
    capacity: checkCount(settings.capacity, "capacity", 1) ?? 1000,
    supersededTtl: parseTtl(settings.supersededTtl ?? null, "supersededTtl"),
    keepsPast: flag("keepsPast", settings.keepsPast, true),
    models,
    maintainEvery: settings.maintainEvery
      ? (parseTtl(settings.maintainEvery, "maintainEvery") ?? undefined)
      : undefined,
    embedWithin: {
      recall: checkMs(embedWithin.recall, "embedWithin.recall") ?? 2000,
      remember: checkMs(embedWithin.remember, "embedWithin.remember") ?? 5000,
    },
    modelWithin: checkMs(settings.modelWithin, "modelWithin") ?? 10_000,
    chunks: flag("chunks", settings.chunks, false),
    staleness: checkMs(settings.staleness, "staleness", 0) ?? 0,
    limits: {
      contentBytes: checkMs(limits.contentBytes, "limits.contentBytes") ?? 2 ** 16,
      metadataBytes: checkMs(limits.metadataBytes, "limits.metadataBytes") ?? 2 ** 16,
    },
    strict: flag("strict", settings.strict, false),
  };
}

function checkMs(ms: number | undefined, name: string, least = 1): number | undefined {
  if (ms === undefined || (typeof ms === "number" && ms >= least)) return ms;
  throw argumentError(name, `a number from ${least}`, ms, "Leave it out for the default.");
}

function oneOf<T extends string>(name: string, given: T | undefined, all: readonly [T, ...T[]]): T {
  if (given === undefined) return all[0];
  if (all.includes(given)) return given;
  throw argumentError(name, `one of ${all.join(", ")}`, given, "Leave it out for the first.");
}

function flag(name: string, given: boolean | undefined, fallback: boolean): boolean {
  if (given === undefined || typeof given === "boolean") return given ?? fallback;
  throw argumentError(name, "a boolean", given, "Pass true or false, or leave it out.");
}
