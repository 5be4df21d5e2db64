import type { FilterOptions, Memory, MemoryPatch, RememberOptions, Tier } from "../../src/memory/index.ts";
import {
  corroborated,
  DEMOTION,
  effectiveConfidence,
  FRESH_CONFIDENCE,
  givenConfidence,
} from "../../src/memory/quality.ts";
import { isDurable, TRAITS } from "../../src/memory/tier.ts";
import { DAY } from "../conformance/memory-under-test.ts";

/** A memory for as long as it was known to say this. The last state of one is what it is now. */
interface State {
  memory: Memory;
  from: number;
  until: number | undefined;
  /** When it was to end, before its end came sooner; null: never. */
  cutShort?: number | null | undefined;
}

/** What a call is answered with that must fail. */
export type Failure = "argument" | "conflict" | "not-found";

/** Memories in the plainest words: every one with all it ever was, looked through from one end to the other. */
export class MemoryModel {
  now: number;
  readonly #supersededTtl: number | null;
  #memories: State[][] = [];

  constructor(now: number, supersededTtl: number | null) {
    this.now = now;
    this.#supersededTtl = supersededTtl;
  }

  get all(): Memory[] {
    return this.#memories.map((states) => states.at(-1)!.memory);
  }

  of(namespace: string): Memory[] {
    return this.all.filter((memory) => memory.namespace === namespace);
  }

  get(namespace: string, id: string): Memory | undefined {
    return this.of(namespace).find((memory) => memory.id === id);
  }

  versions(id: string): State[] {
    return this.#memories.find((states) => states[0]!.memory.id === id) ?? [];
  }

  /** `given`: the id that it was given, where none is asked for. */
  remember(options: RememberOptions & { tier: Tier }, given: string): "stored" | "updated" | "reinforced" | Failure {
    const { namespace = "default", id, content, tier, tags = [], metadata = {}, ttl, validTo } = options;
    if (id !== undefined && this.all.some((memory) => memory.id === id)) {
      if (this.get(namespace, id) === undefined) return "conflict";
      const { namespace: _namespace, id: _id, duplicates: _duplicates, ...patch } = options;
      const failure = this.update(namespace, id, patch);
      return failure ?? "updated";
    }
    const isHandoff = tags.includes("handoff");
    const twins = this.of(namespace).filter(
      (one) => one.tier === tier && one.content === content && this.#isLive(one) && !handsOff(one),
    );
    const newest = twins.filter((one) => twins.every(({ createdAt }) => createdAt <= one.createdAt));
    const twin = newest.find((one) => one.id === given) ?? newest[0];
    if (id === undefined && !isHandoff && twin !== undefined) {
      this.#bearOut(twin);
      this.#use(twin);
      return "reinforced";
    }
    const lifetime = ttl === undefined ? TRAITS[tier].ttl : (ttl as number | null);
    const { validFrom = validTo !== undefined && (validTo as number) <= this.now ? undefined : this.now } = options;
    const memory: Memory = {
      ...{
        id: id ?? given,
        namespace,
        tier,
        content,
        metadata: metadata as Memory["metadata"],
        tags: [...tags],
        links: [],
      },
      ...{ importance: TRAITS[tier].importance, accessCount: 0, createdAt: this.now, updatedAt: this.now },
      ...{ accessedAt: this.now, expiresAt: lifetime === null ? null : this.now + lifetime },
      ...(isDurable(tier) && {
        confidence: options.confidence === undefined ? FRESH_CONFIDENCE : givenConfidence(options.confidence),
      }),
      ...(ttl !== undefined && { ttl: ttl as number | null }),
      ...(validFrom !== undefined && { validFrom: validFrom as number }),
      ...(validTo !== undefined && { validTo: validTo as number }),
    };
    this.#memories.push([{ memory, from: this.now, until: undefined }]);
    if (isHandoff) this.#takeSlot(memory);
    return "stored";
  }

