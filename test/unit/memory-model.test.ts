import fc from "fast-check";
import { type Embedder, MnemeError, memoryStore } from "../../src/index.ts";
import { AgentMemory, type FilterOptions, type Memory, type Tier } from "../../src/memory/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { DAY, HOUR } from "../conformance/memory-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { unclosed } from "./cache-fixtures.ts";
import { handsOff, MemoryModel, slotOf } from "./memory-model.ts";

// Any sequence of a memory's verbs, by two at once on one store, with time passing, beside a plain list with all that was.

/** To it, everything means the same: what is recalled is told by the filters alone. */
const ONE: Embedder = { fingerprint: "one", dimensions: 1, embed: (texts) => texts.map(() => Float32Array.of(1)) };

// Few, so that they meet.
const id = fc.constantFrom(..."abcdefgh");
/** One of those there are; seldom one that is not. */
const one = fc.nat(30);
const namespace = fc.constantFrom("n", "n", "n", "n/m", "n/m", "o");
const tier = fc.constantFrom<Tier>("working", "episodic", "semantic", "semantic", "procedural");
const content = fc.constantFrom(..."alpha beta gamma delta epsilon zeta eta theta iota kappa".split(" "));
const tags = fc.constantFrom([], [], ["t"], ["pinned"], ["handoff"], ["handoff"]);
const metadata = fc.constantFrom({}, {}, { handoff_slot: "main" }, { handoff_slot: "other" }, { k: "v" });
const ttl = fc.constantFrom(undefined, undefined, undefined, null, HOUR, 2 * DAY);
/** In days from now. */
const days = fc.constantFrom(...Array<undefined>(6), -3, -1, 0, 1, 3);
const who = fc.constantFrom(0, 0, 1);
/** One of the moments at which something was done, a little more or less. */
const moment = fc.record({ which: fc.nat(60), more: fc.constantFrom(-1, 0, 0, 1) });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const filter = fc.record({
  tiers: fc.constantFrom<Tier[] | undefined>(
    undefined,
    undefined,
    undefined,
    undefined,
    ["semantic"],
    ["working", "episodic"],
  ),
  tags: fc.constantFrom<string[] | undefined>(...Array<undefined>(5), ["t"]),
  excludeIds: fc.constantFrom<string[] | undefined>(undefined, undefined, undefined, ["a", "b"]),
  asOf: some(moment),
  knownAt: some(moment),
  includeExpired: fc.constantFrom(undefined, true),
  includeSuperseded: fc.constantFrom(undefined, true),
});
const patch = fc.record({
  content: some(content),
  tags: some(tags),
  metadata: some(fc.constantFrom({ handoff_slot: null }, { handoff_slot: "other" }, { k: "w" })),
  tier: some(tier),
  ttl,
  from: days,
  to: days,
});

const confidence = fc.constantFrom(undefined, undefined, 0.2);
const remember = fc.record({
  verb: fc.constant("remember" as const),
  ...{ who, namespace, id: some(id), content, tier, tags, metadata, ttl, from: days, to: days, confidence },
});

