import { MnemeError, type Store } from "../../src/index.ts";
import type { Vectors } from "./cached-flight.ts";
import { eachOf } from "./embedder-batches.ts";
import { checkName, expect } from "./embedder-identity.ts";

export interface KeptOptions {
  /** Where vectors outlive the program: a store of its own, which is opened here and closed by you. */
  store?: Store | undefined;
  /** In the store. Default "embeddings". */
  namespace?: string | undefined;
  /** Milliseconds to wait for the store's answer. Default 2000. */
  storeTimeout?: number | undefined;
  /** Told of the store's troubles, which cost the reuse and nothing else. What it throws is ignored. */
  onError?: ((error: unknown) => void) | undefined;
}

const TIMEOUT_MS = 2000;

/** Gets on their way at the same time, and puts in one commit. */
const GETS = 8;
const PUTS = 100;

/** Odd and far apart; which ones does not matter. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** Vectors in a store. It never fails: where there is trouble it has nothing, and keeps nothing. */
export class KeptVectors {
  readonly #store: Store;
  readonly #identity: { fingerprint: string; dimensions: number };
  readonly #namespace: string;
  readonly #timeout: number;
  readonly #onError: (error: unknown) => void;
  #opening: Promise<void> | undefined;

  constructor(
    embedder: string,
    store: Store,
    identity: { fingerprint: string; dimensions: number },
    { namespace = "embeddings", storeTimeout = TIMEOUT_MS, onError = () => {} }: KeptOptions,
  ) {
    checkName(embedder, "namespace", namespace, "embeddings");
    const isTime = typeof storeTimeout === "number" && storeTimeout > 0;
    expect(isTime, embedder, "storeTimeout: milliseconds above 0", "Default: 2000.");
    expect(typeof onError === "function", embedder, "onError: a function", "Leave it out.");
    this.#store = store;
    this.#identity = identity;
    this.#namespace = namespace;
    this.#timeout = storeTimeout;
    this.#onError = onError;
  }

  /** Those there are. */
  async get(texts: readonly string[], signal: AbortSignal): Promise<Vectors> {
    const found: Vectors = new Map();
    await this.#inTime(async () => {
      await eachOf(texts, GETS, signal, async (text) => {
        const entry = await this.#store.get(this.#namespace, keyOf(text));
        // Two texts may have one key; and what cannot be this embedder's is not used.
        const vector = entry?.text === text ? entry.vector : undefined;
        if (vector?.length === this.#identity.dimensions && vector.every(Number.isFinite)) found.set(text, vector);
      });
    });
    return new Map(found); // what comes too late is not used
  }

  async put(vectors: Vectors): Promise<void> {
    const entries = [...vectors];
    await this.#inTime(async () => {
      for (let from = 0; from < entries.length; from += PUTS) {
        const changes = entries.slice(from, from + PUTS).map(([text, vector]) => ({
          put: {
            namespace: this.#namespace,
            key: keyOf(text),
            text,
            value: "null",
            vector: vector.slice(),
            metadata: {},
            tags: [],
            createdAt: Date.now(),
            expiresAt: null,
          },
        }));
        await this.#store.commit(changes);
      }
    });
  }

  /** An opening that failed is tried again by the next call. */
  async #opened(): Promise<void> {
    this.#opening ??= (async () => this.#store.open(this.#identity))();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #inTime(work: () => Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const problem = `The store of cachedEmbedder did not answer within ${this.#timeout} ms.`;
        reject(new MnemeError("store", problem, 'Look after it, or raise "storeTimeout".'));
      }, this.#timeout);
    });
    try {
      await Promise.race([this.#opened().then(work), late]);
    } catch (error) {
      try {
        this.#onError(error);
      } catch {
        // watching must not break it
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** 128 bits that are no secret: which text it is, the entry's own text decides. Keys are bounded in some stores, texts are not. */
function keyOf(text: string): string {
  const lanes = MULTIPLIERS.map((multiplier) => {
    let hash = multiplier ^ text.length;
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), multiplier);
      hash ^= hash >>> 15;
    }
    return (hash >>> 0).toString(16).padStart(8, "0");
  });
  return lanes.join("");
}
