import fc from "fast-check";
import {
  type Change,
  type CommitResult,
  type Embedder,
  type Entry,
  MnemeError,
  memoryStore,
  type Store,
} from "../../src/index.ts";
import { isLive } from "../../src/memory/filter.ts";
import { AgentMemory, type Memory, type MemoryOptions, type Tier } from "../../src/memory/index.ts";
import { keptIn } from "../../src/memory/record.ts";
import { equal, ok } from "../conformance/assert.ts";
import { DAY } from "../conformance/memory-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { type Disturbance, delayed, onMemories } from "./memory-fixtures.ts";
import { handsOff, MemoryModel, slotOf } from "./memory-model.ts";

// Two memories on one store, whose every call begins and answers at a moment of its own: in any order there may be.

/** To it, everything means the same. */
const ONE: Embedder = { fingerprint: "one", dimensions: 1, embed: (texts) => texts.map(() => Float32Array.of(1)) };

/** Where two memories meet: what they call of the store waits for its turn, while that is on. */
class Arena {
  now = 1_000 * DAY;
  readonly raw: Store = memoryStore();
  /** Of all memories there ever were. */
  readonly ids = new Set<string>();
  readonly #memories: AgentMemory[] = [];
  readonly #scheduler: fc.Scheduler;
  #isOn = false;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  async open(options: Partial<MemoryOptions> = {}): Promise<AgentMemory> {
    const turn = (name: string, call: () => unknown): unknown => this.#turn(name, call);
    const commit = (changes: readonly Change[]): unknown => this.#commit(changes);
    const store = new Proxy(this.raw, {
      get(target, name: keyof Store) {
        const member: unknown = target[name];
        if (typeof member !== "function") return member;
        const call = member.bind(target) as (...args: unknown[]) => unknown;
        if (name === "close") return () => {};
        if (name === "commit") return (changes: readonly Change[]) => turn(name, () => commit(changes));
        return name === "scan" ? call : (...args: unknown[]) => turn(name, () => call(...args));
      },
    });
    const plain = { times: false, contradictions: false, redact: false, leastSignal: 0, corroborate: 2 } as const;
    const duplicates = { action: "off" } as const;
    const own = { embedder: ONE, store, duplicates, strict: true, clock: () => this.now };
    const memory = await AgentMemory.open({ ...plain, ...own, ...options });
    this.#memories.push(memory);
    return memory;
  }

  #turn(name: string, call: () => unknown): unknown {
    if (!this.#isOn) return call();
    return this.#scheduler.schedule(Promise.resolve(), `${name} begins`).then(async () => {
      const answer = call();
      await this.#scheduler.schedule(Promise.resolve(), `${name} answers`);
      return answer;
    });
  }

  /** None takes another's place who is not there, in the same namespace. */
  async #commit(changes: readonly Change[]): Promise<CommitResult> {
    const ids = changes.flatMap((change) =>
      "put" in change && change.put.namespace === "memories" ? change.put.key : [],
    );
    const read = (id: string): Memory | undefined => {
      const entry = this.raw.get("memories", id) as Entry | undefined;
      return entry && keptIn(entry).memory;
    };
    const before = ids.map(read);
    const result = await this.raw.commit(changes);
    for (const [i, id] of ids.entries()) {
      this.ids.add(id);
      const by = read(id)?.supersededBy;
      if (by === undefined || by === before[i]?.supersededBy) continue;
      equal(read(by)?.namespace, read(id)!.namespace, `where ${by} is that takes the place of ${id}`);
    }
    return result;
  }

  /** Does all at once; what became of each. */
  async meet<T>(...deeds: (() => Promise<T>)[]): Promise<{ value?: T; failure?: string }[]> {
    this.#isOn = true;
    const done = Promise.all(deeds.map((deed) => outcome(deed)));
    const results = await this.#scheduler.waitFor(done);
    await this.#scheduler.waitFor(Promise.all(this.#memories.map((memory) => memory.flush())));
    this.#isOn = false;
    return results;
  }

  /** What the store has; checked for what must never be, and against what the memories say. */
  async stored(): Promise<Told[]> {
    const found: Told[] = [];
    for await (const entry of this.raw.scan()) {
      if (entry.namespace === "slots") continue;
      const { memory, knownFrom, knownUntil } = keptIn(entry);
      found.push({ memory, from: knownFrom, until: knownUntil });
    }
    const present = found.filter(({ until }) => until === undefined).map(({ memory }) => memory);
    const byId = new Map(present.map((memory) => [memory.id, memory]));
    for (const memory of present) this.ids.add(memory.id);
    const slots = present.filter((one) => handsOff(one) && isLive(one, this.now));
    const names = slots.map((one) => `${one.namespace} ${slotOf(one)}`);
    equal(new Set(names).size, names.length, `one is live in a slot: ${names}`);
    for (const memory of present) {
      const { supersededBy } = memory;
      ok(supersededBy === undefined || this.ids.has(supersededBy), `${supersededBy} never was`);
      const line = new Set<string>();
      for (let at: Memory | undefined = memory; at !== undefined; at = byId.get(at.supersededBy ?? "")) {
        ok(!line.has(at.id), `a circle: ${[...line]}`);
        line.add(at.id);
      }
    }
    for (const { memory, until } of found) {
      if (until !== undefined)
        equal(byId.get(memory.id)?.namespace, memory.namespace, "what a memory was lies where it is");
    }
    for (const memory of this.#memories) equal(lines(await told(memory)), lines(found), "a memory knows what there is");
    return found;
  }

  async end(): Promise<void> {
    for (const memory of this.#memories) await memory.close();
    await this.raw.close();
  }
}

interface Told {
  memory: Memory;
  from: number;
  until: number | undefined;
}

async function told(memory: AgentMemory): Promise<Told[]> {
  const found: Told[] = [];
  for (const namespace of await memory.namespaces()) {
    for (const { id } of await memory.list({ namespace, includeExpired: true, includeSuperseded: true })) {
      for (const { memory: state, knownFrom, knownUntil } of await memory.versions(namespace, id)) {
        found.push({ memory: state, from: knownFrom, until: knownUntil });
      }
    }
  }
  return found;
}

function lines(states: readonly Told[]): string[] {
  const line = ({ memory, from, until }: Told): string =>
    JSON.stringify([Object.entries(memory).sort(([a], [b]) => (a < b ? -1 : 1)), from, until]);
  return states.map(line).sort();
}

async function outcome<T>(run: () => Promise<T>): Promise<{ value?: T; failure?: string }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof MnemeError) return { failure: error.code };
    throw error;
  }
}

