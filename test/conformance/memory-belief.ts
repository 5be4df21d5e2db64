import type { AgentMemory } from "../../src/memory/index.ts";
import { equal, ok } from "./assert.ts";
import { DAY, idsOf, type MemoryCheck, recalled } from "./memory-under-test.ts";

const PLACE = "the primary data centre of the whole company is in the city of Oslo";
const MOVED = "the primary data centre of the whole company is in the city of Bergen";

async function confidenceOf(memory: AgentMemory, id: string): Promise<number> {
  const { confidence } = (await memory.get("default", id))!;
  return Math.round(1000 * confidence!) / 1000;
}

export function testMemoryBelief(check: MemoryCheck): void {
  check("what is said again is surer, once a day", async (under) => {
    const [memory, other] = await under.two();
    const { id } = await memory.remember({ content: PLACE, tier: "semantic" });
    for (const expected of [0.46, 0.514, 0.563]) {
      under.now += DAY;
      equal((await other.remember({ content: PLACE, tier: "semantic" })).outcome, "reinforced");
      equal((await memory.remember({ content: PLACE, tier: "semantic" })).outcome, "reinforced");
      equal([await confidenceOf(memory, id), await confidenceOf(other, id)], [expected, expected]);
    }
    const { accessCount, updatedAt } = (await memory.get("default", id))!;
    equal([accessCount, updatedAt], [6, under.now]);
    equal((await memory.versions("default", id)).length, 1, "it says what it said");
  });

  check("what happens bears out the fact it is nearest to", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "fact", content: PLACE, tier: "semantic" });
    await memory.remember({ namespace: "other", id: "theirs", content: PLACE, tier: "semantic" });
    under.now += DAY;
    equal((await memory.remember({ content: PLACE, tier: "working" })).outcome, "stored");
    await memory.remember({ content: "something else altogether", tier: "working" });
    equal(await confidenceOf(memory, "fact"), 0.46);
    equal((await memory.get("default", "fact"))?.accessCount, 1);
    equal((await memory.get("other", "theirs"))?.confidence, 0.4);
    equal(
      (await memory.list({ tiers: ["working"] })).map(({ confidence }) => confidence),
      [undefined, undefined],
    );
  });

  check("who writes may say how sure it is, within bounds, and again", async (under) => {
    const memory = await under.open();
    const say = async (id: string, confidence: number) =>
      (await memory.remember({ id, content: `claim ${id}`, tier: "semantic", confidence })).confidence;
    equal([await say("a", 0), await say("b", 0.5), await say("c", 1)], [0.1, 0.5, 0.7]);
    under.now += DAY;
    const changed = await memory.update("default", "a", { confidence: 0.6 });
    equal([changed.confidence, changed.updatedAt], [0.6, under.now]);
    equal((await memory.update("default", "a", { confidence: 1 })).confidence, 0.7);
    equal((await memory.update("default", "a", { importance: 1 })).confidence, 0.7);
  });

  check("a fact that nobody recalls and nobody bears out becomes an episode", async (under) => {
    const memory = await under.open();
    const start = under.now;
    for (const [id, more] of Object.entries({
      doubtful: {},
      pinned: { tags: ["pinned"] },
      important: { importance: 0.75 },
      recalled: {},
      restated: {},
    })) {
      await memory.remember({ id, content: `fact: ${id}`, tier: "semantic", ...more });
    }
    await memory.recall({ query: "fact: recalled", limit: 1 });
    await memory.flush();
    under.now = start + 14 * DAY;
    equal((await memory.sweep()).demoted, 0, "after two weeks it is as sure as it has to be");
    await memory.update("default", "restated", { confidence: 0.4 });
    under.now += 1000;
    equal([(await memory.sweep()).demoted, (await memory.sweep()).demoted], [1, 0]);
    const { tier, expiresAt } = (await memory.get("default", "doubtful"))!;
    equal([tier, expiresAt], ["episodic", under.now + 30 * DAY]);
    equal(idsOf(await memory.list({ tiers: ["semantic"] })).sort(), ["important", "pinned", "recalled", "restated"]);
  });

  check("what is contradicted is hidden, and seen as of before", async (under) => {
    const compared: string[][] = [];
    const contradictions = (older: string, newer: string) => {
      compared.push([older, newer]);
      return "update" as const;
    };
    const memory = await under.open({ contradictions });
    const start = under.now;
    await memory.remember({ id: "old", content: PLACE, tier: "semantic", confidence: 0.6 });
    await memory.remember({ namespace: "other", id: "theirs", content: PLACE, tier: "semantic" });
    under.now += DAY - 1;
    await memory.remember({ content: `${MOVED} now`, tier: "semantic" });
    equal([compared, (await memory.list()).length], [[], 2], "what is not a day old is left alone");
    under.now += 1;
    const { id } = await memory.remember({ content: MOVED, tier: "semantic" });
    equal(compared, [[PLACE, MOVED]]);
    const before = (await memory.get("default", "old"))!;
    equal([before.validTo, before.updatedAt, before.contradicted], [under.now, under.now, { by: id, confidence: 0.6 }]);
    ok(Math.abs(before.confidence! - 0.36) < 1e-9, `${before.confidence}`);
    equal(before.supersededBy, undefined);
    equal((await memory.get("other", "theirs"))?.validTo, undefined);
    await under.alsoReopened(
      [memory],
      async (again) => {
        const found = await recalled(again, { query: PLACE, limit: 5 });
        ok(found.includes(id) && !found.includes("old"), `${found}`);
        equal(await recalled(again, { query: PLACE, asOf: start }), ["old"]);
        equal(await recalled(again, { query: PLACE, knownAt: start }), ["old"]);
        ok((await recalled(again, { query: PLACE, includeSuperseded: true })).includes("old"), "it is kept");
      },
      { contradictions },
    );
    const again = await under.reopened({ contradictions });
    const restored = await again.restore("default", "old");
    equal([restored.validTo, restored.confidence, restored.contradicted], [undefined, 0.6, undefined]);
    ok((await recalled(again, { query: PLACE })).includes("old"), "it is back");
  });

  check("what was to end, and is ended sooner by something else, is restored as it was before both", async (under) => {
    const memory = await under.open({ contradictions: () => "update" });
    const old = await memory.remember({ id: "old", content: PLACE, tier: "semantic", confidence: 0.6 });
    await memory.remember({ id: "new", content: "another thing", tier: "semantic" });
    under.now += DAY;
    await memory.remember({ content: `${MOVED} soon`, tier: "semantic", validFrom: under.now + 9 * DAY });
    under.now += DAY;
    const { id } = await memory.remember({ content: MOVED, tier: "semantic" });
    const ended = (await memory.get("default", "old"))!;
    equal([ended.validTo, ended.contradicted?.by], [under.now, id]);
    const restored = await memory.restore("default", "old");
    equal([restored.validTo, restored.confidence], [undefined, old.confidence]);
    await memory.remember({ content: `${MOVED} later`, tier: "semantic", validFrom: under.now + 9 * DAY });
    await memory.supersede("default", "old", "new");
    equal((await memory.restore("default", "old")).validTo, undefined);
  });

  check("something very like what is known tells so, joins it, or takes its place", async (under) => {
    const memory = await under.open();
    const known = `${PLACE} near the harbour`;
    const like = `${known} today`;
    const say = (namespace: string, content: string, duplicates?: "hint" | "coalesce" | "supersede" | "off") =>
      memory.remember({ namespace, content, tier: "semantic", duplicates });
    for (const action of ["hint", "off", "coalesce", "supersede"] as const) {
      const first = await say(action, action === "coalesce" ? like : known);
      const second = await say(action, action === "coalesce" ? known : like, action);
      const live = idsOf(await memory.list({ namespace: action })).sort();
      if (action === "hint") {
        equal([second.outcome, second.similar?.id, second.similar?.preview], ["stored", first.id, known]);
      }
      if (action === "off") equal([second.outcome, second.similar], ["stored", undefined]);
      if (action === "hint" || action === "off") equal(live, [first.id, second.id].sort());
      if (action === "coalesce") equal([second.outcome, second.id, live], ["coalesced", first.id, [first.id]]);
      if (action === "supersede") {
        equal([second.outcome, live], ["stored", [second.id]]);
        equal(await memory.predecessors(action, second.id), [first.id]);
      }
    }
    const richer = await say("coalesce", `${like}, and another one is being built in Bergen`, "coalesce");
    equal([richer.outcome, idsOf(await memory.list({ namespace: "coalesce" }))], ["coalesced", [richer.id]]);
  });

  check("of two that take the place of one at once, one is left", async (under) => {
    const [a, b] = await under.two({ duplicates: { action: "supersede" } });
    await a.remember({ id: "old", content: PLACE, tier: "semantic" });
    const say = (memory: AgentMemory, id: string) => memory.remember({ content: `${PLACE} ${id}`, tier: "semantic" });
    const [first, second] = await Promise.all([say(a, "today"), say(b, "now")]);
    const [only, ...others] = idsOf(await a.list());
    equal([others, idsOf(await b.list())], [[], [only!]]);
    equal([first.id, second.id].includes(only!), true);
    equal((await a.history("default", "old")).length, 3);
  });

  check("of those that say the same, one takes the place of the others", async (under) => {
    const [memory, other] = await under.two();
    for (const id of ["a", "b", "c"]) {
      await memory.remember({ id, content: `${PLACE}${"!".repeat(id.charCodeAt(0) - 96)}`, tier: "semantic" });
    }
    await memory.remember({ id: "else", content: MOVED, tier: "semantic" });
    await memory.remember({ id: "tier", content: PLACE, tier: "procedural" });
    await memory.remember({ namespace: "n", id: "theirs", content: PLACE, tier: "semantic" });
    await memory.recall({ query: PLACE, limit: 1, tiers: ["semantic"], excludeIds: ["a", "c"] });
    await memory.flush();
    const planned = await memory.dedup({ dryRun: true });
    equal((await memory.list()).length, 5, "only planned");
    const done = await memory.dedup();
    equal([done.clusters.length, done.clusters[0]?.kept, done.clusters[0]?.removed.sort()], [1, "b", ["a", "c"]]);
    equal(
      planned.clusters.map(({ kept }) => kept),
      ["b"],
    );
    for (const one of [memory, other]) {
      equal(idsOf(await one.list()).sort(), ["b", "else", "tier"]);
      equal(await one.predecessors("default", "b"), ["a", "c"]);
    }
    equal((await other.dedup()).clusters, []);
  });
}
