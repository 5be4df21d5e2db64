import { equal, fails, ok } from "./assert.ts";
import { isGone, type MemoryCheck, recalled } from "./memory-under-test.ts";

/** Operators, quotes and statements of several languages of queries, and texts of several scripts. */
const QUERIES = [
  '"cats',
  "cats OR dogs AND NOT (",
  "cats*",
  "-cats +cats",
  "content:cats",
  "cats NEAR/3 dogs",
  "cats^2 ~0.5 {}[]",
  "cats & | ! <-> :*",
  "'; DROP TABLE entries; -- cats",
  "cats\0",
  "\ud83d cats",
  "cats \\ \\' \" `",
  "$1 ? :cats @cats %s",
];
const FRUITLESS = ["日本語の文章", "ÀÉÎõü", "👩‍👩‍👧", "!?.,;", "\0", "\ud83d", "*", "NOT", '""', "x".repeat(10_000)];

export function testMemoryFinding(check: MemoryCheck): void {
  check("by meaning, the nearest of a namespace come first", async (under) => {
    const memory = await under.open();
    const contents = { none: "w x y z", half: "a b c d e f g h", most: "a b c d e", all: "a b c d" };
    for (const [id, content] of Object.entries(contents)) await memory.remember({ id, content, tier: "semantic" });
    await memory.remember({ namespace: "other", id: "theirs", content: "a b c d", tier: "semantic" });
    const { results } = await memory.recall({ query: "a b c d", alpha: 1 });
    equal(
      results.map((result) => result.memory.id),
      ["all", "most", "half"],
    );
    const similarities = results.map(({ similarity }) => similarity!);
    ok(Math.abs(similarities[0]! - 1) < 1e-6, `${similarities}`);
    const scores = results.map(({ score }) => score);
    for (const falling of [similarities, scores]) {
      ok(
        falling.every((value, i) => i === 0 || value < falling[i - 1]!),
        `${falling}`,
      );
    }
    equal(await recalled(memory, { query: "a b c d", alpha: 1, limit: 2 }), ["all", "most"]);
    equal(await recalled(memory, { namespace: "other", query: "a b c d" }), ["theirs"]);
    equal(await recalled(memory, { namespace: "nobody", query: "a b c d" }), []);
    await memory.forget("default", "all");
    await isGone(memory, "default", "all");
    equal(await recalled(memory, { query: "a b c d", alpha: 1 }), ["most", "half"]);
  });

  check("a query's vector may be given instead of found", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "red", tier: "semantic" });
    await memory.remember({ id: "n", content: "blue", tier: "semantic" });
    const embedding = (await memory.vector("default", "n"))!;
    const asked = under.embedded.length;
    equal(await recalled(memory, { query: "whatever", alpha: 1, embedding }), ["n"]);
    equal(under.embedded.length, asked);
  });

  check("by words, those that hold them are found, in the summary and the tags too", async (under) => {
    const memory = await under.open();
    const say = (id: string, content: string, more: object = {}) =>
      memory.remember({ id, content, tier: "semantic", ...more });
    await say("cats", "all the cats sleep");
    await say("dogs", "all the dogs bark");
    await say("gist", "what Ann has at home", { summary: "two cats" });
    await say("tag", "what Tom has at home", { tags: ["cats"] });
    const byWords = (query: string) => recalled(memory, { query, alpha: 0 });
    equal((await byWords("cats")).sort(), ["cats", "gist", "tag"]);
    equal((await byWords("cats barking dogs")).sort(), ["cats", "dogs", "gist", "tag"], "any of the words");
    equal(await byWords("unicorns"), []);
    await memory.update("default", "gist", { summary: "a parrot" });
    await memory.update("default", "cats", { content: "all the mice sleep" });
    await memory.forget("default", "tag");
    equal([await byWords("cats"), await byWords("parrot"), await byWords("mice")], [[], ["gist"], ["cats"]]);
  });

  check("a query is data, whatever it looks like", async (under) => {
    const memory = await under.open();
    await memory.remember({ id: "m", content: "the cats sleep all day", tier: "semantic" });
    for (const query of QUERIES) {
      equal(await recalled(memory, { query, alpha: 0 }), ["m"], JSON.stringify(query));
      await recalled(memory, { query });
    }
    for (const query of FRUITLESS) {
      equal(await recalled(memory, { query, alpha: 0 }), [], JSON.stringify(query.slice(0, 20)));
      await recalled(memory, { query });
    }
    equal(await recalled(memory, { query: "cats" }), ["m"]);
    for (const query of ["", " \n", undefined as never]) await fails(() => memory.recall({ query }), "argument");
  });

  check("what is served counts as recalled, and nothing else does", async (under) => {
    const memory = await under.open();
    for (const id of ["m", "n"]) await memory.remember({ id, content: `note ${id}`, tier: "semantic" });
    under.now += 1000;
    await memory.recall({ query: "note m", limit: 1 });
    await memory.recall({ query: "note m", limit: 1, reinforce: false });
    await memory.list();
    await memory.get("default", "m");
    await memory.briefing();
    await memory.flush();
    const uses = async (id: string) => {
      const { accessCount, accessedAt, updatedAt } = (await memory.get("default", id))!;
      return [accessCount, accessedAt - under.now, updatedAt - under.now];
    };
    equal(
      [await uses("m"), await uses("n")],
      [
        [1, 0, -1000],
        [0, -1000, -1000],
      ],
    );
  });

  check("what belongs to a result comes with it", async (under) => {
    const memory = await under.open();
    await memory.remember({
      id: "trip",
      content: "the trip to Rome",
      tier: "semantic",
      links: ["hotel", "none", "gone"],
    });
    await memory.remember({ id: "hotel", content: "room 12 is booked", tier: "semantic" });
    await memory.remember({ id: "gone", content: "old plan", tier: "semantic" });
    await memory.supersede("default", "gone", "trip");
    const { results } = await memory.recall({ query: "the trip to Rome", includeLinked: true });
    equal(
      results.map(({ memory, linked }) => [memory.id, linked]),
      [
        ["trip", false],
        ["hotel", true],
      ],
    );
    equal(await recalled(memory, { query: "the trip to Rome" }), ["trip"]);
  });
}