const verbs = {
  remember: [6, remember],
  update: [4, fc.record({ verb: fc.constant("update" as const), who, one, patch })],
  supersede: [6, fc.record({ verb: fc.constant("supersede" as const), who, one, by: one })],
  restore: [3, fc.record({ verb: fc.constant("restore" as const), who, one })],
  forget: [1, fc.record({ verb: fc.constant("forget" as const), who, one })],
  forgetTag: [1, fc.record({ verb: fc.constant("forgetTag" as const), who, namespace: some(namespace) })],
  retier: [
    1,
    fc.record({
      verb: fc.constant("retier" as const),
      who,
      one,
      tier,
      to: fc.constantFrom(undefined, null, 1),
    }),
  ],
  reassign: [
    2,
    fc.record({
      verb: fc.constant("reassign" as const),
      ...{ who, ones: fc.array(one, { minLength: 1, maxLength: 3 }), to: namespace },
    }),
  ],
  recall: [
    5,
    fc.record({
      verb: fc.constant("recall" as const),
      ...{ who, namespace, filter, scope: fc.constantFrom("project", "full", "everywhere"), handoffs: fc.boolean() },
    }),
  ],
  list: [3, fc.record({ verb: fc.constant("list" as const), who, namespace, filter })],
  sweep: [2, fc.record({ verb: fc.constant("sweep" as const), who })],
  dedup: [1, fc.record({ verb: fc.constant("dedup" as const), who, namespace })],
  pass: [
    5,
    fc.record({
      verb: fc.constant("pass" as const),
      ms: fc.constantFrom(1, HOUR, HOUR, HOUR, DAY, DAY, 2 * DAY, 8 * DAY),
    }),
  ],
  reopen: [1, fc.record({ verb: fc.constant("reopen" as const), who })],
} as const;
const anyCall = fc.oneof(...Object.values(verbs).map(([weight, arbitrary]) => ({ weight, arbitrary })));
type Call = typeof anyCall extends fc.Arbitrary<infer T> ? T : never;
type Asked = typeof filter extends fc.Arbitrary<infer T> ? T : never;

const NAMESPACES = ["n", "n/m", "o"];

export const memoryModelTests: Suite = (test) => {
  for (const [name, writers] of Object.entries({ "of one": 1, "of two on one store": 2 })) {
    test(`any sequence of verbs ${name} answers as a plain list would`, async () => {
      const first = fc.array(remember, { minLength: 3, maxLength: 9, size: "max" });
      const then = fc.array(anyCall, { maxLength: 25, size: "max" });
      const supersededTtl = fc.constantFrom(null, null, 5 * DAY);
      await fc.assert(
        fc.asyncProperty(first, then, supersededTtl, async (first, then, supersededTtl) => {
          const trial = new Trial(writers, supersededTtl);
          try {
            await trial.open();
            for (const call of [...first, ...then]) await trial.perform(call);
            await trial.compareAll();
          } finally {
            await trial.end();
          }
        }),
        { numRuns: cases(60) },
      );
    });
  }
};

class Trial {
  readonly #store = memoryStore();
  readonly #model: MemoryModel;
  readonly #writers: number;
  readonly #supersededTtl: number | null;
  #memories: AgentMemory[] = [];
  readonly #moments: number[];

  constructor(writers: number, supersededTtl: number | null) {
    this.#writers = writers;
    this.#supersededTtl = supersededTtl;
    this.#model = new MemoryModel(1_000 * DAY, supersededTtl);
    this.#moments = [this.#model.now];
  }

