import { MnemeError, memoryStore, type Store } from "../../src/index.ts";
import { isLive } from "../../src/memory/filter.ts";
import { AgentMemory, type Memory, type MemoryEvent, type MemoryOptions } from "../../src/memory/index.ts";
import { keptIn } from "../../src/memory/record.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { DAY } from "../conformance/memory-under-test.ts";
import type { Suite } from "../harness.ts";
import { unclosed } from "./cache-fixtures.ts";

// The store fails at every call of every verb, once before it does what it is asked and once after, when only the answer is lost.

const FACT = "the primary data centre of the whole company is in the city of Oslo";

/** A store whose n-th call from when it is armed fails. */
class Faulty {
  readonly store: Store;
  #left = Number.POSITIVE_INFINITY;
  #isAfter = false;
  /** Calls since it was armed. */
  calls: string[] = [];

  constructor(store: Store) {
    const through = (name: string, call: () => unknown): unknown => this.#through(name, call);
    this.store = new Proxy(store, {
      get(target, name: keyof Store) {
        const member: unknown = target[name];
        if (typeof member !== "function") return member;
        const call = member.bind(target) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => through(name, () => call(...args));
      },
    });
  }

  arm(n: number, isAfter: boolean): void {
    [this.#left, this.#isAfter, this.calls] = [n, isAfter, []];
  }

  #through(name: string, call: () => unknown): unknown {
    this.calls.push(name);
    if (--this.#left !== 0) return call();
    if (this.#isAfter) call();
    throw new MnemeError("store", `The store failed at ${name}.`, "Try again.");
  }
}

/** All on one clock, that stands still while something is done. */
class Bed {
  now = 1_000 * DAY;
  readonly events: MemoryEvent[] = [];
  readonly raw: Store = unclosed(memoryStore());
  /** Of memories that are gone, when it was last looked. */
  left = 0;
  readonly faulty: Faulty = new Faulty(this.raw);

  open(options: Partial<MemoryOptions> = {}, store: Store = this.faulty.store): Promise<AgentMemory> {
    return AgentMemory.open({
      ...{ embedder: testEmbedder(), leastSignal: 0, redact: false, times: false, strict: true },
      ...{ contradictions: () => "distinct", clock: () => this.now, onEvent: (event) => this.events.push(event) },
      ...options,
      store,
    });
  }

  /** All there is, by what the store has; or by what a memory says there is. */
  async everything(memory?: AgentMemory): Promise<string> {
    const found = memory === undefined ? await this.#stored() : await this.#told(memory);
    const slots: string[] = [];
    for await (const { key, value } of this.raw.scan({ namespace: "slots" })) slots.push(`${key}=${value}`);
    const links = await this.raw.getMeta("memory/links");
    // Ids that were given are never the same.
    const given = found.flatMap(([{ id, content }]) => (id.length > 30 ? [[id, `the id of ${content}`] as const] : []));
    const lines = [...found.map((state) => JSON.stringify(state)), ...slots, `links: ${links}`];
    return lines
      .map((line) => given.reduce((line, [id, name]) => line.replaceAll(id, name), line))
      .sort()
      .join("\n");
  }

  async #stored(): Promise<Told[]> {
    const found: Told[] = [];
    for await (const entry of this.raw.scan()) {
      if (entry.namespace === "slots") continue;
      const { memory, knownFrom, knownUntil } = keptIn(entry);
      found.push([memory, knownUntil === undefined && isLive(memory, this.now), knownFrom, knownUntil]);
    }
    const there = new Set(found.flatMap(([{ id }, , , until]) => (until === undefined ? [id] : [])));
    this.left = found.filter(([{ id }]) => !there.has(id)).length;
    return found.filter(([{ id }]) => there.has(id));
  }

  async #told(memory: AgentMemory): Promise<Told[]> {
    const found: Told[] = [];
    for (const namespace of await memory.namespaces()) {
      const live = new Set((await memory.list({ namespace })).map(({ id }) => id));
      for (const { id } of await memory.list({ namespace, includeExpired: true, includeSuperseded: true })) {
        for (const { memory: state, knownFrom, knownUntil } of await memory.versions(namespace, id)) {
          found.push([state, knownUntil === undefined && live.has(id), knownFrom, knownUntil]);
        }
      }
    }
    return found;
  }
}

/** What a memory is or was, whether it is live, and since when and until when it was known to be so. */
type Told = [Memory, boolean, number, number | undefined];

interface Deed {
  options?: Partial<MemoryOptions>;
  prepare: (memory: AgentMemory, bed: Bed) => Promise<unknown>;
  act: (memory: AgentMemory) => Promise<unknown>;
  /** It is done step by step: a failure may leave some of them done, and who does it again does the rest. */
  inSteps?: boolean;
}

