import { memoryStore, type Store } from "../../src/index.ts";
import { AgentMemory, type MemoryEvent, type MemoryOptions } from "../../src/memory/index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { intercepted, turn, WORDS } from "./cache-fixtures.ts";

type Kind = MemoryEvent["type"];

/** A memory, and what it told of a kind. */
async function watched(options: Partial<MemoryOptions> = {}): Promise<{
  memory: AgentMemory;
  told: <K extends Kind>(type: K) => Extract<MemoryEvent, { type: K }>[];
}> {
  const events: MemoryEvent[] = [];
  const onEvent = (event: MemoryEvent): void => void events.push(event);
  const memory = await AgentMemory.open({ embedder: WORDS, leastSignal: 0, onEvent, ...options });
  return { memory, told: (type) => events.filter((event) => event.type === type) as never };
}

/** What is told of that metrics count. */
export const memoryEventsTests: Suite = (test) => {
  test("forgetting a subject tells whether the files were written anew", async () => {
    for (const scrub of [() => {}, undefined]) {
      const store = Object.assign(memoryStore(), { scrub });
      const { memory, told } = await watched({ store });
      await memory.remember({ content: "Ann drinks tea", subject: "ann", tier: "semantic" });
      await memory.forget({ subject: "ann" });
      await memory.forget({ tag: "none" });
      equal(told("forget"), [
        { type: "forget", namespace: undefined, count: 1, scrubbed: scrub !== undefined },
        { type: "forget", namespace: undefined, count: 0 },
      ]);
      await memory.close();
    }
  });

  test("longer calls tell how they ended", async () => {
    const broken = new Error("the model is away");
    const { memory, told } = await watched({ models: { answer: () => Promise.reject(broken) } });
    await memory.briefing();
    await memory.sweep();
    await memory.promote();
    await memory.dedup();
    await memory.repair();
    await memory.fsck();
    equal(await rejection(() => memory.answer({ query: "what?" })), broken);
    const reason = new Error("enough");
    await memory.put([{ id: "m", content: "note", ttl: 1 }]);
    await turn(5);
    equal(await rejection(() => memory.sweep({ signal: AbortSignal.abort(reason) })), reason);
    const calls = told("call");
    equal(
      calls.map(({ operation, outcome }) => `${operation} ${outcome}`),
      ["briefing", "sweep", "promote", "dedup", "repair", "fsck"]
        .map((name) => `${name} done`)
        .concat(["answer failed", "sweep failed"]),
    );
    ok(
      calls.every(({ ms }) => ms >= 0),
      "they take time",
    );
  });

  test("a recall that cannot be answered is told as one", async () => {
    let broken = "";
    const store = intercepted(memoryStore() as Store, (method, call) => {
      if (method === broken) throw new Error("down");
      return call();
    });
    const { memory, told } = await watched({ store });
    await memory.remember({ namespace: "a", content: "note", tier: "semantic" });
    for (broken of ["version", "getMany"]) {
      equal((await memory.recall({ namespace: "a", query: "note" })).degraded, "store");
    }
    equal(
      told("recall").map(({ namespace, results, degraded }) => [namespace, results, degraded]),
      Array(2).fill(["a", 0, "store"]),
    );
  });

  test("how long the embedder took is told apart", async () => {
    const embed = async (texts: readonly string[]) => {
      await turn(20);
      return WORDS.embed(texts);
    };
    const { memory, told } = await watched({ embedder: { ...WORDS, embed } });
    await memory.recall({ query: "note" });
    await memory.search({ query: "note" });
    for (const { ms, embedMs } of told("recall")) ok(embedMs > 10 && ms >= embedMs, `${embedMs} of ${ms}`);
    equal(told("recall").length, 2);
  });

  test("what is damaged is told", async () => {
    const store = intercepted(memoryStore() as Store, (method, call) =>
      method === "check" ? { ok: false, reason: "a page is torn" } : call(),
    );
    const { memory, told } = await watched({ store });
    equal((await memory.fsck()).problem, "a page is torn");
    equal(
      told("error").map(({ operation, error }) => [operation, error]),
      [["fsck", "a page is torn"]],
    );
  });

  test("what was taken out is told once for each kind, of what is written and of what is changed", async () => {
    const redact = (text: string) => ({ text: text.replaceAll("secret", "…"), kinds: text.match(/secret/g) ?? [] });
    const { memory, told } = await watched({ redact });
    await memory.remember({ id: "m", content: "secret secret", tier: "semantic" });
    await memory.remember({ id: "m", content: "another secret", tier: "semantic" });
    await memory.put([{ id: "n", content: "secret", metadata: { text: "secret" } }]);
    await memory.update("default", "m", { summary: "secret" });
    equal(
      told("remember").map(({ redacted }) => redacted),
      [["secret"], ["secret"], ["secret"]],
    );
    equal(
      told("update").map(({ redacted }) => redacted),
      [[], ["secret"]],
    );
  });

  test("facts found in several at once are told once", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { memory, told } = await watched({
      clock: () => now,
      models: { distil: async () => ["the first fact is this", "another one is that"] },
    });
    for (const id of ["a", "b", "c"]) await memory.remember({ id, content: `episode ${id}`, tier: "episodic" });
    for (let i = 0; i < 4; i++) {
      now += 24 * 3_600_000;
      await memory.recall({ query: "episode" });
      await memory.flush();
    }
    const { facts } = await memory.promote();
    const promoted = told("promote");
    equal([promoted.length, promoted.reduce((sum, event) => sum + event.facts, 0), facts], [3, 2, 2]);
  });

  test("what could not be embedded is told to be pending", async () => {
    let isAway = false;
    const embed = (texts: readonly string[]) => {
      if (isAway) throw new Error("the model is away");
      return WORDS.embed(texts);
    };
    const { memory, told } = await watched({ embedder: { ...WORDS, embed } });
    for (isAway of [false, true]) {
      await memory.remember({ content: `note ${isAway}`, tier: "semantic" });
      await memory.put([{ id: `${isAway}`, content: `document ${isAway}` }]);
    }
    equal(
      told("remember").map(({ pending }) => pending),
      [false, false, true, true],
    );
  });
};
