import { equal, fails } from "./assert.ts";
import { DAY, idsOf, type MemoryCheck, recalled } from "./memory-under-test.ts";

/** What a store or a language of queries may take for something of its own. */
const HOSTILE = [
  "a:b",
  "a|b",
  "a%",
  "a*",
  "a_",
  "a\\",
  "a'; DROP TABLE memories; --",
  "memories",
  "__proto__",
  "constructor",
  "👩‍👩‍👧",
  "\ud83d", // half of one
  "\ude00",
  " a",
  "a ",
  "A",
  "é", // one character, and the same as two
  "e\u0301",
  "\u202ea",
  '["a"]',
];

export function testMemoryStrings(check: MemoryCheck): void {
  check("a namespace is any text, and never leaks into another", async (under) => {
    const memory = await under.open();
    const namespaces = [...HOSTILE, "a", "🧠".repeat(64)];
    await Promise.all(
      namespaces.map((namespace, i) =>
        memory.remember({ namespace, id: `${i}`, content: "the same fact everywhere", tier: "semantic" }),
      ),
    );
    const again = await under.reopened();
    equal(await again.namespaces(), [...namespaces].sort());
    for (const [i, namespace] of namespaces.entries()) {
      equal(await recalled(again, { namespace, query: "the same fact" }), [`${i}`], JSON.stringify(namespace));
      equal(idsOf(await again.list({ namespace })), [`${i}`], JSON.stringify(namespace));
    }
    equal([await again.forget({ namespace: "a" }), await again.forget({ namespace: "__proto__" })], [1, 1]);
    equal((await again.namespaces()).length, namespaces.length - 2);
    for (const namespace of ["", "a\0b", "x".repeat(257), 7 as never]) {
      await fails(() => again.remember({ namespace, content: "x", tier: "working" }), "argument");
    }
  });

  check("an id is any text, and no other", async (under) => {
    const memory = await under.open();
    const ids = [...HOSTILE, "a/b", "1:a", "é".repeat(512), "👍".repeat(256)];
    await Promise.all(ids.map((id, i) => memory.remember({ id, content: `fact number ${i}`, tier: "semantic" })));
    await Promise.all(ids.map((id, i) => memory.update("default", id, { content: `fact of ${i}`, links: [ids[0]!] })));
    for (const [i, id] of ids.slice(1).entries()) if (i % 2 === 0) await memory.supersede("default", id, ids[0]!);
    const again = await under.reopened();
    equal(idsOf(await again.list({ includeSuperseded: true })).sort(), [...ids].sort());
    for (const [i, id] of ids.entries()) {
      const found = (await again.get("default", id))!;
      equal([found.id, found.content, found.links], [id, `fact of ${i}`, [ids[0]!]]);
      const versions = await again.versions("default", id);
      equal(versions[0]!.memory.content, `fact number ${i}`, JSON.stringify(id));
      equal(await recalled(again, { query: `fact of ${i}`, excludeIds: ids.filter((other) => other !== id) }), [
        ...(i % 2 === 1 ? [] : [id]),
      ]);
    }
    equal((await again.predecessors("default", ids[0]!)).sort(), ids.filter((_, i) => i % 2 === 1).sort());
    equal(await again.forget("default", "a_"), true);
    equal(await again.list({ includeSuperseded: true }).then(({ length }) => length), ids.length - 1);
    for (const id of ["", "a\0b", "x".repeat(513)]) {
      await fails(() => again.remember({ id, content: "x", tier: "working" }), "argument");
    }
  });

  check("ids are found by how they begin, to the letter", async (under) => {
    const memory = await under.open();
    const ids = ["abcdefgh%1", "abcdefgh_2", "abcdefgh", "ABCDEFGH3", "abcdef\\4", "%"];
    await Promise.all(ids.map((id) => memory.remember({ id, content: `of ${id}`, tier: "semantic" })));
    await memory.remember({ namespace: "other", id: "abcdefgh5", content: "theirs", tier: "semantic" });
    const found = (prefix: string, limit?: number) => memory.ids("default", prefix, limit);
    equal(await found("abcdefgh"), ["abcdefgh", "abcdefgh%1", "abcdefgh_2"]);
    equal([await found("abcdefgh%"), await found("abcdefgh_"), await found("%")], [[ids[0]!], [ids[1]!], ["%"]]);
    equal([await found("A"), await found("abcdefgh", 2)], [["ABCDEFGH3"], ["abcdefgh", "abcdefgh%1"]]);
    equal([await found(""), await found("abc", 0), await found("none")], [[], [], []]);
    equal((await memory.get("default", "ABCDEFGH"))?.id, "ABCDEFGH3", "the only one that begins so");
    equal(await memory.get("default", "abcdefgh%"), await memory.get("default", "abcdefgh%1"));
    equal([await memory.get("default", "abcdef\\"), await memory.get("other", "abcdef\\4")], [undefined, undefined]);
    await memory.forget("default", "abcdefgh");
    equal(await memory.get("default", "abcdefgh"), undefined, "two begin so");
  });

  check("a content is cleaned, and else stays as it is", async (under) => {
    const memory = await under.open();
    const contents = [
      ["nul\0l", "null"],
      ["half \ud83d of a pair", "half  of a pair"],
      ["\u202eoverridden\u202c", "overridden"],
      ["مرحبا بالعالم"],
      ["שלום, world 👩‍👩‍👧 e\u0301"],
      ["line\r\nline\tcolumn", "line\nline\tcolumn"],
      [`{"json": [1, '2', \\"3\\"]} %s $1 -- ;`],
      ["__proto__"],
    ] as const;
    const stored = await Promise.all(contents.map(([content]) => memory.remember({ content, tier: "episodic" })));
    for (const [i, [given, cleaned = given]] of contents.entries()) equal(stored[i]!.content, cleaned);
    const again = await under.reopened();
    for (const { id, content } of stored) {
      equal((await again.get("default", id))?.content, content);
      equal((await recalled(again, { query: content, limit: 1 }))[0], id, content);
    }
    for (const content of ["", " \n", "\0\u0007", "\ud83d"]) {
      await fails(() => again.remember({ content, tier: "working" }), "argument");
    }
  });

  check("tags and metadata are any texts, and are found by them", async (under) => {
    const memory = await under.open();
    const texts = [...HOSTILE, "nul\0l", "", "\u001b0000", "x".repeat(3000)];
    const metadata = JSON.parse(
      JSON.stringify({ memory_type: "\0", ...Object.fromEntries(texts.map((text) => [text, text])) }),
    ) as Record<string, string>;
    Object.defineProperty(metadata, "__proto__", {
      value: "own",
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const tags = texts.filter((text) => text !== "");
    await memory.remember({ id: "m", content: "a", tier: "semantic", tags, metadata });
    await memory.remember({ id: "n", content: "b", tier: "semantic", tags: ["a"], metadata: { a: "b" } });
    const again = await under.reopened();
    const found = (await again.get("default", "m"))!;
    equal([found.tags, Object.entries(found.metadata).sort()], [tags, Object.entries(metadata).sort()]);
    for (const tag of tags) equal(idsOf(await again.list({ tags: [tag] })), ["m"], JSON.stringify(tag));
    for (const [name, text] of Object.entries(metadata)) {
      const pair = Object.fromEntries([[name, text]]);
      equal(idsOf(await again.list({ metadata: pair })), ["m"], JSON.stringify(name));
      equal(idsOf(await again.list({ excludeMetadata: pair })), ["n"], JSON.stringify(name));
    }
    equal(idsOf(await again.list({ kinds: ["\0"] })), ["m"]);
    await again.update("default", "m", { metadata: JSON.parse('{"__proto__": null, "a:b": "new"}') });
    const after = (await again.get("default", "m"))!.metadata;
    equal([Object.hasOwn(after, "__proto__"), after["a:b"]], [false, "new"]);
    equal(Object.keys(after).length, Object.keys(metadata).length - 1);
  });

  check("times are any milliseconds", async (under) => {
    const memory = await under.open();
    under.now = 1;
    const ends = [-8.64e15, 8.64e15] as const;
    await memory.remember({ id: "m", content: "always so", tier: "semantic", validFrom: ends[0], validTo: ends[1] });
    await memory.remember({ id: "n", content: "so from 1969 on", tier: "semantic", validFrom: -DAY, ttl: 1e12 });
    const again = await under.reopened();
    const { validFrom, validTo, createdAt } = (await again.get("default", "m"))!;
    equal([validFrom, validTo, createdAt], [...ends, 1]);
    equal((await again.get("default", "n"))?.expiresAt, 1e12 + 1);
    equal(idsOf(await again.list({ asOf: -2 * DAY })), ["m"]);
    equal(idsOf(await again.list({ asOf: "1969-12-31T12:00:00Z" })), ["m", "n"]);
  });
}