  update(namespace: string, id: string, patch: MemoryPatch): Failure | undefined {
    const memory = this.get(namespace, id);
    if (memory === undefined) return "not-found";
    const { content, tags, metadata, ttl, tier, validFrom, validTo, importance, confidence } = patch;
    const [from, to] = [validFrom ?? memory.validFrom, validTo ?? memory.validTo] as (number | undefined)[];
    if ((validFrom !== undefined || validTo !== undefined) && from !== undefined && to !== undefined && to <= from) {
      return "argument";
    }
    this.#change(memory, (after, state) => {
      after.updatedAt = this.now;
      if (content !== undefined) after.content = content;
      if (tags !== undefined) after.tags = [...tags];
      if (metadata !== undefined) {
        const merged = Object.entries({ ...after.metadata, ...metadata }).filter(([, value]) => value !== null);
        after.metadata = Object.fromEntries(merged) as Memory["metadata"];
      }
      if (importance !== undefined) after.importance = importance;
      if (validFrom !== undefined) after.validFrom = validFrom as number;
      if (validTo !== undefined) {
        after.validTo = validTo as number;
        state.cutShort = undefined;
      }
      if (tier !== undefined && tier !== after.tier) {
        after.tier = tier;
        if (isDurable(tier)) after.confidence ??= FRESH_CONFIDENCE;
        if (ttl === undefined && after.ttl === undefined) after.expiresAt = this.#expiry(tier, undefined);
      }
      if (confidence !== undefined && isDurable(after.tier)) after.confidence = givenConfidence(confidence);
      if (ttl !== undefined) {
        after.ttl = ttl as number | null;
        after.expiresAt = this.#expiry(after.tier, after.ttl);
      }
    });
    return undefined;
  }

  supersede(namespace: string, id: string, byId: string): Failure | undefined {
    if (id === byId) return "argument";
    const [old, by] = [this.get(namespace, id), this.get(namespace, byId)];
    if (old === undefined || by === undefined) return "not-found";
    const line = new Set<string>();
    for (let at: Memory | undefined = by; at !== undefined && !line.has(at.id); at = this.#successor(at))
      line.add(at.id);
    if (line.has(id)) return "argument";
    this.#supersede(old, byId);
    return undefined;
  }

  restore(namespace: string, id: string): Failure | undefined {
    const memory = this.get(namespace, id);
    if (memory === undefined) return "not-found";
    this.#change(memory, (after, state) => {
      delete after.supersededBy;
      if (typeof state.cutShort === "number") after.validTo = state.cutShort;
      else if (state.cutShort === null || (after.validTo !== undefined && after.validTo <= this.now))
        delete after.validTo;
      state.cutShort = undefined;
    });
    return undefined;
  }

  forget(namespace: string, id: string): boolean {
    const memory = this.get(namespace, id);
    if (memory !== undefined) this.#remove(memory);
    return memory !== undefined;
  }

  forgetAll(isMeant: (memory: Memory) => boolean): number {
    const before = this.#memories.length;
    this.#memories = this.#memories.filter((states) => !isMeant(states.at(-1)!.memory));
    // What one only once was goes too; it is what it is now.
    this.#memories = this.#memories.map((states) =>
      states.filter(({ memory, until }) => until === undefined || !isMeant(memory)),
    );
    return before - this.#memories.length;
  }

  retier(namespace: string, id: string, tier: Tier, expiresAt: number | null | undefined): Failure | undefined {
    const memory = this.get(namespace, id);
    if (memory === undefined) return "not-found";
    this.#change(memory, (after) => {
      this.#retier(after, tier);
      if (expiresAt !== undefined) after.expiresAt = expiresAt;
    });
    return undefined;
  }

  reassign(from: string, ids: readonly string[], to: string): number {
    let moved = 0;
    for (const id of from === to ? [] : ids) {
      const memory = this.get(from, id);
      if (memory === undefined) continue;
      for (const state of this.versions(id)) state.memory.namespace = to;
      moved++;
      if (!handsOff(memory) || !this.#isLive(memory)) continue;
      const later = this.#inSlot(memory).filter((one) => this.#isLive(one) && one.createdAt > memory.createdAt);
      if (later.length > 0) this.#supersede(memory, later[0]!.id);
      else this.#takeSlot(memory);
    }
    return moved;
  }

  /** Each: the one that stays, and those whose place it takes; by the memory's own choice. */
  dedup(clusters: readonly { kept: string; removed: string[] }[]): void {
    for (const { kept, removed } of clusters) {
      for (const id of removed) this.#supersede(this.all.find((memory) => memory.id === id)!, kept);
    }
  }

  /** Those of which only one may stay, where all say the same. */
  clusters(namespace: string): string[][] {
    const live = this.of(namespace).filter((memory) => this.#isLive(memory) && !handsOff(memory));
    const tiers = [...new Set(live.map(({ tier }) => tier))];
    return tiers
      .map((tier) => live.filter((one) => one.tier === tier).map(({ id }) => id))
      .filter((ids) => ids.length > 1);
  }

  use(ids: readonly string[]): void {
    for (const memory of this.all) if (ids.includes(memory.id) && this.#isLive(memory)) this.#use(memory);
  }

  sweep(): { expired: number; demoted: number } {
    const expired = this.all.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= this.now);
    for (const memory of expired) this.#remove(memory);
    if (this.#supersededTtl !== null) {
      const until = this.now - this.#supersededTtl;
      this.#memories = this.#memories
        .filter((states) => !(states.at(-1)!.memory.supersededBy !== undefined && states.at(-1)!.from <= until))
        .map((states) => states.filter((state) => state.until === undefined || state.until > until));
    }
    const doubtful = this.all.filter(
      (memory) =>
        isDurable(memory.tier) &&
        memory.supersededBy === undefined &&
        memory.accessCount === 0 &&
        memory.importance < 0.75 &&
        this.now - memory.updatedAt > 7 * DAY &&
        effectiveConfidence(memory, this.now) < DEMOTION &&
        !memory.tags.includes("pinned") &&
        !handsOff(memory),
    );
    for (const memory of doubtful) this.#retier(memory, "episodic");
    return { expired: expired.length, demoted: doubtful.length };
  }

  /** What `list` and `recall` may answer of a namespace. */
  seen(namespace: string, options: FilterOptions & { durableOnly?: boolean }): Memory[] {
    const { asOf, knownAt, includeExpired, includeSuperseded, tiers, tags, excludeIds = [], durableOnly } = options;
    const at = (asOf ?? knownAt ?? this.now) as number;
    const known = this.#memories.flatMap((states) => {
      if (knownAt === undefined) return [states.at(-1)!.memory];
      return states.flatMap(({ memory, from, until }) =>
        from <= (knownAt as number) && (until === undefined || until > (knownAt as number)) ? [memory] : [],
      );
    });
    return known.filter((memory) => {
      if (memory.namespace !== namespace || excludeIds.includes(memory.id)) return false;
      if (tiers !== undefined && !tiers.includes(memory.tier)) return false;
      if (tags !== undefined && !tags.every((tag) => memory.tags.includes(tag))) return false;
      if (durableOnly && !isDurable(memory.tier)) return false;
      if (knownAt !== undefined && memory.createdAt > (knownAt as number)) return false;
      if (!includeExpired && memory.expiresAt !== null && memory.expiresAt <= at) return false;
      const isOver = memory.validTo !== undefined && memory.validTo <= at;
      if (asOf !== undefined) return !isOver && (memory.validFrom === undefined || memory.validFrom <= at);
      return includeSuperseded || (memory.supersededBy === undefined && !isOver);
    });
  }

  /** All that are connected with it by what took whose place. */
  history(namespace: string, id: string): string[] {
    const here = this.of(namespace);
    const found = new Set([id]);
    for (let size = 0; size < found.size; ) {
      size = found.size;
      for (const memory of here) {
        if (memory.supersededBy === undefined || !here.some((one) => one.id === memory.supersededBy)) continue;
        if (found.has(memory.id)) found.add(memory.supersededBy);
        if (found.has(memory.supersededBy)) found.add(memory.id);
      }
    }
    return [...found].sort();
  }

  #isLive({ supersededBy, validTo, expiresAt }: Memory): boolean {
    const isOver = (end: number | null | undefined): boolean => end != null && end <= this.now;
    return supersededBy === undefined && !isOver(validTo) && !isOver(expiresAt);
  }

  #successor({ supersededBy }: Memory): Memory | undefined {
    return this.all.find(({ id }) => id === supersededBy);
  }

  #expiry(tier: Tier, ttl: number | null | undefined): number | null {
    const lifetime = ttl === undefined ? TRAITS[tier].ttl : ttl;
    return lifetime === null ? null : this.now + lifetime;
  }

  #use(memory: Memory): void {
    memory.accessCount++;
    memory.accessedAt = this.now;
    const lifetime = memory.ttl === undefined ? TRAITS[memory.tier].ttl : memory.ttl;
    if (memory.expiresAt !== null && lifetime !== null) memory.expiresAt = this.now + lifetime;
  }

  #bearOut(memory: Memory): void {
    if (!isDurable(memory.tier) || memory.confidence === undefined || this.now - memory.updatedAt < DAY) return;
    memory.confidence = corroborated(effectiveConfidence(memory, this.now));
    memory.updatedAt = this.now;
  }

  #retier(memory: Memory, tier: Tier): void {
    if (isDurable(tier) && !isDurable(memory.tier)) memory.confidence ??= FRESH_CONFIDENCE;
    memory.tier = tier;
    memory.expiresAt = this.#expiry(tier, memory.ttl);
  }

  #supersede(memory: Memory, by: string): void {
    this.#change(memory, (after, state) => {
      after.supersededBy = by;
      if (after.validTo !== undefined && after.validTo <= this.now) return;
      state.cutShort = after.validTo ?? null;
      after.validTo = this.now;
    });
  }

  /** Keeps what it was where it says something else now; a handoff that is live in a slot it was not in takes that. */
  #change(memory: Memory, change: (after: Memory, state: State) => void): void {
    const states = this.versions(memory.id);
    const state = states.at(-1)!;
    const before: State = { ...state, memory: structuredClone(memory) };
    change(memory, state);
    if (said(before.memory) !== said(memory)) {
      states.splice(-1, 0, { ...before, until: this.now });
      state.from = this.now;
    }
    const isIn = (one: Memory): string | undefined => (handsOff(one) && this.#isLive(one) ? slotOf(one) : undefined);
    const slot = isIn(memory);
    if (slot !== undefined && slot !== isIn(before.memory)) this.#takeSlot(memory);
  }

  #takeSlot(memory: Memory): void {
    for (const one of this.#inSlot(memory)) this.#supersede(one, memory.id);
  }

  #inSlot(memory: Memory): Memory[] {
    return this.of(memory.namespace).filter(
      (one) => one !== memory && handsOff(one) && one.supersededBy === undefined && slotOf(one) === slotOf(memory),
    );
  }

  #remove(memory: Memory): void {
    this.#memories = this.#memories.filter((states) => states.at(-1)!.memory !== memory);
  }
}

export function handsOff({ tags }: Memory): boolean {
  return tags.includes("handoff");
}

export function slotOf({ metadata }: Memory): string {
  return (metadata.handoff_slot as string | undefined) ?? "main";
}

function said({ content, summary, metadata, tags, validFrom, validTo, supersededBy }: Memory): string {
  return JSON.stringify([content, summary, metadata, tags, validFrom, validTo, supersededBy]);
}
