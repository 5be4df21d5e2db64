import fc from "fast-check";
import { memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { OpenStore } from "../conformance/store.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { unclosed, WAITING, WORDS } from "./cache-fixtures.ts";
import { CacheModel, type Limits, type Place } from "./cache-model.ts";

// Any sequence of a cache's verbs, with time passing and the cache reopened, beside a plain list.

// Few, so that they meet.
const question = fc.constantFrom(
  "reset password",
  "reset password account",
  "password reset",
  "tram ticket",
  "tram ticket cost",
  "account cost",
);
const namespace = fc.constantFrom("a", "a", "a:");
const place = fc.constantFrom<Place>(
  { namespace: "a" },
  { namespace: "a" },
  { namespace: "a:" },
  { namespace: "a", scope: "of a model" },
);
const ttl = fc.constantFrom(null, null, 10, 30);
const threshold = fc.constantFrom(0.3, 0.7, 0.9);
const item = fc.record({ question, place, ttl });

const verbs = {
  put: [5, fc.record({ verb: fc.constant("put" as const), item })],
  putMany: [1, fc.record({ verb: fc.constant("putMany" as const), items: fc.array(item, { maxLength: 4 }) })],
  get: [8, fc.record({ verb: fc.constant("get" as const), question, place, threshold, touch: fc.boolean() })],
  getMany: [
    1,
    fc.record({
      verb: fc.constant("getMany" as const),
      questions: fc.array(question, { maxLength: 4 }),
      place,
      threshold,
    }),
  ],
  wrap: [2, fc.record({ verb: fc.constant("wrap" as const), item, threshold })],
  nearest: [1, fc.record({ verb: fc.constant("nearest" as const), question, place })],
  delete: [1, fc.record({ verb: fc.constant("delete" as const), question, place })],
  clear: [1, fc.record({ verb: fc.constant("clear" as const), namespace: fc.option(namespace, { nil: undefined }) })],
  pass: [4, fc.record({ verb: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 15 }) })],
  vacuum: [1, fc.record({ verb: fc.constant("vacuum" as const) })],
  flush: [1, fc.record({ verb: fc.constant("flush" as const) })],
  compact: [1, fc.record({ verb: fc.constant("compact" as const) })],
  requantise: [
    1,
    fc.record({ verb: fc.constant("requantise" as const), dtype: fc.constantFrom("float32", "float16", "int8") }),
  ],
  reopen: [1, fc.record({ verb: fc.constant("reopen" as const) })],
} as const;
const call = fc.oneof(...Object.values(verbs).map(([weight, arbitrary]) => ({ weight, arbitrary })));
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const limits = fc.record({
  maxEntries: fc.constantFrom(null, null, 3, 6),
  quotas: fc.constantFrom(new Map(), new Map([["a", 2]])),
  slidingTtl: fc.boolean(),
});

/** How far a similarity may be from float64's. */
const ROUNDING = { float32: 1e-6, float16: 2e-3, int8: 0.03 };

const vectors = new Map<string, Float32Array>();
function vectorOf(text: string): Float32Array {
  const vector = vectors.get(text) ?? WORDS.embed([text])[0]!;
  vectors.set(text, vector);
  return vector;
}

/** On stores of one kind, searched themselves with index "store". `seed` repeats a run. */
export function testCacheModel(
  test: (name: string, run: () => Promise<void>) => unknown,
  open: OpenStore,
  { runs, seed, index = "exact" }: { runs: number; seed?: number; index?: "exact" | "store" },
): void {
  test("any sequence of verbs answers as a plain list would", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), limits, async (calls, limits) => {
        const made = await open();
        const under: StoreUnderTest = "commit" in made ? { store: made } : made;
        const trial = new Trial(under, limits, index);
        try {
          await trial.open();
          for (const [i, call] of calls.entries()) await trial.perform(call, `${i}`);
        } finally {
          await trial.end();
        }
      }),
      { numRuns: cases(runs), ...(seed !== undefined && { seed }) },
    );
  });
}

