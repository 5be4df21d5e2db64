import type { Embedder, Store } from "../../src/index.ts";
import { AgentMemory, type MemoryEvent, type MemoryOptions, type RecallOptions } from "../../src/memory/index.ts";
import { equal, fails } from "./assert.ts";
import { testEmbedder } from "./embedder.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

/** Registers one promise of memories, to be checked on an empty store of its own. */
export type MemoryCheck = (name: string, run: (under: MemoryUnderTest) => unknown) => void;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Left out is what depends on a language, which is no matter of stores. */
const PLAIN = { leastSignal: 0, redact: false, times: false, contradictions: false, strict: true } as const;

/** A store, and the memories that a test opens on it: of one clock, one embedder and one list of events. */
export class MemoryUnderTest {
  now: number = Date.UTC(2026, 0, 5, 12);
  readonly events: MemoryEvent[] = [];
  /** While it is set, the embedder fails. */
  isAway = false;
  /** While it is set, the embedder answers after it. */
  gate: Promise<void> | undefined;
  /** What it was given. */
  readonly embedded: string[] = [];
  readonly #under: StoreUnderTest;
  readonly #words: Embedder = testEmbedder();
  readonly #open = new Map<AgentMemory, Interruptions>();
  #isUsed = false;

  constructor(under: StoreUnderTest) {
    this.#under = under;
  }

  /** A memory of the store's data. Every further one has a store object of its own, where there can be several. */
  async open(options: Partial<MemoryOptions> = {}): Promise<AgentMemory> {
    const { store, another, alone } = this.#under;
    const isFirst = !this.#isUsed;
    this.#isUsed = true;
    return this.#openOn(isFirst || another === undefined || alone ? store : await another(), options);
  }

  /** Two memories of the same data, each of which has to notice what the other does. */
  async two(options: Partial<MemoryOptions> = {}): Promise<[AgentMemory, AgentMemory]> {
    const first = await this.open(options);
    return [first, await this.open(options)];
  }

  /** A memory opened anew. Where the data goes with the store, it is another one of that: what it has at hand is made anew. */
  async reopened(options: Partial<MemoryOptions> = {}): Promise<AgentMemory> {
    const { store, another } = this.#under;
    if (another === undefined) {
      await this.settled();
      return this.#openOn(store, options);
    }
    await this.close();
    return this.#openOn(await another(), options);
  }

  /** The next call of a method that this memory makes to its store is made, or answered, after that. */
  interrupt(memory: AgentMemory, method: keyof Store, how: "before" | "after", work: () => Promise<unknown>): void {
    this.#open.get(memory)!.set(method, async (call) => {
      if (how === "before") await work();
      const answer = await call();
      if (how === "after") await work();
      return answer;
    });
  }

  /** Goes on with each of these, and then with one opened anew. */
  async alsoReopened(
    memories: readonly AgentMemory[],
    goOn: (memory: AgentMemory) => Promise<void>,
    options: Partial<MemoryOptions> = {},
  ): Promise<void> {
    for (const memory of memories) await goOn(memory);
    await goOn(await this.reopened(options));
  }

  /** What goes on after answers is done. */
  async settled(): Promise<void> {
    for (const memory of this.#open.keys()) {
      try {
        await memory.flush();
      } catch (error) {
        if ((error as { code?: string }).code !== "closed") throw error; // by the test itself
      }
    }
  }

  async close(): Promise<void> {
    await this.settled(); // before one closes the store of another
    for (const memory of this.#open.keys()) await memory.close();
    this.#open.clear();
  }

  /** What failed without a caller to be told. That the embedder is away is meant. */
  unexpected(): string[] {
    return this.events.flatMap((event) =>
      event.type === "error" && !event.operation.endsWith(": embed") ? [`${event.operation}: ${event.error}`] : [],
    );
  }

  async #openOn(store: Store, options: Partial<MemoryOptions>): Promise<AgentMemory> {
    const interruptions: Interruptions = new Map();
    const memory = await AgentMemory.open({
      ...PLAIN,
      store: interrupted(store, interruptions),
      embedder: { ...this.#words, embed: (texts) => this.#embed(texts) },
      clock: () => this.now,
      onEvent: (event) => void this.events.push(event),
      ...options,
    });
    this.#open.set(memory, interruptions);
    return memory;
  }

  async #embed(texts: readonly string[]): Promise<Float32Array[]> {
    this.embedded.push(...texts);
    await this.gate;
    if (this.isAway) throw new Error("the model is away");
    return this.#words.embed(texts);
  }
}

/** What is done instead of the next call of a method, and given that call. */
type Interruptions = Map<string | symbol, (call: () => unknown) => Promise<unknown>>;

function interrupted(store: Store, interruptions: Interruptions): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const call = () => value.apply(target, args) as unknown;
        const interruption = interruptions.get(name);
        interruptions.delete(name);
        return interruption === undefined ? call() : interruption(call);
      };
    },
  });
}

/** The ids that are recalled, best first, without it counting as a recall. */
export async function recalled(memory: AgentMemory, options: RecallOptions): Promise<string[]> {
  const { results } = await memory.recall({ reinforce: false, ...options });
  return results.map((result) => result.memory.id);
}

export function idsOf(memories: readonly { id: string }[]): string[] {
  return memories.map(({ id }) => id);
}

/** That a memory is nowhere to be found. */
export async function isGone(memory: AgentMemory, namespace: string, id: string): Promise<void> {
  equal(await memory.get(namespace, id), undefined);
  await fails(() => memory.vector(namespace, id), "not-found");
  await fails(() => memory.history(namespace, id), "not-found");
  await fails(() => memory.versions(namespace, id), "not-found");
}