const say = (memory: AgentMemory, id: string, more: object = {}) =>
  memory.remember({ id, content: `the note ${id}`, tier: "semantic", ...more });
const known = (memory: AgentMemory) => memory.remember({ id: "old", content: `${FACT} today`, tier: "semantic" });

const DEEDS: Record<string, Deed> = {
  "remember something new": {
    prepare: (memory) => say(memory, "a"),
    act: (memory) => memory.remember({ content: FACT, tier: "episodic" }),
  },
  "remember with an id": {
    prepare: (memory) => say(memory, "a"),
    act: (memory) => say(memory, "b", { tags: ["t"] }),
  },
  "remember an id again": {
    prepare: (memory) => say(memory, "a"),
    act: (memory) => say(memory, "a", { content: "changed", tags: ["t"] }),
  },
  "remember the same again": {
    prepare: (memory) => memory.remember({ content: FACT, tier: "episodic" }),
    act: (memory) => memory.remember({ content: FACT.toUpperCase(), tier: "episodic" }),
  },
  "remember in the place of another": {
    prepare: known,
    act: (memory) => memory.remember({ content: `${FACT} now`, tier: "semantic", duplicates: "supersede" }),
  },
  "remember more than is known": {
    prepare: known,
    act: (memory) => memory.remember({ content: `${FACT} and nowhere else`, tier: "semantic", duplicates: "coalesce" }),
  },
  "remember what bears another out": {
    prepare: known,
    act: (memory) => memory.remember({ content: `${FACT} again`, tier: "working" }),
  },
  "remember what contradicts another": {
    options: { contradictions: () => "update" },
    prepare: known,
    act: (memory) => memory.remember({ content: `${FACT} no more`, tier: "semantic" }),
  },
  "leave a handoff": {
    prepare: (memory) => memory.remember({ id: "h", content: "go on", tags: ["handoff"] }),
    act: (memory) => memory.remember({ content: "go on with it", tags: ["handoff"] }),
  },
  "update its content": { prepare: known, act: (memory) => memory.update("default", "old", { content: FACT }) },
  "update its tags": { prepare: known, act: (memory) => memory.update("default", "old", { tags: ["t"] }) },
  "move a handoff to another slot": {
    prepare: async (memory) => {
      await memory.remember({ id: "h", content: "go on", tags: ["handoff"] });
      await memory.remember({ id: "i", content: "go on too", tags: ["handoff"], metadata: { handoff_slot: "b" } });
    },
    act: (memory) => memory.update("default", "i", { metadata: { handoff_slot: "main" } }),
  },
  supersede: {
    prepare: async (memory) => {
      for (const id of ["a", "b", "c"]) await say(memory, id);
      await memory.supersede("default", "b", "c");
    },
    act: (memory) => memory.supersede("default", "a", "b"),
  },
  restore: {
    prepare: async (memory) => {
      for (const id of ["a", "b"]) await say(memory, id);
      await memory.supersede("default", "a", "b");
    },
    act: (memory) => memory.restore("default", "a"),
  },
  retier: { prepare: known, act: (memory) => memory.retier("default", "old", "working") },
  link: { prepare: known, act: (memory) => memory.link("default", "b") },
  unlink: {
    prepare: async (memory) => {
      await known(memory);
      await memory.link("default", "b");
    },
    act: (memory) => memory.unlink("default", "b"),
  },
  "reassign one": {
    prepare: async (memory) => {
      await known(memory);
      await memory.update("default", "old", { content: FACT });
    },
    act: (memory) => memory.reassign("default", ["old"], "b"),
  },
  "reassign all, and the links": {
    prepare: async (memory) => {
      for (const id of ["a", "b"]) await say(memory, id);
      await memory.remember({ id: "h", content: "go on", tags: ["handoff"] });
      await memory.remember({ namespace: "b", id: "i", content: "go on too", tags: ["handoff"] });
      await memory.link("default", "c");
    },
    act: (memory) => memory.reassign("default", undefined, "b"),
    inSteps: true,
  },
  "forget one, and what it was": {
    prepare: async (memory) => {
      for (const id of ["a", "b"]) await say(memory, id);
      await memory.update("default", "a", { content: "changed" });
    },
    act: (memory) => memory.forget("default", "a"),
  },
  "forget a handoff": {
    prepare: (memory) => memory.remember({ id: "h", content: "go on", tags: ["handoff"] }),
    act: (memory) => memory.forget("default", "h"),
  },
  "forget somebody": {
    prepare: async (memory) => {
      await say(memory, "a", { subject: "Ann" });
      await say(memory, "b", { subject: "Ann" });
      await memory.update("default", "b", { tags: ["no more"], content: "changed" });
      await say(memory, "c");
    },
    act: (memory) => memory.forget({ subject: "Ann" }),
    inSteps: true,
  },
  "forget a namespace": {
    prepare: async (memory) => {
      await say(memory, "a");
      await say(memory, "b", { namespace: "b" });
      await memory.remember({ id: "h", content: "go on", tags: ["handoff"] });
      await memory.link("b", "default");
      await memory.link("default", "b");
    },
    act: (memory) => memory.forget({ namespace: "default" }),
    inSteps: true,
  },
  sweep: {
    options: { capacity: 1, supersededTtl: DAY },
    prepare: async (memory, bed) => {
      await say(memory, "expired", { tier: "working", ttl: 1 });
      await memory.update("default", "expired", { tags: ["t"] });
      for (const id of ["x", "y"]) await say(memory, id, { tier: "episodic" });
      await say(memory, "doubtful", { namespace: "b", confidence: 0.2 });
      await say(memory, "old", { namespace: "b" });
      await memory.supersede("b", "old", "doubtful");
      bed.now += 9 * DAY;
    },
    act: (memory) => memory.sweep(),
    inSteps: true,
  },
  dedup: {
    prepare: async (memory) => {
      for (const id of ["a", "b", "c"])
        await say(memory, id, { content: `${FACT}${"!".repeat(id.charCodeAt(0) - 96)}` });
      for (const id of ["d", "e"])
        await say(memory, id, { content: `else${id === "d" ? "." : ""}`, tier: "procedural" });
    },
    act: (memory) => memory.dedup(),
    inSteps: true,
  },
  fsck: {
    prepare: async (memory, bed) => {
      await say(memory, "expired", { tier: "working", ttl: 1 });
      await say(memory, "a");
      bed.now += DAY;
    },
    act: (memory) => memory.fsck(),
    inSteps: true,
  },
};