class Trial {
  readonly #under: StoreUnderTest;
  readonly #limits: Limits;
  readonly #index: "exact" | "store";
  readonly #model: CacheModel;
  #store: Store;
  #cache!: SemanticCache;
  #now = 1000;
  #dtype: keyof typeof ROUNDING | undefined;
  /** Exact hits, semantic hits and misses, by namespace. */
  readonly #counts = new Map<string, [number, number, number]>();

  constructor(under: StoreUnderTest, limits: Limits, index: "exact" | "store") {
    this.#under = under;
    this.#store = under.store;
    this.#limits = limits;
    this.#index = index;
    this.#model = new CacheModel(limits, vectorOf);
  }

  /** What a store remembers is given once. */
  async open(): Promise<void> {
    const { maxEntries, quotas, slidingTtl } = this.#limits;
    const policy = this.#cache === undefined ? { maxEntries, quotas: Object.fromEntries(quotas), slidingTtl } : {};
    const store = this.#under.another === undefined ? unclosed(this.#store) : this.#store;
    this.#cache = await SemanticCache.open({
      ...WAITING,
      embedder: WORDS,
      clock: () => this.#now,
      store,
      index: this.#index,
      dtype: this.#dtype,
      ...policy,
    });
  }

  async end(): Promise<void> {
    await this.#cache?.close();
    await this.#under.store.close();
    await this.#under.dispose?.();
  }

  async perform(call: Call, response: string): Promise<void> {
    const [cache, model] = [this.#cache, this.#model];
    switch (call.verb) {
      case "put":
        await this.#put([call.item], response);
        break;
      case "putMany":
        await this.#put(call.items, response);
        break;
      case "get": {
        const { question, place, threshold, touch } = call;
        const hit = await cache.get(question, { ...place, threshold, touch });
        this.#check(question, place, threshold, hit, touch);
        break;
      }
      case "getMany": {
        const { questions, place, threshold } = call;
        const hits = await cache.getMany(questions, { ...place, threshold });
        // All are looked for before any use of them can count.
        for (const [i, question] of questions.entries()) this.#check(question, place, threshold, hits[i], true);
        break;
      }
      case "wrap": {
        const { question, place, ttl } = call.item;
        const options = { ...place, ttl, threshold: call.threshold };
        const wrapped = await cache.wrap(question, () => response, options);
        this.#check(question, place, call.threshold, wrapped.hit, true);
        if (wrapped.hit !== undefined) break;
        equal(wrapped.response, response);
        model.put([{ ...place, text: question, response, ttl }], [await this.#idOf(place, question)], this.#now);
        break;
      }
      case "nearest": {
        const { question, place } = call;
        const hits = await cache.nearest(question, 3, place);
        const scores = hits.map(({ similarity }) => similarity);
        const alive = model.alive(this.#now, place);
        equal([hits.length, [...scores].sort((a, b) => b - a)], [Math.min(3, alive.length), scores]);
        for (const { id, query } of hits)
          ok(
            alive.some((one) => one.id === id && one.text === query),
            "it is there",
          );
        break;
      }
      case "delete": {
        const { question: text, place } = call;
        const known = model.find(place, text);
        const deleted = await cache.delete(text, place);
        // Whether an expired entry is still there to delete is not promised.
        if (known === undefined || known.expiresAt > this.#now) equal(deleted, known !== undefined);
        model.delete(place, text);
        break;
      }
      case "clear":
        await cache.clear(call.namespace);
        model.clear(call.namespace);
        if (call.namespace === undefined) this.#counts.clear();
        else this.#counts.delete(call.namespace);
        break;
      case "pass":
        this.#now += call.ms;
        // Where room is scarce it matters which of the dead are still there: none.
        if (this.#limits.maxEntries !== null || this.#limits.quotas.size > 0) await this.#vacuum();
        break;
      case "vacuum":
        await this.#vacuum();
        break;
      case "flush":
        await cache.flush();
        break;
      case "compact":
        await cache.compact();
        break;
      case "requantise":
        if (this.#index === "store") break; // it has no rows of its own
        await cache.requantise(call.dtype);
        this.#dtype = call.dtype;
        break;
      case "reopen":
        await cache.close();
        if (this.#under.another !== undefined) this.#store = await this.#under.another();
        await this.open();
    }
    await this.#compare();
  }

  async #put(
    items: readonly { question: string; place: Place; ttl: number | null }[],
    response: string,
  ): Promise<void> {
    const puts = items.map(({ question, place, ttl }, i) => {
      return { ...place, text: question, response: `${response}.${i}`, ttl };
    });
    const queries = puts.map(({ text, ...options }) => ({ query: text, ...options }));
    const [only] = queries;
    const ids =
      queries.length === 1
        ? [await this.#cache.put(only!.query, only!.response, only!)]
        : await this.#cache.putMany(queries);
    for (const [i, put] of puts.entries()) {
      const known = this.#model.find(put, put.text);
      // Of one that has expired it is not promised that it is still there.
      if (known !== undefined && known.expiresAt > this.#now)
        equal(ids[i], known.id, "an overwritten entry keeps its id");
    }
    this.#model.put(puts, ids, this.#now);
  }

  async #idOf(place: Place, text: string): Promise<number> {
    const hit = await this.#cache.get(text, { ...place, touch: false });
    this.#count(place.namespace, 0);
    return hit!.id;
  }

  #check(
    text: string,
    place: Place,
    threshold: number,
    hit: Awaited<ReturnType<SemanticCache["get"]>>,
    touch: boolean,
  ): void {
    const rounding = ROUNDING[this.#dtype ?? "float32"];
    const allowed = this.#model.lookup(place, text, threshold, this.#now, rounding);
    if (hit === undefined) {
      ok(allowed.orNothing, `missed ${allowed.layer} ${JSON.stringify(allowed.entries)}`);
      this.#count(place.namespace, 2);
      return;
    }
    const served = allowed.entries.find(({ id }) => id === hit.id);
    ok(
      served !== undefined,
      `served ${JSON.stringify(hit)} for ${text}, not one of ${JSON.stringify(allowed.entries)}`,
    );
    equal([hit.layer, hit.response, hit.query], [allowed.layer, served.response, served.text]);
    this.#count(place.namespace, hit.layer === "exact" ? 0 : 1);
    if (touch) this.#model.use(hit.id, this.#now);
  }

  #count(namespace: string, which: 0 | 1 | 2): void {
    const counts = this.#counts.get(namespace) ?? [0, 0, 0];
    counts[which]++;
    this.#counts.set(namespace, counts);
  }

  async #vacuum(): Promise<void> {
    await this.#cache.vacuum();
    this.#model.vacuum(this.#now);
    equal((await this.#cache.stats()).entries, this.#model.all.length, "entries after a vacuum");
  }

  async #compare(): Promise<void> {
    for (const namespace of ["a", undefined]) {
      const { entries, hitsExact, hitsSemantic, misses } = await this.#cache.stats(namespace);
      const there = this.#model.all.filter((one) => namespace === undefined || one.namespace === namespace).length;
      const alive = this.#model
        .alive(this.#now)
        .filter((one) => namespace === undefined || one.namespace === namespace).length;
      ok(entries >= alive && entries <= there, `${entries} entries, ${alive} alive of ${there}`);
      const counts = [0, 1, 2].map((which) =>
        [...this.#counts].reduce(
          (sum, [name, own]) => sum + (namespace === undefined || name === namespace ? own[which]! : 0),
          0,
        ),
      );
      equal([hitsExact, hitsSemantic, misses], counts, "counts");
    }
  }
}

export const cacheModelTests: Suite = (test) => testCacheModel(test, memoryStore, { runs: 150 });