  async open(): Promise<void> {
    for (let i = 0; i < this.#writers; i++) this.#memories.push(await this.#openOne());
  }

  #openOne(): Promise<AgentMemory> {
    const { embedder, store } = { embedder: ONE, store: unclosed(this.#store) };
    const plain = { times: false, contradictions: false, redact: false, leastSignal: 0, corroborate: 2 } as const;
    const supersededTtl = this.#supersededTtl;
    const options = { ...plain, embedder, store, supersededTtl, duplicates: { action: "off" }, strict: true } as const;
    return AgentMemory.open({ ...options, clock: () => this.#model.now });
  }

  async end(): Promise<void> {
    for (const memory of this.#memories) await memory.close();
    this.#store.close();
  }

  async perform(call: Call): Promise<void> {
    const model = this.#model;
    const memory = this.#memories["who" in call ? call.who % this.#writers : 0]!;
    this.#moments.push(model.now);
    switch (call.verb) {
      case "remember": {
        const { verb: _verb, who: _who, from, to, ...given } = call;
        const options = { ...given, ...this.#validity(from, to) };
        const answer = await outcome(() => memory.remember(options));
        const expected = isPeriod(options) ? model.remember(options, answer.value?.id ?? "") : "argument";
        equal(answer.failure ?? answer.value?.outcome, expected);
        break;
      }
      case "update": {
        const { namespace, id } = this.#meant(call.one);
        const { from, to, ...rest } = call.patch;
        const fields = { ...rest, ...this.#validity(from, to) };
        const { failure } = await outcome(() => memory.update(namespace, id, fields));
        equal(failure, isPeriod(fields) ? model.update(namespace, id, fields) : "argument");
        break;
      }
      case "supersede": {
        const { namespace, id } = this.#meant(call.one);
        const by = this.#meant(call.by, namespace).id;
        const { failure } = await outcome(() => memory.supersede(namespace, id, by));
        equal(failure, model.supersede(namespace, id, by));
        break;
      }
      case "restore": {
        const { namespace, id } = this.#meant(call.one);
        const { failure } = await outcome(() => memory.restore(namespace, id));
        equal(failure, model.restore(namespace, id));
        break;
      }
      case "forget": {
        const { namespace, id } = this.#meant(call.one);
        equal(await memory.forget(namespace, id), model.forget(namespace, id));
        break;
      }
      case "forgetTag": {
        const { namespace } = call;
        const isMeant = (one: Memory) =>
          one.tags.includes("t") && (namespace === undefined || one.namespace === namespace);
        equal(await memory.forget({ tag: "t", namespace }), model.forgetAll(isMeant));
        break;
      }
      case "retier": {
        const { tier, to } = call;
        const { namespace, id } = this.#meant(call.one);
        const expiresAt = to === 1 ? model.now + DAY : to;
        const { failure } = await outcome(() => memory.retier(namespace, id, tier, expiresAt));
        equal(failure, model.retier(namespace, id, tier, expiresAt));
        break;
      }
      case "reassign": {
        const { to } = call;
        const ids = call.ones.map((one) => this.#meant(one).id);
        const { namespace } = this.#meant(call.ones[0]!);
        equal(await memory.reassign(namespace, ids, to), model.reassign(namespace, ids, to));
        break;
      }
      case "recall":
        await this.#recall(memory, call);
        break;
      case "list": {
        const filter = this.#filter(call.filter);
        const found = await memory.list({ namespace: call.namespace, ...filter });
        equal(byId(found), byId(model.seen(call.namespace, filter)), JSON.stringify(filter));
        break;
      }
      case "sweep": {
        const { expired, demoted } = await memory.sweep();
        equal({ expired, demoted }, model.sweep());
        break;
      }
      case "dedup": {
        const { clusters, restored } = await memory.dedup({ namespace: call.namespace });
        equal(restored, [], "there are no circles");
        const all = clusters.map(({ kept, removed }) => [kept, ...removed].sort());
        equal(
          all.sort(),
          model
            .clusters(call.namespace)
            .map((ids) => ids.sort())
            .sort(),
        );
        model.dedup(clusters);
        break;
      }
      case "pass":
        model.now += call.ms;
        break;
      case "reopen": {
        const which = call.who % this.#writers;
        await memory.close();
        this.#memories[which] = await this.#openOne();
        return;
      }
    }
    // The other one is looked at when it is its turn, and sees then all that was done meanwhile.
    await this.#compare([memory]);
  }

  async #recall(memory: AgentMemory, call: Extract<Call, { verb: "recall" }>): Promise<void> {
    const { namespace, scope, handoffs } = call;
    const filter = this.#filter(call.filter);
    const everything = { query: "anything", limit: 100, minSimilarity: -1, minScore: 0, alpha: 1 };
    const { results } = await memory.recall({ ...everything, namespace, scope, ...filter, includeHandoffs: handoffs });
    await memory.flush();
    const below = scope === "everywhere" && namespace === "n" ? ["n/m"] : [];
    const above = scope !== "project" && namespace === "n/m" ? ["n"] : [];
    const seen = [
      ...[namespace, ...below].flatMap((name) => this.#model.seen(name, filter)),
      ...above.flatMap((name) => this.#model.seen(name, { ...filter, durableOnly: true })),
    ].filter((one) => handoffs || !handsOff(one));
    const found = results.map((result) => result.memory);
    for (const one of found) {
      const expected = seen.find(({ id, content }) => id === one.id && content === one.content);
      ok(expected !== undefined, `recalled ${JSON.stringify(one)} with ${JSON.stringify(filter)}`);
      equal({ ...one, ...uses(expected) }, expected);
    }
    const contents = [...new Set(seen.map(({ content }) => content))].sort();
    equal(
      found.map(({ content }) => content).sort(),
      contents,
      `each is recalled once, with ${JSON.stringify(filter)}`,
    );
    // Looking at what something was is no use of what it is.
    const isPresent = ({ id }: Memory): boolean =>
      filter.knownAt === undefined || this.#model.versions(id).at(-1)!.from <= (filter.knownAt as number);
    this.#model.use(found.filter(isPresent).map(({ id }) => id));
  }

  #meant(one: number, namespace?: string): { namespace: string; id: string } {
    const all = namespace === undefined ? this.#model.all : this.#model.of(namespace);
    return one === 30 || all.length === 0 ? { namespace: "n", id: "none" } : all[one % all.length]!;
  }

  #validity(from: number | undefined, to: number | undefined): { validFrom?: number; validTo?: number } {
    const { now } = this.#model;
    return {
      ...(from !== undefined && { validFrom: now + from * DAY }),
      ...(to !== undefined && { validTo: now + to * DAY }),
    };
  }

  #filter({ asOf, knownAt, ...rest }: Asked): FilterOptions {
    const at = (moment: Asked["asOf"]): number | undefined =>
      moment && this.#moments[moment.which % this.#moments.length]! + moment.more;
    return { ...rest, asOf: at(asOf), knownAt: at(knownAt) };
  }

  async #compare(memories: readonly AgentMemory[]): Promise<void> {
    const model = this.#model;
    for (const memory of memories) {
      for (const namespace of NAMESPACES) {
        const all = await memory.list({ namespace, includeExpired: true, includeSuperseded: true });
        equal(byId(all), byId(model.of(namespace)), namespace);
        const live = await memory.list({ namespace });
        equal(byId(live), byId(model.seen(namespace, {})), `live in ${namespace}`);
        const slots = live.filter(handsOff).map(slotOf);
        equal(new Set(slots).size, slots.length, "one is live in a slot");
      }
    }
  }

  async compareAll(): Promise<void> {
    await this.#compare(this.#memories);
    const model = this.#model;
    for (const memory of this.#memories) {
      equal(
        await memory.namespaces(),
        NAMESPACES.filter((namespace) => model.of(namespace).length > 0),
      );
      for (const { id, namespace } of model.all) {
        const versions = (await memory.versions(namespace, id)).map(({ memory, knownFrom, knownUntil }) => {
          return [said(memory), knownFrom, knownUntil];
        });
        const expected = model.versions(id).map(({ memory, from, until }) => [said(memory), from, until]);
        equal(versions, expected, `versions of ${id}`);
        const history = await memory.history(namespace, id);
        equal(history.map((one) => one.id).sort(), model.history(namespace, id), `history of ${id}`);
      }
      const { past } = await memory.stats();
      equal(
        past,
        model.all.reduce((sum, { id }) => sum + model.versions(id).length - 1, 0),
        "former states",
      );
    }
  }
}

function isPeriod({ validFrom, validTo }: { validFrom?: number; validTo?: number }): boolean {
  return validFrom === undefined || validTo === undefined || validTo > validFrom;
}

function byId(memories: readonly Memory[]): Memory[] {
  return [...memories].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.updatedAt - b.updatedAt));
}

function said({
  id,
  namespace,
  content,
  tags,
  metadata,
  validFrom,
  validTo,
  supersededBy,
  expiresAt,
}: Memory): unknown {
  return { id, namespace, content, tags, metadata, validFrom, validTo, supersededBy, expiresAt };
}

function uses({ accessCount, accessedAt, expiresAt }: Memory): Partial<Memory> {
  return { accessCount, accessedAt, expiresAt };
}

async function outcome<T>(run: () => Promise<T>): Promise<{ value?: T; failure?: string }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof MnemeError) return { failure: error.code };
    throw error;
  }
}