/** A race, many times, each in an order of its own. */
async function race(
  runs: number,
  run: (arena: Arena, a: AgentMemory, b: AgentMemory) => Promise<unknown>,
  options = {},
) {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const arena = new Arena(scheduler);
      try {
        await run(arena, await arena.open(options), await arena.open(options));
        await arena.stored();
      } finally {
        await arena.end();
      }
    }),
    { numRuns: cases(runs) },
  );
}

const id = fc.constantFrom("a", "b", "c", "h", "i", "j", "new", "new");
const namespace = fc.constantFrom("n", "n", "n", "o");
const who = fc.constantFrom(0, 1);
const tags = fc.constantFrom(undefined, ["t"], ["handoff"]);
const metadata = fc.constantFrom(undefined, undefined, { handoff_slot: "other" });
const deed = fc.oneof(
  fc.record({ verb: fc.constant("remember" as const), who, namespace, id, tags, metadata }),
  fc.record({ verb: fc.constant("update" as const), who, namespace, id, tags, metadata }),
  fc.record({ verb: fc.constant("supersede" as const), who, namespace, id, by: id }),
  fc.record({ verb: fc.constant("restore" as const), who, namespace, id }),
  fc.record({ verb: fc.constant("forget" as const), who, namespace, id }),
  fc.record({
    verb: fc.constant("retier" as const),
    who,
    namespace,
    id,
    tier: fc.constantFrom<Tier>("working", "semantic"),
  }),
  fc.record({ verb: fc.constant("reassign" as const), who, namespace, id, to: namespace }),
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

function perform(memory: AgentMemory, deed: Deed, n: number): Promise<unknown> {
  const { namespace, id } = deed;
  if (deed.verb === "remember") return memory.remember(rememberedBy(deed, n)).then(({ outcome }) => outcome);
  if (deed.verb === "update") return memory.update(namespace, id, updateOf(deed, n)).then(() => undefined);
  if (deed.verb === "supersede") return memory.supersede(namespace, id, deed.by).then(() => undefined);
  if (deed.verb === "restore") return memory.restore(namespace, id).then(() => undefined);
  if (deed.verb === "forget") return memory.forget(namespace, id);
  if (deed.verb === "retier") return memory.retier(namespace, id, deed.tier).then(() => undefined);
  return memory.reassign(namespace, [id], deed.to);
}

function expected(model: MemoryModel, deed: Deed, n: number): unknown {
  const { namespace, id } = deed;
  if (deed.verb === "remember") return model.remember(rememberedBy(deed, n), id);
  if (deed.verb === "update") return model.update(namespace, id, updateOf(deed, n));
  if (deed.verb === "supersede") return model.supersede(namespace, id, deed.by);
  if (deed.verb === "restore") return model.restore(namespace, id);
  if (deed.verb === "forget") return model.forget(namespace, id);
  if (deed.verb === "retier") return model.retier(namespace, id, deed.tier, undefined);
  return model.reassign(namespace, [id], deed.to);
}

function rememberedBy({ namespace, id, tags, metadata }: Extract<Deed, { verb: "remember" }>, n: number) {
  return { namespace, id, content: `said by ${n}`, tier: "semantic" as const, tags, metadata };
}

function updateOf({ tags, metadata }: Extract<Deed, { verb: "update" }>, n: number) {
  return { tags, metadata, ...(n % 2 === 0 && { content: `changed by ${n}` }) };
}

/** Where every race begins. */
const SETTING = [
  { namespace: "n", id: "a", content: "a", tier: "semantic" },
  { namespace: "n", id: "b", content: "b", tier: "semantic" },
  { namespace: "n", id: "c", content: "c", tier: "working" },
  { namespace: "n", id: "h", content: "h", tier: "semantic", tags: ["handoff"] },
  { namespace: "n", id: "i", content: "i", tier: "semantic", tags: ["handoff"], metadata: { handoff_slot: "other" } },
  { namespace: "o", id: "j", content: "j", tier: "semantic", tags: ["handoff"] },
] as const;

function* orders<T>(items: readonly T[]): Iterable<T[]> {
  if (items.length === 0) yield [];
  for (const first of items) {
    for (const rest of orders(items.filter((item) => item !== first))) yield [first, ...rest];
  }
}

export const memoryRacesTests: Suite = (test) => {
  const check = onMemories(test);

  test("whatever is done at once was done in some order", async () => {
    const deeds = fc.array(deed, { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), deeds, async (scheduler, deeds) => {
        const arena = new Arena(scheduler);
        try {
          const memories = [await arena.open(), await arena.open()];
          for (const one of SETTING) await memories[0]!.remember(one);
          await memories[0]!.supersede("n", "c", "b");
          for (const { id } of SETTING) arena.ids.add(id);
          arena.ids.add("new");
          await memories[1]!.list();
          const numbered = deeds.map((deed, n) => ({ deed, n }));
          const results = await arena.meet(
            ...numbered.map(
              ({ deed, n }) =>
                () =>
                  perform(memories[deed.who]!, deed, n),
            ),
          );
          const answers = results.map(({ value, failure }) => failure ?? value);
          const stored = JSON.stringify(lines(await arena.stored()));
          for (const order of orders(numbered)) {
            const model = new MemoryModel(arena.now, null);
            for (const one of SETTING) model.remember(one, "");
            model.supersede("n", "c", "b");
            const isSo = order.every(({ deed, n }) => expected(model, deed, n) === answers[n]);
            const states = model.all.flatMap(({ id }) => model.versions(id));
            if (isSo && JSON.stringify(lines(states)) === stored) return;
          }
          throw new Error(`in no order: ${JSON.stringify(answers)} and ${stored}`);
        } finally {
          await arena.end();
        }
      }),
      { numRuns: cases(100) },
    );
  });

  test("of handoffs left at once in a slot one is live, and all others are in its past", async () => {
    await race(30, async (arena, a, b) => {
      const leave = (memory: AgentMemory, n: number) => () =>
        memory.remember({ namespace: "n", content: `go on ${n}`, tags: ["handoff"] });
      await leave(a, 0)();
      const left = await arena.meet(leave(a, 1), leave(b, 2), leave(b, 3));
      equal(
        left.map(({ value }) => value?.outcome),
        ["stored", "stored", "stored"],
      );
      const [live, ...more] = await a.list({ namespace: "n" });
      equal([more, (await b.history("n", live!.id)).length], [[], 4]);
    });
  });

  test("memories that take each other's place at once in a circle do not all do so", async () => {
    await race(40, async (arena, a, b) => {
      for (const id of ["a", "b", "c", "d"]) await a.remember({ id, content: id, tier: "semantic" });
      const done = await arena.meet(
        () => a.supersede("default", "a", "b"),
        () => b.supersede("default", "c", "d"),
        () => a.supersede("default", "b", "c"),
        () => b.supersede("default", "d", "a"),
      );
      equal(done.filter(({ failure }) => failure === "argument").length, 1);
      equal((await b.list()).length, 1);
    });
  });

  test("whatever becomes of those that say the same while they are made one, one of those that are left is seen", async () => {
    const say = (memory: AgentMemory, id: string) => memory.remember({ id, content: id, tier: "semantic" });
    const rival = fc.constantFrom<(b: AgentMemory) => Promise<unknown>>(
      (b) => b.forget("default", "a"),
      (b) => b.forget("default", "b"),
      (b) => b.supersede("default", "b", "c"),
      (b) => b.supersede("default", "a", "b"),
      (b) => b.reassign("default", ["a"], "n"),
      (b) => b.reassign("default", ["b"], "n"),
      (b) => b.retier("default", "b", "procedural"),
      (b) => b.recall({ query: "b", excludeIds: ["a", "c"] }).then(() => b.dedup()),
      (b) => b.update("default", "a", { validTo: 1_000 * DAY, validFrom: 0 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), rival, async (scheduler, rival) => {
        const arena = new Arena(scheduler);
        try {
          const [a, b] = [await arena.open(), await arena.open()];
          for (const id of ["a", "b", "c"]) await say(a, id);
          await arena.meet<unknown>(
            () => a.dedup(),
            () => rival(b),
          );
          await arena.stored();
        } finally {
          await arena.end();
        }
      }),
      { numRuns: cases(60) },
    );
  });

  test("what is made to last, moved or restored while room is made stays", async () => {
    await race(
      40,
      async (arena, a, b) => {
        const say = (id: string, tier: Tier) => a.remember({ id, content: id, tier });
        for (const id of ["lasting", "moved", "edited", "other"]) await say(id, "working");
        for (const id of ["old", "new"]) await say(id, "semantic");
        await a.supersede("default", "old", "new");
        await b.list();
        arena.now += DAY;
        const [swept] = await arena.meet<unknown>(
          () => a.sweep(),
          () => b.retier("default", "lasting", "semantic"),
          () => b.reassign("default", ["moved"], "n"),
          () => b.restore("default", "old"),
          () => b.update("default", "edited", { content: "edited" }),
        );
        equal(swept!.failure, undefined);
        await arena.stored();
        for (const [id, namespace, may] of [
          ["lasting", "default", 0],
          ["moved", "n", 0],
          ["old", "default", 0],
        ] as const) {
          const there = await b.get(namespace, id);
          // Gone before it was to be changed, it is gone.
          const isGone = (await b.get("default", id)) === undefined && (await b.get("n", id)) === undefined;
          ok(isGone || (there !== undefined && there.supersededBy === undefined), `${id} ${may}`);
        }
      },
      { capacity: 1, supersededTtl: DAY },
    );
  });

  test("what two do for the same memories at once is done once", async () => {
    const embedded: string[] = [];
    const embedder: Embedder = {
      ...ONE,
      embed: (texts) => {
        if (isAway) throw new Error("away");
        embedded.push(...texts);
        return ONE.embed(texts);
      },
    };
    let isAway = false;
    await race(
      40,
      async (arena, a, b) => {
        embedded.length = 0;
        await a.remember({ id: "episode", content: "the disk was full again", tier: "episodic" });
        isAway = true;
        await a.remember({ id: "pending", content: "embedded later", tier: "working" });
        await a.flush();
        isAway = false;
        arena.now += DAY;
        for (let i = 0; i < 3; i++) await a.recall({ query: "disk", alpha: 0 });
        await a.flush();
        await b.list();
        await arena.meet<unknown>(
          () => a.repair(),
          () => b.repair(),
          () => a.promote(),
          () => b.promote(),
        );
        equal(embedded.filter((text) => text === "embedded later").length, 1);
        equal((await b.list({ tiers: ["semantic"] })).length, 1);
        equal((await b.get("default", "pending"))?.pending, undefined);
      },
      { embedder },
    );
  });

  check("what was removed before it was told that it is stored is not there", async (under) => {
    const store = memoryStore();
    const disturbance: Disturbance = {};
    const memory = await under.open({ store: delayed(store, "commit", disturbance) });
    const other = await under.open({ store });
    disturbance.now = async () => {
      await other.update("n", "m", { content: "another" });
      await memory.list();
      await other.forget("n", "m");
      await memory.list();
    };
    const remember = () => memory.remember({ namespace: "n", id: "m", content: "one", tier: "semantic" });
    equal((await remember()).outcome, "stored");
    equal([disturbance.now, await memory.ids("n", "m"), await memory.namespaces()], [undefined, [], []]);
    equal((await remember()).outcome, "stored");
  });
};