/** What only reads. */
const LOOKS: Record<string, (memory: AgentMemory) => Promise<unknown>> = {
  recall: (memory) => memory.recall({ query: "note", reinforce: false }),
  list: (memory) => memory.list(),
  get: (memory) => memory.get("default", "a"),
  vector: (memory) => memory.vector("default", "a"),
  ids: (memory) => memory.ids("default", "a"),
  history: (memory) => memory.history("default", "a"),
  versions: (memory) => memory.versions("default", "a"),
  predecessors: (memory) => memory.predecessors("default", "a"),
  briefing: (memory) => memory.briefing(),
  stats: (memory) => memory.stats(),
  namespaces: (memory) => memory.namespaces(),
  links: (memory) => memory.links("default"),
  "dedup, as a plan": (memory) => memory.dedup({ dryRun: true }),
};

export const memoryFaultsTests: Suite = (test) => {
  for (const [name, { options, prepare, act, inSteps = false }] of Object.entries(DEEDS)) {
    test(`${name}: whichever call of the store fails, it is done, or it is not`, async () => {
      const ready = async (): Promise<[Bed, AgentMemory]> => {
        const bed = new Bed();
        const memory = await bed.open(options);
        await prepare(memory, bed);
        bed.now += 2 * DAY;
        return [bed, memory];
      };
      const [calm, first] = await ready();
      const before = await calm.everything();
      calm.faulty.arm(0, false);
      await act(first);
      const calls = [...calm.faulty.calls];
      const after = await calm.everything();
      ok(
        calls.some((name) => name === "commit" || name.endsWith("Meta")),
        "something is written",
      );
      equal(await calm.everything(first), after, "undisturbed");
      ok(!name.startsWith("forget") || !after.includes('"main"'), "of what is forgotten no slot is left");
      for (const isAfter of [false, true]) {
        for (let n = 1; n <= calls.length; n++) {
          const what = `${calls[n - 1]}, call ${n}, ${isAfter ? "its answer lost" : "not done"}`;
          const [bed, memory] = await ready();
          bed.faulty.arm(n, isAfter);
          const error = await act(memory).then(
            () => undefined,
            (error: unknown) => error,
          );
          bed.faulty.arm(0, false);
          ok(error === undefined || (error instanceof MnemeError && error.code === "store"), `${what}: ${error}`);
          const found = await bed.everything();
          equal(await bed.everything(memory), found, `${what}: it knows what there is`);
          if (error === undefined) equal(found, after, `${what}: done, as it says`);
          else if (!inSteps) {
            const isDone = isAfter && found === after;
            ok(isDone || found === before, `${what}: neither done nor not: ${found}`);
          }
          if (error !== undefined && (inSteps || found === before)) {
            await act(memory);
            equal(await bed.everything(), after, `${what}: done by doing it again`);
          }
          equal([await bed.everything(), bed.left], [await bed.everything(memory), 0], `${what}: in the end`);
          if (n === 1) equal(await bed.everything(await bed.open({}, bed.raw)), await bed.everything(), "opened anew");
          await memory.close();
        }
      }
    });
  }

  test("when the store fails while it is read, a recall is empty and says so, or fails where that is wanted; all else fails", async () => {
    for (const isStrict of [true, false]) {
      for (const [name, look] of Object.entries(LOOKS)) {
        const bed = new Bed();
        const memory = await bed.open({ strict: isStrict });
        await say(memory, "a", { links: ["b"] });
        await say(memory, "b");
        await say(memory, "brief", { tier: "working", ttl: 1 });
        const other = await bed.open({}, bed.raw);
        await say(other, "c"); // to be caught up with
        bed.now += 1;
        const expected = JSON.stringify(await look(await bed.open({}, bed.raw)));
        bed.faulty.arm(0, false);
        await look(await bed.open());
        for (let n = 1; n <= 9; n++) {
          const fresh = await bed.open({ strict: isStrict });
          await say(other, "c", { content: `the note c, changed before call ${n}` });
          bed.events.length = 0;
          bed.faulty.arm(n, false);
          const done = await look(fresh).then(
            (value) => ({ value, error: undefined }),
            (error: unknown) => ({ value: undefined, error }),
          );
          const isReached = bed.faulty.calls.length >= n;
          bed.faulty.arm(0, false);
          const told = bed.events.filter(({ type }) => type === "error").length;
          if (!isReached) break;
          const { value, error } = done;
          if (name !== "recall" || isStrict) {
            ok(error instanceof MnemeError && error.code === "store", `${name}, call ${n}: ${error}`);
          } else {
            const { results, degraded } = value as { results: unknown[]; degraded: unknown };
            equal([error, told], [undefined, 1], `${name}, call ${n}`);
            ok(degraded === undefined || (degraded === "store" && results.length === 0), JSON.stringify(value));
          }
          await look(fresh);
        }
        ok(expected !== undefined, name);
      }
    }
  });

  test("a recall that cannot be noted is an answer all the same, and that is told", async () => {
    const bed = new Bed();
    const memory = await bed.open();
    await say(memory, "a");
    bed.faulty.arm(0, false);
    await memory.recall({ query: "note" });
    await memory.flush();
    const { calls } = bed.faulty;
    equal(calls.at(-1), "commit");
    bed.faulty.arm(calls.length, false);
    equal((await memory.recall({ query: "note" })).results.length, 1);
    await memory.flush();
    const told = bed.events.filter((event) => event.type === "error").map((event) => event.operation);
    equal(told, ["reinforce"]);
    equal((await memory.get("default", "a"))?.accessCount, 1);
  });

  test("whatever fails in promoting and repairing, it is in agreement, nothing is done twice, and it goes on", async () => {
    let isAway = false;
    const words = testEmbedder();
    const embed = (texts: readonly string[]) => {
      if (isAway) throw new Error("away");
      return words.embed(texts);
    };
    for (const isAfter of [false, true]) {
      for (let n = 1, isReached = true; isReached; n++) {
        const bed = new Bed();
        const memory = await bed.open({ embedder: { ...words, embed } });
        await memory.remember({ id: "episode", content: "the disk was full again", tier: "episodic" });
        await say(memory, "young", { tier: "working" });
        isAway = true;
        await say(memory, "pending");
        await memory.flush();
        isAway = false;
        bed.now += 2 * DAY;
        for (const query of ["disk", "young"]) {
          for (let i = 0; i < 3; i++) await memory.recall({ query, alpha: 0, limit: 1 });
        }
        await memory.flush();
        bed.faulty.arm(n, isAfter);
        for (const act of [() => memory.promote(), () => memory.repair()]) {
          await act().catch((error: unknown) => ok(error instanceof MnemeError && error.code === "store", `${error}`));
        }
        isReached = bed.faulty.calls.length >= n;
        bed.faulty.arm(0, false);
        await memory.flush();
        equal(await bed.everything(memory), await bed.everything(), `call ${n}`);
        bed.now += DAY / 24;
        await memory.promote();
        await memory.repair();
        equal(await bed.everything(memory), await bed.everything(), `call ${n}, and again`);
        const facts = (await memory.list({ tiers: ["semantic"] })).map(({ content }) => content);
        ok(facts.filter((content) => content.startsWith("the disk")).length <= 1, `${facts}`);
        equal((await memory.stats()).pending, 0, `call ${n}`);
      }
    }
  });

  test("an error names no secret and no memory", async () => {
    const bed = new Bed();
    const memory = await bed.open();
    await say(memory, "a", { content: "the secret is 42" });
    bed.faulty.arm(1, false);
    const error = await rejection(() => memory.update("default", "a", { content: "the secret is 43" }));
    ok(!`${error}`.includes("secret is"), `${error}`);
  });
};
