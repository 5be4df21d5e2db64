import type { AgentMemory, FilterOptions, ListOptions, RememberOptions, Tier } from "../../src/memory/index.ts";
import { equal, fails } from "./assert.ts";
import { DAY, idsOf, type MemoryCheck, type MemoryUnderTest, recalled } from "./memory-under-test.ts";

const QUERY = "a note";

/** Several that a query finds all of, made a second after one another. */
async function notes(under: MemoryUnderTest, all: Record<string, Partial<RememberOptions>>): Promise<AgentMemory> {
  const memory = await under.open();
  for (const [id, more] of Object.entries(all)) {
    await memory.remember({ id, content: `a note, called ${id}`, tier: "semantic", ...more });
    under.now += 1000;
  }
  return memory;
}

/** That listing and recalling leave the same. */
async function leaves(memory: AgentMemory, filter: FilterOptions, ids: string[]): Promise<void> {
  const what = JSON.stringify(filter);
  equal(idsOf(await memory.list(filter)).sort(), [...ids].sort(), `list ${what}`);
  equal((await recalled(memory, { query: QUERY, ...filter })).sort(), [...ids].sort(), `recall ${what}`);
}

export function testMemoryFilters(check: MemoryCheck): void {
  check("filters: tier, level, kind, tags, metadata, ids, times; none left out, none too many", async (under) => {
    const { now } = under;
    const memory = await notes(under, {
      a: { tags: ["x"], level: "explicit", metadata: { memory_type: "decision", lang: "en", n: 1 } },
      b: { tags: ["x", "y"], level: "deduced", metadata: { memory_type: "howto", lang: "en" } },
      c: { tags: ["y"], tier: "episodic", metadata: { memory_type: "decision", lang: "fr", n: 2 } },
      d: { tier: "working", level: "explicit" },
      e: { tier: "procedural", tags: ["X"], metadata: { lang: ["en"] } },
    });
    const all = ["a", "b", "c", "d", "e"];
    const cases: [FilterOptions, string[]][] = [
      [{}, all],
      [{ tiers: ["semantic"] }, ["a", "b"]],
      [{ tiers: ["episodic", "working"] }, ["c", "d"]],
      [{ tiers: [] }, all],
      [{ levels: ["explicit"] }, ["a", "d"]],
      [{ levels: ["explicit", "deduced"] }, ["a", "b", "d"]],
      [{ kinds: ["decision"] }, ["a", "c"]],
      [{ kinds: ["decision", "howto"] }, ["a", "b", "c"]],
      [{ kinds: ["none"] }, []],
      [{ tags: ["x"] }, ["a", "b"]],
      [{ tags: ["x", "y"] }, ["b"]],
      [{ tags: ["x", "none"] }, []],
      [{ tags: [] }, all],
      [{ metadata: { lang: "en" } }, ["a", "b"]],
      [{ metadata: { lang: "en", memory_type: "howto" } }, ["b"]],
      [{ metadata: { n: "1" } }, []],
      [{ metadata: {} }, all],
      [{ excludeMetadata: { lang: "en" } }, ["c", "d", "e"]],
      [{ excludeMetadata: { lang: "fr", memory_type: "howto" } }, ["a", "d", "e"]],
      [{ excludeMetadata: {} }, all],
      [{ excludeIds: ["a", "e", "none"] }, ["b", "c", "d"]],
      [{ excludeIds: [] }, all],
      [{ createdAfter: now + 2000 }, ["c", "d", "e"]],
      [{ createdAfter: new Date(now + 2001) }, ["d", "e"]],
      [{ accessedAfter: now + 4000 }, ["e"]],
      [{ tiers: ["semantic"], tags: ["x"], metadata: { lang: "en" }, excludeIds: ["b"] }, ["a"]],
    ];
    for (const [filter, ids] of cases) await leaves(memory, filter, ids);
    await leaves(await under.reopened(), { tags: ["x"], kinds: ["howto"] }, ["b"]);
  });

  check("what is left out takes no place from others", async (under) => {
    const memory = await notes(under, { near: { content: QUERY }, far: { tags: ["far"], tier: "episodic" } });
    const first = (filter: FilterOptions) => recalled(memory, { query: QUERY, limit: 1, reserve: 0, ...filter });
    equal(await first({}), ["near"]);
    equal(await first({ excludeIds: [] }), ["near"]);
    for (const filter of [{ excludeIds: ["near"] }, { tags: ["far"] }, { tiers: ["episodic"] as Tier[] }]) {
      equal([await first(filter), idsOf(await memory.list({ limit: 1, ...filter }))], [["far"], ["far"]]);
    }
  });

  check("among many, the few that a filter leaves are found", async (under) => {
    const memory = await under.open();
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        memory.remember({ id: `${i}`, content: `${QUERY} ${i}`, tier: "episodic", tags: i % 20 === 7 ? ["rare"] : [] }),
      ),
    );
    equal((await recalled(memory, { query: QUERY, tags: ["rare"], limit: 5 })).sort(), ["27", "47", "7"]);
    equal((await recalled(memory, { query: QUERY, limit: 100 })).length, 60);
  });

  check("what is expired, superseded or ended is left out, unless it is asked for", async (under) => {
    const start = under.now;
    const memory = await notes(under, {
      live: {},
      brief: { ttl: DAY },
      ended: { validTo: start + DAY },
      begins: { validFrom: start + 9 * DAY },
      old: {},
    });
    await memory.supersede("default", "old", "live");
    await leaves(memory, {}, ["live", "brief", "ended", "begins"]);
    under.now = start + DAY;
    await leaves(memory, {}, ["live", "brief", "begins"]);
    under.now = start + DAY + 1000; // to the millisecond: it was made a second later
    await leaves(memory, {}, ["live", "begins"]);
    await leaves(memory, { includeExpired: true }, ["live", "brief", "begins"]);
    await leaves(memory, { includeSuperseded: true }, ["live", "ended", "begins", "old"]);
    const all = { includeExpired: true, includeSuperseded: true };
    await leaves(memory, all, ["live", "brief", "ended", "begins", "old"]);
    under.now = start + DAY + 999;
    await leaves(memory, {}, ["live", "brief", "begins"]);
  });

  check("a list is in the order asked for, and its limit takes the first", async (under) => {
    const memory = await notes(under, {
      a: { importance: 0.2, content: "alpha" },
      b: { importance: 0.9, content: "beta" },
      c: { importance: 0.2, content: "gamma" },
    });
    for (const query of ["beta", "alpha", "beta"]) {
      await memory.recall({ query, limit: 1 });
      await memory.flush();
      under.now += 1000;
    }
    await memory.update("default", "a", { summary: "first" });
    const orders: [ListOptions, string][] = [
      [{}, "cba"],
      [{ ascending: true }, "abc"],
      [{ sort: "updatedAt" }, "acb"],
      [{ sort: "updatedAt", ascending: true }, "bca"],
      [{ sort: "accessedAt" }, "bac"],
      [{ sort: "accessedAt", ascending: true }, "cab"],
      [{ sort: "accessCount" }, "bac"],
      [{ sort: "accessCount", ascending: true }, "cab"],
      [{ sort: "importance" }, "bac"],
      [{ sort: "importance", ascending: true }, "acb"],
    ];
    await under.alsoReopened([memory], async (again) => {
      for (const [options, order] of orders) {
        equal(idsOf(await again.list(options)), [...order], JSON.stringify(options));
        equal(idsOf(await again.list({ ...options, limit: 2 })), [...order.slice(0, 2)]);
        equal(idsOf(await again.list({ ...options, limit: 1, offset: 1 })), [order[1]!]);
      }
    });
  });

  check("a filter that cannot be meant is an error", async (under) => {
    const memory = await under.open();
    const wrong = [
      { tiers: ["eternal"] },
      { levels: ["sure"] },
      { tags: "x" },
      { metadata: { n: 1 } },
      { excludeIds: "a" },
      { asOf: "soon" },
      { createdAfter: Number.NaN },
    ] as unknown as FilterOptions[];
    for (const filter of wrong) {
      await fails(() => memory.list(filter), "argument");
      await fails(() => memory.recall({ query: QUERY, ...filter }), "argument");
    }
    await fails(() => memory.list({ sort: "id" as never }), "argument");
    equal(under.embedded, [], "it is said before anything is paid for");
  });
}
