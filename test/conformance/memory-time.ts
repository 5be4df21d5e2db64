import { equal } from "./assert.ts";
import { DAY, HOUR, idsOf, isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

export function testMemoryTime(check: MemoryCheck): void {
  check("as of a moment, what was true then is seen", async (under) => {
    const memory = await under.open();
    const day = (n: number) => start + n * DAY;
    const start = under.now;
    const say = (id: string, validFrom?: number, validTo?: number) =>
      memory.remember({ id, content: `the capital is ${id}`, tier: "semantic", validFrom, validTo });
    await say("bonn", day(-20), day(-10));
    await say("berlin");
    under.now = day(5);
    await say("next");
    await memory.supersede("default", "berlin", "next");
    const at = async (n: number) => {
      const ids = await recalled(memory, { query: "the capital", asOf: day(n) });
      equal(idsOf(await memory.list({ asOf: day(n) })).sort(), ids.sort(), `list and recall on day ${n}`);
      return ids.join();
    };
    equal(
      [await at(-21), await at(-20), await at(-10.001), await at(-10), await at(0), await at(4.999), await at(5)],
      ["", "bonn", "bonn", "", "berlin", "berlin", "next"],
    );
    equal(await recalled(memory, { query: "the capital" }), ["next"]);
    equal(await recalled(memory, { query: "the capital", asOf: new Date(day(1)).toISOString() }), ["berlin"]);
    const again = await under.reopened();
    equal(await recalled(again, { query: "the capital", asOf: day(4) }), ["berlin"]);
  });

  check("a memory may expire before the moment it is asked about", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "a parcel on the way", tier: "working" });
    const at = (days: number) => memory.list({ asOf: under.now + days * DAY }).then(idsOf);
    equal([await at(0), await at(2), await at(3), await at(4)], [["m"], ["m"], [], []]);
  });

  check("as it was known at a moment, nothing learnt later is seen", async (under) => {
    const memory = await under.open();
    const start = under.now;
    const day = (n: number) => start + n * DAY;
    await memory.remember({ id: "price", content: "the price is ten", tier: "semantic" });
    under.now = day(2);
    await memory.update("default", "price", { content: "the price is twelve" });
    under.now = day(4); // on this day it is learnt that it was moved to Paris on day 1
    await memory.remember({ id: "paris", content: "offices: Paris", tier: "semantic", validFrom: day(1) });
    await memory.remember({ id: "sale", content: "the price is nine", tier: "semantic" });
    under.now = day(6);
    await memory.supersede("default", "price", "sale");
    under.now = day(8);
    await under.alsoReopened([memory], async (again) => {
      const prices = async (knownAt?: number, asOf?: number) => {
        const options = { query: "the price is", knownAt, asOf };
        const { results } = await again.recall({ ...options, reinforce: false });
        const said = results.map(({ memory }) => memory.content.split(" ").at(-1)!).sort();
        const listed = (await again.list({ knownAt, asOf })).map(({ content }) => content.split(" ").at(-1)!);
        equal(listed.filter((word) => word !== "Paris").sort(), said, `list and recall of ${knownAt}`);
        return said;
      };
      equal(
        [await prices(day(-1)), await prices(day(0)), await prices(day(1.999)), await prices(day(2))],
        [[], ["ten"], ["ten"], ["twelve"]],
      );
      equal([await prices(day(5)), await prices(day(6)), await prices()], [["nine", "twelve"], ["nine"], ["nine"]]);
      equal(await prices(undefined, day(3)), ["twelve"], "as of then, as it is known now");
      const paris = (knownAt: number, asOf: number) => recalled(again, { query: "offices", knownAt, asOf });
      equal(
        [await paris(day(3), day(2)), await paris(day(4), day(2)), await paris(day(4), day(0))],
        [[], ["paris"], []],
      );
    });
  });

  check("who is recalled lives on from then, if its time is limited", async (under) => {
    const memory = await under.open();
    const start = under.now;
    for (const [id, more] of Object.entries({
      working: { tier: "working" },
      custom: { tier: "episodic", ttl: 2 * HOUR },
      forever: { tier: "episodic", ttl: null },
      kept: { tier: "episodic" },
      fact: { tier: "semantic" },
      brief: { tier: "semantic", ttl: "1d" },
    } as const)) {
      await memory.remember({ id, content: `about the garden: ${id}`, ...more });
    }
    await memory.retier("default", "kept", "working", null);
    under.now += HOUR;
    await memory.recall({ query: "about the garden" });
    await memory.flush();
    const all = await memory.list({ sort: "accessedAt" });
    const lived = Object.fromEntries(all.map(({ id, expiresAt }) => [id, expiresAt && (expiresAt - start) / HOUR]));
    equal(lived, { working: 73, custom: 3, forever: null, kept: null, fact: null, brief: 25 });
    equal(
      all.map(({ accessCount, accessedAt }) => [accessCount, accessedAt - start]),
      all.map(() => [1, HOUR]),
    );
    const again = await under.reopened();
    equal(await again.list({ sort: "accessedAt" }), all);
  });

  check("what was forgotten after it was found is not brought back by having been recalled", async (under) => {
    const memory = await under.open();
    for (const id of ["m", "n"]) await memory.remember({ id, content: `the red ${id}`, tier: "working" });
    const { results } = await memory.recall({ query: "the red" });
    const [forgotten] = await Promise.all([memory.forget("default", "m"), memory.flush()]);
    equal([results.length, forgotten], [2, true]);
    await isGone(memory, "default", "m");
    equal((await memory.get("default", "n"))?.accessCount, 1);
  });

  check("sweeping removes what has expired, at its moment and not before", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "brief", content: "a code", tier: "working", ttl: 1000 });
    await memory.remember({ id: "longer", content: "a name", tier: "working", ttl: 1001 });
    await memory.remember({ id: "fact", content: "a fact", tier: "semantic" });
    await memory.update("default", "brief", { content: "a code, changed" });
    under.now = start + 999;
    equal((await memory.sweep()).expired, 0);
    under.now = start + 1000;
    equal(
      [idsOf(await memory.list()).sort(), (await memory.get("default", "brief"))?.id],
      [["fact", "longer"], "brief"],
    );
    equal([(await memory.sweep()).expired, (await memory.sweep()).expired], [1, 0]);
    await isGone(memory, "default", "brief");
    equal(await memory.list({ knownAt: start, includeExpired: true }).then(idsOf), ["fact", "longer"]);
    equal((await memory.stats()).past, 0, "what it was is gone too");
    equal(idsOf(await (await under.reopened()).list({ includeExpired: true })), ["fact", "longer"]);
  });

  check("what is recalled is not swept, by whomever", async (under) => {
    const [a, b] = await under.two();
    await a.remember({ id: "m", content: "the parking place", tier: "working", ttl: 1000 });
    equal(idsOf(await b.list()), ["m"], "both know it");
    under.now += 999;
    under.interrupt(a, "commit", "before", () => new Promise((resolve) => setTimeout(resolve, 10)));
    equal((await a.recall({ query: "parking" })).results.length, 1);
    under.now += 1;
    equal((await a.sweep()).expired, 0, "by the one that has not written yet that it was recalled");
    equal((await b.sweep()).expired, 0, "by another, who has not seen the recall");
    equal(await recalled(b, { query: "parking" }), ["m"]);
    equal(idsOf(await b.list()), ["m"]);
    under.now += 999;
    equal([(await b.sweep()).expired, (await a.sweep()).expired], [1, 0]);
    await isGone(a, "default", "m");
  });

  check("what another renewed counts as alive in all that is done with it", async (under) => {
    const [a, b] = await under.two();
    const content = "the key is under the mat";
    await a.remember({ id: "m", content, tier: "working", ttl: 1000 });
    await b.list();
    under.now += 999;
    await a.recall({ query: content });
    await a.flush();
    under.now += 500;
    equal((await b.stats()).memories, 1);
    equal(
      (await b.briefing()).recent.map(({ id }) => id),
      ["m"],
    );
    equal((await b.remember({ content, tier: "working" })).outcome, "reinforced");
  });

  check("what another recalled counts when it is decided what stays", async (under) => {
    const [a, b] = await under.two({ capacity: 2 });
    const c = await under.open();
    const start = under.now;
    for (const id of ["1", "2", "3"]) {
      await a.remember({ id, content: `event ${id}`, tier: "working", ttl: null });
      under.now += 1000;
    }
    await a.remember({ id: "fact", content: "a fact", tier: "semantic" });
    for (const one of [b, c]) await one.list();
    for (let day = 1; day <= 3; day++) {
      under.now = start + day * DAY;
      await a.recall({ query: "event 1", limit: 1, reserve: 0 });
      await a.recall({ query: "a fact", limit: 1 });
      await a.flush();
    }
    under.now = start + 15 * DAY;
    const { overflowed, demoted } = await b.sweep();
    equal([overflowed, demoted, (await a.get("default", "fact"))?.tier], [1, 0, "semantic"]);
    equal(idsOf(await a.list({ tiers: ["working"] })), ["3", "1"]);
    equal([(await c.promote()).lifted, (await a.get("default", "1"))?.tier], [1, "episodic"]);
  });

  check("of short-lived ones the least worth keeping go when there are too many", async (under) => {
    const memory = await under.open({ capacity: 2 });
    for (const id of ["1", "2", "3", "4"]) {
      await memory.remember({ id, content: `event ${id}`, tier: "episodic" });
      under.now += DAY;
    }
    await memory.remember({ id: "fact", content: "a fact", tier: "semantic" });
    await memory.remember({ namespace: "other", id: "theirs", content: "event 5", tier: "episodic" });
    await memory.recall({ query: "event 1", limit: 1 });
    await memory.flush();
    equal((await memory.sweep()).overflowed, 2);
    equal(
      [idsOf(await memory.list()).sort(), idsOf(await memory.list({ namespace: "other" }))],
      [["1", "4", "fact"], ["theirs"]],
    );
  });

  check("what was superseded long ago is collected, if that is asked for", async (under) => {
    const memory = await under.open({ supersededTtl: 10 * DAY });
    for (const id of ["1", "2", "3"]) await memory.remember({ id, content: `route ${id}`, tier: "semantic" });
    await memory.supersede("default", "1", "2");
    under.now += 5 * DAY;
    await memory.supersede("default", "2", "3");
    under.now += 5 * DAY;
    equal((await memory.sweep()).collected >= 1, true);
    equal(idsOf(await memory.list({ includeSuperseded: true })).sort(), ["2", "3"]);
    await isGone(memory, "default", "1");
    equal((await memory.versions("default", "2")).length, 2);
  });

  check("a tier may be changed, and with it the time to live", async (under) => {
    const memory = await under.open();
    const start = under.now;
    await memory.remember({ id: "m", content: "water the plants", tier: "working", tags: ["t"] });
    const asked = under.embedded.length;
    under.now += DAY;
    const lasting = await memory.retier("default", "m", "procedural");
    equal([lasting.tier, lasting.expiresAt, lasting.updatedAt, lasting.confidence], ["procedural", null, start, 0.4]);
    const brief = await memory.retier("default", "m", "episodic");
    equal(brief.expiresAt, start + 31 * DAY);
    const given = await memory.retier("default", "m", "semantic", new Date(start + 2 * DAY));
    equal([given.tier, given.expiresAt, given.tags], ["semantic", start + 2 * DAY, ["t"]]);
    equal((await memory.retier("default", "m", "working", null)).expiresAt, null);
    equal([under.embedded.length, await recalled(memory, { query: "plants", tiers: ["working"] })], [asked, ["m"]]);
  });
}
