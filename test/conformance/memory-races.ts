import { ConflictError } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "./assert.ts";
import { DAY, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

// What another memory of the same store does between what one has read and what it then writes.

const PLACE = "the primary data centre of the whole company is in the city of Oslo";

export function testMemoryRaces(check: MemoryCheck): void {
  check("in between: what is changed while it is forgotten leaves nothing behind", async (under) => {
    const [a, b] = await under.two();
    const start = under.now;
    await a.remember({ id: "m", content: "a secret", tier: "semantic" });
    under.now += 1000;
    under.interrupt(a, "commit", "before", () => b.update("default", "m", { content: "a secret, changed" }));
    equal(await a.forget("default", "m"), true);
    await under.alsoReopened([a, b], async (one) => {
      await isGone(one, "default", "m");
      for (const knownAt of [start, under.now]) equal(await one.list({ knownAt, includeSuperseded: true }), []);
    });
  });

  check("in between: what moved while it was to be forgotten is left where it is", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "a note", tier: "semantic" });
    under.interrupt(a, "version", "after", () => b.reassign("default", ["m"], "other"));
    await a.forget("default", "m");
    await isGone(a, "default", "m");
    equal((await a.get("other", "m"))?.id, "m");
  });

  check("in between: what is recalled while it is swept stays, and what is changed goes whole", async (under) => {
    const [a, b] = await under.two();
    const start = under.now;
    await a.remember({ id: "recalled", content: "the parking place", tier: "working", ttl: 1000 });
    await a.remember({ id: "changed", content: "a shopping list", tier: "working", ttl: 1000 });
    under.now += 1000;
    under.interrupt(a, "commit", "before", async () => {
      under.now -= 1; // a moment earlier the other saw it alive
      await b.recall({ query: "the parking place", limit: 1 });
      await b.update("default", "changed", { content: "a shopping list, longer" });
      await b.flush();
      under.now += 1;
    });
    equal((await a.sweep()).expired, 1);
    await under.alsoReopened([a, b], async (one) => {
      equal(idsOf(await one.list()), ["recalled"]);
      equal(await one.list({ knownAt: start, includeExpired: true }).then(idsOf), ["recalled"]);
      await isGone(one, "default", "changed");
    });
  });

  check("in between: an id that is taken is updated, or refused in another namespace", async (under) => {
    const [a, b] = await under.two();
    const say = (by: typeof a, namespace: string, id: string) =>
      by.remember({ namespace, id, content: `said in ${namespace}`, tier: "semantic", tags: [by === a ? "a" : "b"] });
    under.interrupt(a, "commit", "before", () => say(b, "ours", "1"));
    const { outcome, tags } = await say(a, "ours", "1");
    equal([outcome, tags], ["updated", ["a"]]);
    under.interrupt(a, "commit", "before", () => say(b, "theirs", "2"));
    const error = await rejection(() => say(a, "ours", "2"));
    ok(error instanceof ConflictError, `${error}`);
    for (const one of [a, b]) {
      equal([idsOf(await one.list({ namespace: "ours" })), await one.get("ours", "2")], [["1"], undefined]);
      equal((await one.get("theirs", "2"))?.tags, ["b"]);
    }
  });

  check("in between: what is said again is stored when what was known is forgotten", async (under) => {
    const [a, b] = await under.two({ duplicates: { action: "coalesce" } });
    await a.remember({ id: "exact", content: PLACE, tier: "semantic" });
    under.interrupt(a, "commit", "before", () => b.forget("default", "exact"));
    const again = await a.remember({ content: PLACE, tier: "semantic" });
    equal([again.outcome, idsOf(await b.list())], ["stored", [again.id]]);
    under.interrupt(a, "commit", "before", () => b.forget("default", again.id));
    const poorer = PLACE.replace("primary ", "");
    const anew = await a.remember({ content: poorer, tier: "semantic" });
    equal([anew.outcome, anew.content, idsOf(await b.list())], ["stored", poorer, [anew.id]]);
  });

  check("in between: what is superseded is neither contradicted nor borne out", async (under) => {
    const [a, b] = await under.two({ contradictions: () => "update" });
    await a.remember({ id: "old", content: PLACE, tier: "semantic" });
    await a.remember({ id: "other", content: "something else", tier: "semantic" });
    under.now += DAY;
    under.interrupt(a, "commit", "before", () => b.supersede("default", "old", "other"));
    const { id } = await a.remember({ content: PLACE.replace("Oslo", "Bergen"), tier: "semantic" });
    const { supersededBy, contradicted, confidence } = (await b.get("default", "old"))!;
    equal([supersededBy, contradicted, confidence], ["other", undefined, 0.4]);
    equal(idsOf(await b.list()), [id, "other"]);
    under.interrupt(a, "commit", "before", () => b.supersede("default", id, "other"));
    await a.remember({ content: PLACE.replace("Oslo", "Bergen"), tier: "working" });
    equal((await b.get("default", id))?.accessCount, 0);
  });

  check("in between: of two that move one memory, the first does", async (under) => {
    const [a, b] = await under.two();
    for (const method of ["getMany", "commit"] as const) {
      await a.remember({ namespace: "from", id: method, content: `box ${method}`, tier: "semantic" });
      under.interrupt(a, method, "before", () => b.reassign("from", [method], "b"));
      equal(await a.reassign("from", [method], "a"), 0, method);
      equal((await a.get("b", method))?.id, method);
    }
    equal(await a.namespaces(), ["b"]);
  });

  check("in between: two never take each other's place", async (under) => {
    const [a, b] = await under.two();
    for (const id of ["x", "y"]) {
      await a.remember({ id, content: `side ${id}`, tier: "semantic" });
      under.now += 1000;
    }
    under.interrupt(a, "commit", "before", () => b.supersede("default", "x", "y"));
    await fails(() => a.supersede("default", "y", "x"), "argument");
    for (const one of [a, b]) equal([idsOf(await one.list()), await one.predecessors("default", "y")], [["y"], ["x"]]);
  });

  check("in between: what says something else by then is no duplicate", async (under) => {
    const [a, b] = await under.two();
    for (const id of ["x", "y", "z"]) {
      await a.remember({ id, content: `${PLACE}${id === "y" ? "!" : id === "z" ? "!!" : ""}`, tier: "semantic" });
    }
    await a.recall({ query: PLACE, limit: 1, excludeIds: ["y", "z"] });
    await a.flush();
    under.interrupt(a, "commit", "before", () => b.update("default", "y", { content: "the office cat is called Tom" }));
    await a.dedup();
    for (const one of [a, b]) equal(idsOf(await one.list()).sort(), ["x", "y"]);
    equal(await recalled(a, { query: "the office cat" }), ["y"]);
    await b.remember({ id: "z2", content: `${PLACE}?`, tier: "semantic" });
    under.interrupt(a, "commit", "before", () => b.update("default", "x", { content: "x is something else" }));
    equal((await a.dedup()).clusters, []);
    for (const one of [a, b]) equal(idsOf(await one.list()).sort(), ["x", "y", "z2"]);
  });

  check("in between: of two that lift a memory, one does", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "a habit", tier: "working" });
    for (let day = 0; day < 3; day++) {
      under.now += DAY;
      await a.recall({ query: "a habit" });
      await a.flush();
    }
    const lifted: number[] = [];
    under.interrupt(a, "commit", "before", async () => lifted.push((await b.promote()).lifted));
    lifted.push((await a.promote()).lifted);
    equal([lifted.sort(), (await a.get("default", "m"))?.tier], [[0, 1], "episodic"]);
  });

  check("in between: what one wrote is not undone by older news", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "first", tier: "semantic" });
    await b.update("default", "m", { content: "second" });
    under.interrupt(a, "changesSince", "after", async () => {
      await a.update("default", "m", { content: "third" });
      await b.remember({ id: "n", content: "fourth", tier: "semantic" });
      await b.forget("default", "n");
    });
    equal(await recalled(a, { query: "third", alpha: 0 }), ["m"]);
    for (const one of [a, b]) {
      equal(await recalled(one, { query: "third", alpha: 0 }), ["m"]);
      equal(await recalled(one, { query: "second", alpha: 0 }), []);
      equal(idsOf(await one.list()), ["m"]);
    }
  });

  check("in between: what is forgotten while it is changed stays so", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "first", tier: "semantic" });
    under.interrupt(a, "commit", "after", async () => {
      await b.forget("default", "m");
      equal(await a.list(), [], "it is known before the change is");
    });
    await a.update("default", "m", { content: "second" });
    for (const one of [a, b]) {
      await isGone(one, "default", "m");
      equal([await one.namespaces(), await recalled(one, { query: "second" })], [[], []]);
    }
  });

  check("in between: what is made to last does not expire by a recall from before", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "a rule of thumb", tier: "episodic" });
    under.interrupt(a, "commit", "before", async () => {
      await b.retier("default", "m", "semantic");
      await a.list();
    });
    await a.recall({ query: "a rule" });
    await a.flush();
    under.now += 40 * DAY;
    await under.alsoReopened([a, b], async (one) => {
      const { tier, expiresAt, accessCount } = (await one.get("default", "m"))!;
      equal([tier, expiresAt, accessCount], ["semantic", null, 1]);
      equal([(await one.sweep()).expired, idsOf(await one.list())], [0, ["m"]]);
    });
  });

  check("in between: a doubtful fact that is borne out stays one", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: PLACE, tier: "semantic" });
    under.now += 20 * DAY;
    under.interrupt(a, "commit", "before", () => b.remember({ content: PLACE, tier: "semantic" }));
    equal((await a.sweep()).demoted, 0);
    for (const one of [a, b]) equal((await one.get("default", "m"))?.tier, "semantic");
  });

  check("in between: of two that take the place of one, the second takes that of the first", async (under) => {
    const [a, b] = await under.two({ duplicates: { action: "supersede" } });
    for (const method of ["getMany", "commit"] as const) {
      const namespace = method;
      await a.remember({ namespace, id: `${method} old`, content: PLACE, tier: "semantic" });
      await b.list({ namespace });
      under.interrupt(a, method, "before", () =>
        b
          .remember({ namespace, id: `${method} b`, content: `${PLACE} now`, tier: "semantic" })
          .then(() => b.supersede(namespace, `${method} old`, `${method} b`)),
      );
      const { id } = await a.remember({ namespace, content: `${PLACE} today`, tier: "semantic" });
      for (const one of [a, b]) equal(idsOf(await one.list({ namespace })), [id], method);
      equal(await b.predecessors(namespace, id), [`${method} b`]);
    }
  });

  check("who may be late with the news of others is not where that would do harm", async (under) => {
    const [a, b] = await under.two({ staleness: 1e9 });
    const say = (id: string, content = `note ${id}`) => a.remember({ id, content, tier: "semantic" });
    await say("fact", PLACE);
    await b.list();
    await say("m");
    equal((await b.remember({ id: "m", content: "another note", tier: "semantic" })).outcome, "updated");
    await say("n");
    const error = await rejection(() => b.remember({ namespace: "other", id: "n", content: "a", tier: "semantic" }));
    ok(error instanceof ConflictError, `${error}`);
    await a.update("default", "fact", { tags: ["seen"] });
    const now = await b.remember({ content: `${PLACE} now`, tier: "semantic", duplicates: "supersede" });
    equal((await a.get("default", "fact"))?.supersededBy, now.id);
    await a.remember({ content: "first", tags: ["handoff"] });
    const last = await b.remember({ content: "second", tags: ["handoff"] });
    for (const id of ["o", "p"]) await say(id);
    await a.supersede("default", "o", "p");
    equal(((await rejection(() => b.supersede("default", "p", "o"))) as { code?: string }).code, "argument");
    await say("q");
    equal(await b.reassign("default", ["q"], "moved"), 1);
    await say("r");
    equal(await b.forget("default", "r"), true);
    await a.remember({ content: "about Ann", tier: "semantic", metadata: { subject: "ann" } });
    equal(await b.forget({ subject: "ann" }), 1);
    const fresh = await under.reopened();
    equal(idsOf(await fresh.list()).sort(), [last.id, now.id, "m", "n", "p"].sort());
    equal(idsOf(await fresh.list({ namespace: "moved" })), ["q"]);
  });
}
