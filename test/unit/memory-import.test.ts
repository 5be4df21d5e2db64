import fc from "fast-check";
import { type Embedder, type MnemeError, memoryStore } from "../../src/index.ts";
import { Crc32 } from "../../src/memory/crc32.ts";
import { uuidv5 } from "../../src/memory/import-id.ts";
import type {
  AgentMemory,
  Imported,
  ImportOptions,
  ImportProgress,
  Memory,
  MemoryEvent,
} from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { countingEmbedder, intercepted, promised, turn, WORDS } from "./cache-fixtures.ts";
import { streamOf } from "./checkpoint-fixtures.ts";
import {
  anyLinks,
  anyStates,
  exportOf,
  filled,
  kept,
  linesOf,
  NOW,
  openMemory,
  SMALL,
  type States,
} from "./memory-file-fixtures.ts";

const DAY = 86_400_000;
const encoder = new TextEncoder();

/** What export wrote comes back as it was; what others wrote becomes memories. */
export const memoryImportTests: Suite = (test) => {
  ownTests(test);
  foreignTests(test);
};

const ownTests: Suite = (test) => {
  test("a file that is cut short is refused wherever it is cut, and what was imported before is said", async () => {
    const file = await exportOf(await numbered(150));
    const lines = file.split("\n");
    for (const [cut, before] of [
      [1, 0],
      [40, 0],
      [65, 0],
      [66, 64],
      [151, 128],
    ] as const) {
      const memory = await openMemory({ embedder: SMALL });
      const error = await fails(() => memory.import(`${lines.slice(0, cut).join("\n")}\n`), "corrupt");
      ok(
        error.message.includes(`ends too soon, after line ${cut}. ${before} memories had been imported before.`),
        error.message,
      );
      equal((await memory.list({ namespace: "n" })).length, before);
      const { imported, skipped } = await memory.import(file);
      equal([imported, skipped], [150 - before, before], "and the whole file afterwards");
      equal(await exportOf(memory), file);
    }
    const memory = await openMemory({ embedder: SMALL });
    equal((await memory.import(file.slice(0, -1))).imported, 150, "all but the last line's end is whole");
    for (const end of [0, 20, file.length - 2])
      await fails(() => memory.import(file.slice(0, end), { format: "mneme" }), "corrupt");
  });

  test("whatever one byte becomes, it is noticed", async () => {
    const states = await fc.sample(anyStates, { numRuns: 1, seed: 7 });
    const source = await openMemory({ embedder: SMALL, store: await filled([...states[0]!, state("x"), state("y")]) });
    await source.link("n", "m");
    const file = encoder.encode(await exportOf(source));
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        if (at === file.length - 1) return; // how the last line ends does not matter
        const damaged = file.slice();
        damaged[at]! ^= change;
        const memory = await openMemory({ embedder: SMALL });
        const error = await rejection(() => memory.import(streamOf(damaged), { format: "mneme" }));
        ok(["corrupt", "newer"].includes((error as MnemeError).code), `${at} ${change}: ${error}`);
        equal([await memory.namespaces(), await memory.links("n")], [[], []], "nothing was imported");
      }),
      { numRuns: cases(300) },
    );
  });

  test("lines that an export does not write are named", async () => {
    const sound = await linesOf(await numbered(1));
    const refused = async (at: number, change: object | string, problem: string): Promise<void> => {
      const lines = sound.map((line) => JSON.stringify(line));
      lines[at] = typeof change === "string" ? change : JSON.stringify({ ...sound[at], ...change });
      const memory = await openMemory({ embedder: SMALL });
      const error = await fails(() => memory.import(lines.join("\n")), "corrupt");
      ok(error.message.includes(`line ${at + 1}: `) && error.message.includes(problem), error.message);
      equal(await memory.namespaces(), []);
    };
    for (const [change, name] of [
      [{ id: undefined }, "id"],
      [{ id: "a\0b" }, "id"],
      [{ namespace: "" }, "namespace"],
      [{ tier: "eternal" }, "tier"],
      [{ level: "guessed" }, "level"],
      [{ content: 1 }, "content"],
      [{ metadata: [] }, "metadata"],
      [{ tags: [1] }, "tags"],
      [{ importance: "1" }, "importance"],
      [{ createdAt: -1 }, "createdAt"],
      [{ accessCount: 0.5 }, "accessCount"],
      [{ expiresAt: undefined }, "expiresAt"],
      [{ ttl: "1h" }, "ttl"],
      [{ contradicted: {} }, "contradicted.by"],
      [{ pending: false }, "pending"],
      [{ repair: { attempts: 1 } }, "repair.nextAt"],
      [{ knownFrom: null }, "knownFrom"],
      [{ links: {} }, "links"],
      [{ vector: "AAAA" }, "vector"],
      [{ vector: "AAAAAAAAAAA=" }, "vector"],
      [{ vector: "AADAfwAAgD8=" }, "vector"],
      [{ vector: "AACAPw==" }, "vector"],
      [{ pieces: {} }, "pieces"],
      [{ pieces: [[0, 1]] }, "pieces"],
      [{ pieces: [[0, 1, "AAAA"]] }, "pieces"],
      [{ pieces: [[1, 1, "AACAPwAAAAA="]] }, "pieces"],
      [{ pieces: [[-1, 1, "AACAPwAAAAA="]] }, "pieces"],
      [{ pieces: [[0, 999, "AACAPwAAAAA="]] }, "pieces"],
    ] as const)
      await refused(1, change, name);
    await refused(1, "{", "none that an export writes");
    await refused(1, "null", "none that an export writes");
    await refused(1, { kind: "memoir" }, "none that an export writes");
    await refused(1, { kind: "former", knownUntil: 5 }, "its memory is not before it");
    await refused(2, { memories: 2 }, "lines before it are missing");
    await refused(2, { crc32: "00000000" }, "checksum");
    await refused(2, { kind: "link", from: "a", to: "a" }, "to");
  });

  test("a newer format, something after the end, another format than said, an empty file", async () => {
    const memory = await openMemory({ embedder: SMALL });
    await fails(() => memory.import('{"format":"mneme-memories","version":2}'), "newer");
    await fails(() => memory.import('{"format":"mneme-memories","version":"1"}'), "corrupt");
    await fails(
      () => memory.import('{"format":"mneme-memories","version":1,"fingerprint":7,"dimensions":2}'),
      "corrupt",
    );
    await fails(() => memory.import('{"content":"no export at all, but a memory"}', { format: "mneme" }), "corrupt");
    const file = await exportOf(await numbered(1));
    const error = await fails(() => memory.import(file + file), "corrupt");
    ok(error.message.includes("line 4: something follows its end"), error.message);
    for (const empty of ["", "\n \n"]) await fails(() => memory.import(empty), "corrupt");
    equal(await memory.namespaces(), []);
  });

  test("another embedder: contents and former states are embedded anew, 64 at a time", async () => {
    const embedder = countingEmbedder();
    const calls: number[] = [];
    const counting: Embedder = {
      ...embedder,
      embed: (texts) => {
        calls.push(texts.length);
        return embedder.embed(texts);
      },
    };
    const states = Array.from({ length: 100 }, (_, i) => state(`number ${i}`));
    states[0]!.former.push(kept({ id: "number 0", content: "the kettle is in the cellar" }, { knownUntil: 1500 }));
    states[1]!.now.memory.pending = true;
    states[1]!.now = { ...states[1]!.now, vector: null, repair: { attempts: 3, nextAt: NOW + DAY } };
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled(states) }));
    const memory = await openMemory({ embedder: counting });
    const { imported, reembedded, pending } = await memory.import(file);
    equal([imported, reembedded, pending], [100, 100, 0]);
    ok(calls.length === 2 && Math.max(...calls) <= 65, `${calls}`);
    const contents = states.flatMap(({ now, former }) => [now, ...former]).map(({ memory }) => memory.content);
    equal([...embedder.embedded].sort(), contents.sort());
    const vector = await memory.vector("n", "number 7");
    ok(
      Math.abs(dot(vector!, WORDS.embed(["what number 7 says"])[0]!) - 1) < 1e-6,
      "its vector is that of what it says",
    );
    equal((await memory.get("n", "number 1"))?.pending, undefined);
    const lines = await linesOf(memory);
    equal(
      lines.filter(({ repair }) => repair !== undefined),
      [],
    );
    equal([lines[0]?.fingerprint, lines[0]?.dimensions], [WORDS.fingerprint, 256]);
    // All else is as it was.
    const plain = (all: Record<string, unknown>[]): unknown[] =>
      all.slice(1, -1).map(({ vector: _vector, pending: _pending, repair: _repair, ...rest }) => rest);
    equal(
      plain(lines),
      plain(
        file
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ),
    );
    const { results } = await memory.recall({ namespace: "n", query: "the kettle is in the cellar", knownAt: 1200 });
    equal(results[0]?.memory.content, "the kettle is in the cellar", "found as it was known then");
  });

  test("an embedder that fails leaves them pending, is not asked for ever, and what is pending is repaired", async () => {
    let isDown = true;
    let calls = 0;
    let now = NOW;
    const embedder: Embedder = {
      ...WORDS,
      embed: (texts) => {
        calls++;
        if (isDown) throw new Error("down");
        return WORDS.embed(texts);
      },
    };
    const file = await exportOf(await numbered(300));
    const memory = await openMemory({ embedder, clock: () => now });
    const { imported, reembedded, pending } = await memory.import(file);
    equal([imported, reembedded, pending, calls], [300, 0, 300, 3]);
    await memory.flush();
    equal((await memory.stats()).pending, 300, "it was tried again, in vain");
    ok(calls > 3, "by itself");
    isDown = false;
    now += 3_600_000;
    equal((await memory.repair()).repaired, 300);
    await memory.close();
  });

  test("without an embedder vectors stay behind, and nothing waits for one", async () => {
    const states = [state("a"), state("b")];
    states[1]!.now.memory.pending = true;
    states[1]!.now = { ...states[1]!.now, vector: null };
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled(states) }));
    const memory = await openMemory({ embedder: null });
    const { imported, reembedded, pending } = await memory.import(file);
    equal([imported, reembedded, pending, (await memory.stats()).pending], [2, 0, 0, 0]);
    equal((await memory.recall({ namespace: "n", query: "what a says" })).results[0]?.memory.id, "a");
    const back = await openMemory({ embedder: SMALL });
    equal((await back.import(memory.export())).reembedded, 2);
  });

  test("what waits for a vector in the file goes on waiting", async () => {
    const states = [state("a")];
    states[0]!.now.memory.pending = true;
    states[0]!.now = { ...states[0]!.now, vector: null };
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled(states) }));
    const memory = await openMemory({ embedder: SMALL });
    equal((await memory.import(file)).pending, 0);
    equal((await memory.repair()).repaired, 1);
  });

  test("ids that are there: skipped, replaced with all they were, or a ConflictError", async () => {
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled([state("a"), state("b")]) }));
    const here = async (): Promise<AgentMemory> => {
      const memory = await openMemory({ embedder: SMALL });
      await memory.remember({ namespace: "n", id: "b", content: "what was here before", tier: "semantic" });
      await memory.update("n", "b", { content: "what is here by now" });
      return memory;
    };
    let memory = await here();
    equal(await outcome(memory.import(file)), { imported: 1, skipped: 1 });
    equal((await memory.get("n", "b"))?.content, "what is here by now");

    memory = await here();
    equal(await outcome(memory.import(file, { onConflict: "replace" })), { imported: 1, replaced: 1 });
    equal(await exportOf(memory), file, "nothing of what was here is left");
    await memory.update("n", "b", { content: "it goes on from there" });
    equal((await memory.versions("n", "b")).length, 2);

    memory = await here();
    const error = await fails(() => memory.import(file, { onConflict: "error" }), "conflict");
    equal(error.constructor.name, "ConflictError");
    ok(error.message.includes('"b"') && error.message.includes("0 memories had been imported before"), error.message);
    equal(await memory.get("n", "a"), undefined, "of a batch all or nothing");
  });

  test("former states that came along and those that are made here do not get in each other's way", async () => {
    const former = [1, 2, 3, 4].map((at) =>
      kept({ id: "a", content: `version ${at}` }, { knownFrom: at, knownUntil: at + 1 }),
    );
    const states = [{ now: kept({ id: "a", content: "version 5" }, { knownFrom: 5 }), former }];
    const source = await openMemory({ embedder: SMALL, store: await filled(states) });
    const memory = await openMemory({ embedder: SMALL });
    await memory.import(source.export());
    for (const at of [6, 7, 8]) await memory.update("n", "a", { content: `version ${at}` });
    const contents = (await memory.versions("n", "a")).map((version) => version.memory.content);
    equal(
      contents.sort(),
      [1, 2, 3, 4, 5, 6, 7, 8].map((at) => `version ${at}`),
    );
  });

  test("the id of a memory in another namespace is never taken", async () => {
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled([state("a"), state("b")]) }));
    for (const onConflict of ["skip", "replace"] as const) {
      const memory = await openMemory({ embedder: SMALL });
      await memory.remember({ namespace: "mine", id: "b", content: "what is mine stays mine", tier: "semantic" });
      const before = await memory.get("mine", "b");
      const { imported, rejected } = await memory.import(file, { onConflict });
      equal([imported, rejected.length, rejected[0]?.line], [1, 1, 3]);
      ok(rejected[0]!.reason.includes('"b" is that of a memory in another namespace'), rejected[0]!.reason);
      equal([await memory.get("mine", "b"), await memory.get("n", "b")], [before, undefined]);
      await fails(() => memory.import(file, { onConflict: "error" }), "conflict");
    }
  });

  test("into another namespace: memories and what they were, without links", async () => {
    const states = [state("a"), { ...state("b"), former: [kept({ id: "b" }, { knownUntil: 6 })] }];
    states[0]!.now.memory.namespace = "m";
    const source = await openMemory({ embedder: SMALL, store: await filled(states) });
    await source.link("n", "m");
    const memory = await openMemory({ embedder: SMALL });
    equal((await memory.import(source.export(), { namespace: "new" })).imported, 2);
    equal([await memory.namespaces(), await memory.links("n"), await memory.links("new")], [["new"], [], []]);
    equal(
      (await memory.versions("new", "b")).map((version) => version.memory.namespace),
      ["new", "new"],
    );
  });

  test("links join those that are there", async () => {
    await fc.assert(
      fc.asyncProperty(anyLinks, anyLinks, async (ours, theirs) => {
        const [memory, other] = [await openMemory({ embedder: SMALL }), await openMemory({ embedder: SMALL })];
        for (const { from, to } of ours) await memory.link(from, to);
        for (const { from, to } of theirs) await other.link(from, to);
        await memory.import(other.export());
        for (const { from, to } of theirs) await other.link(from, to);
        for (const { from, to } of ours) await other.link(from, to);
        equal(await exportOf(memory), await exportOf(other));
      }),
      { numRuns: cases(20) },
    );
  });

  test("a file that has an id twice, whole as it is: it is there the second time", async () => {
    const lines = (await exportOf(await numbered(1))).trimEnd().split("\n");
    const text = [lines[0], lines[1], lines[1]!.replace("what m1000 says", "otherwise"), ""].join("\n");
    const crc32 = new Crc32().add(encoder.encode(text)).hex;
    const file = `${text}${JSON.stringify({ kind: "end", memories: 2, former: 0, links: 0, crc32 })}`;
    const memory = await openMemory({ embedder: SMALL });
    equal(await outcome(memory.import(file)), { imported: 1, skipped: 1 });
    equal((await memory.get("n", "m1000"))?.content, "what m1000 says");
  });

  test("long memories are written a few at a time", async () => {
    const states = Array.from({ length: 40 }, (_, i) => state(`m${1000 + i}`));
    for (const { now } of states) now.memory.content = "x".repeat(60_000);
    const source = await openMemory({ embedder: SMALL, store: await filled(states) });
    const told: number[] = [];
    const memory = await openMemory({ embedder: SMALL });
    await memory.import(source.export(), { onProgress: ({ imported }) => told.push(imported) });
    ok(told.length === 3 && told.at(-1) === 40, `${told}`);
  });

  test("an id that comes twice in a file counts as there the second time", async () => {
    const twice = '{"content":"this content comes to two namespaces"}';
    const memory = await openMemory();
    equal(await outcome(memory.import(`${twice}\n${twice}`, { onConflict: "error" })), { imported: 1, skipped: 1 });
  });

  test("two imports of one file at once, in two processes: each memory once", async () => {
    const store = promised(memoryStore());
    const [one, other] = [await openMemory({ embedder: SMALL, store }), await openMemory({ embedder: SMALL, store })];
    const file = await exportOf(await numbered(200));
    const results = await Promise.all([one.import(file), other.import(streamOf(encoder.encode(file)))]);
    equal(
      results.map(({ imported }) => imported).reduce((a, b) => a + b),
      200,
    );
    equal(
      results.map(({ skipped }) => skipped).reduce((a, b) => a + b),
      200,
    );
    equal(await exportOf(one), file);
  });

  test("another process takes an id while it is imported, however seldom it is looked for others' writes", async () => {
    const store = memoryStore();
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled([state("a"), state("b")]) }));
    let meanwhile: (() => Promise<unknown>) | undefined;
    const busy = intercepted(store, async (method, call) => {
      const now = meanwhile;
      if (method === "commit" && now !== undefined) {
        meanwhile = undefined;
        await now();
      }
      return call();
    });
    const memory = await openMemory({ embedder: SMALL, store: busy, staleness: 60_000 });
    const other = await openMemory({ embedder: SMALL, store });
    meanwhile = () =>
      other.remember({ namespace: "n", id: "b", content: "first come, first served", tier: "semantic" });
    equal(await outcome(memory.import(file)), { imported: 1, skipped: 1 });
    equal((await memory.get("n", "b"))?.content, "first come, first served");
  });

  test("names such as __proto__, and metadata nested as deep as can be stored", async () => {
    const deep = JSON.parse(`${'{"a":['.repeat(1000)}1${"]}".repeat(1000)}`) as Memory["metadata"];
    const now = kept({ namespace: "__proto__", id: "__proto__", metadata: deep });
    const source = await openMemory({ embedder: SMALL, store: await filled([{ now, former: [] }]) });
    await source.remember({
      namespace: "__proto__",
      id: "constructor",
      content: "another name like any other",
      metadata: JSON.parse('{"__proto__":{"polluted":[{"b":1,"a":2}]},"toString":1}') as object,
    });
    const file = await exportOf(source);
    const memory = await openMemory({ embedder: SMALL });
    await memory.import(file);
    equal(await exportOf(memory), file);
    equal((Object.prototype as { polluted?: unknown }).polluted, undefined);
    const metadata = (await memory.get("__proto__", "constructor"))!.metadata;
    equal(JSON.stringify(metadata), '{"__proto__":{"polluted":[{"a":2,"b":1}]},"toString":1}');
  });

  test("as a text, a stream cut anywhere, an iterable of texts or of bytes", async () => {
    const states = [state("a")];
    states[0]!.now = kept({ id: "a", content: "😀 ä 漢" });
    const file = await exportOf(await openMemory({ embedder: SMALL, store: await filled(states) }));
    const bytes = encoder.encode(file);
    async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
      yield* items;
    }
    async function* again(): AsyncGenerator<Uint8Array> {
      const buffer = new Uint8Array(10);
      for (let at = 0; at < bytes.length; at += buffer.length) {
        const piece = bytes.subarray(at, at + buffer.length);
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
      }
    }
    for (const source of [
      file,
      again(),
      streamOf(bytes),
      streamOf(bytes, 1),
      each([bytes]),
      each(Array.from(file, (character) => [...character].join(""))),
      each(file.split("")), // halves of pairs apart
      new Blob([bytes]).stream(),
    ]) {
      const memory = await openMemory({ embedder: SMALL });
      await memory.import(source);
      equal(await exportOf(memory), file);
    }
    const memory = await openMemory({ embedder: SMALL });
    const locked = streamOf(bytes);
    locked.getReader();
    for (const source of [locked, 5, null, undefined, bytes, {}, ["a"]])
      await fails(() => memory.import(source as string), "argument");
    await fails(() => memory.import(each([1]) as unknown as AsyncIterable<string>), "argument");
    for (const options of [
      { format: "xml" },
      { onConflict: "merge" },
      { namespace: "" },
      { source: "" },
      { source: "a\nb" },
      { tier: "x" },
      { minLength: -1 },
      { onProgress: 1 },
      { signal: 1 },
    ])
      await fails(() => memory.import(file, options as ImportOptions), "argument");
    await memory.close();
    await fails(() => memory.import(file), "closed");
  });

  test("a source that fails, and one that is aborted, while it is waited for or before", async () => {
    const file = encoder.encode(await exportOf(await numbered(200)));
    const memory = await openMemory({ embedder: SMALL });
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield file.subarray(0, 100);
      throw new Error("the line went dead");
    }
    equal(((await rejection(() => memory.import(failing()))) as Error).message, "the line went dead");
    let left = false;
    const waiting = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(file.slice(0, 20_000)),
      cancel: () => {
        left = true;
      },
    });
    const end = new AbortController();
    const importing = rejection(() => memory.import(waiting, { signal: end.signal }));
    await turn(20);
    end.abort("enough");
    equal(await importing, "enough");
    await turn();
    ok(left, "the source is let go");
    let isLeft = false;
    const damaged = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode("[\n")),
      pull: (controller) => controller.enqueue(encoder.encode('{"content":"x"}\n'.repeat(10_000))),
      cancel: () => {
        isLeft = true;
      },
    });
    await fails(() => memory.import(damaged, { format: "mneme" }), "corrupt");
    await turn();
    ok(isLeft, "so is one that is of no use");
    const there = (await memory.list({ namespace: "n" })).length;
    ok(there === 64, `whole batches: ${there}`);
    equal(await rejection(() => memory.import(streamOf(file), { signal: AbortSignal.abort("no") })), "no");
    const all = new TextDecoder().decode(file);
    const others = Array.from({ length: 200 }, (_, i) => `{"content":"Number ${i} of the memories."}`).join("\n");
    for (const text of [all, others]) {
      const other = await openMemory({ embedder: SMALL });
      const stop = new AbortController();
      equal(
        await rejection(() => other.import(text, { signal: stop.signal, onProgress: () => stop.abort("now") })),
        "now",
      );
      ok((await other.stats()).memories <= 64, "no batch is begun");
    }
    equal((await memory.import(streamOf(file))).imported, 200 - there);
  });

  test("progress is told after every batch, the end to whoever watches; a listener that throws does no harm", async () => {
    const told: ImportProgress[] = [];
    const events: MemoryEvent[] = [];
    const memory = await openMemory({ embedder: SMALL, onEvent: (event) => events.push(event) });
    await memory.import(await exportOf(await numbered(100)), {
      onProgress: (progress) => {
        told.push(progress);
        throw new Error("not mine");
      },
    });
    equal(told, [
      { lines: 65, imported: 64, skipped: 0, replaced: 0, rejected: 0 },
      { lines: 102, imported: 100, skipped: 0, replaced: 0, rejected: 0 },
    ]);
    equal(
      events.map(({ type }) => type),
      ["import"],
    );
  });
};

const MEM0 = [
  {
    id: "f38b689d-6b24-45b7-bced-17fbb4d8bac7",
    memory: "Name: Alex. Vegetarian. Allergic to nuts.",
    user_id: "alex",
    agent_id: null,
    app_id: "bot",
    hash: "62bc074f56d1f909f1b4c2b639f56f6a",
    metadata: { source: "chat", room: 7 },
    categories: ["food", "health"],
    immutable: false,
    expiration_date: null,
    created_at: "2027-01-10T23:57:00.108347-07:00",
    updated_at: "2027-01-12T23:57:00.108367-07:00",
  },
  {
    id: "mem-2",
    memory: "Went to the dentist last Tuesday.",
    user_id: "alex",
    metadata: null,
    created_at: "2027-01-11T00:00:00Z",
    updated_at: "2027-01-11T00:00:00Z",
  },
];

const foreignTests: Suite = (test) => {
  test("memories of mem0, as a list, as its results, as lines, as pages a line", async () => {
    const files = {
      list: JSON.stringify(MEM0),
      "pretty list": JSON.stringify(MEM0, undefined, 2),
      results: JSON.stringify({ count: 2, next: null, previous: null, results: MEM0 }),
      "pretty results": JSON.stringify({ results: MEM0 }, undefined, "\t"),
      memories: JSON.stringify({ user: { id: "u" }, memories: MEM0, links: [] }),
      lines: MEM0.map((memory) => JSON.stringify(memory)).join("\n"),
      "lines of another system": `\ufeff${MEM0.map((memory) => JSON.stringify(memory)).join("\r\n\r\n")}\r\n`,
      pages: MEM0.map((memory) => JSON.stringify({ results: [memory] })).join("\n"),
    };
    let expected: string | undefined;
    for (const [name, file] of Object.entries(files)) {
      const memory = await openMemory();
      const result = await memory.import(file);
      equal([result.format, result.imported, result.rejected], ["mem0", 2, []], name);
      expected ??= await exportOf(memory);
      equal(await exportOf(memory), expected, name);
    }
    const memory = await openMemory();
    const { tag } = await memory.import(files.list);
    equal(tag, "import:mem0:2027-01-15");
    const alex = (await memory.list({ namespace: "alex", sort: "createdAt", ascending: true })) as Memory[];
    const createdAt = Date.parse("2027-01-11T06:57:00.108Z");
    equal(alex[1], {
      id: uuidv5("6f6d3b0e-4c7a-5b1e-9d58-2f6e1c0a7b34", JSON.stringify(["mem0", "alex", MEM0[0]!.memory])),
      namespace: "alex",
      tier: "episodic",
      content: "Name: Alex. Vegetarian. Allergic to nuts.",
      metadata: {
        subject: "alex",
        source_id: "f38b689d-6b24-45b7-bced-17fbb4d8bac7",
        user_id: "alex",
        app_id: "bot",
        immutable: false,
        source: "chat",
        room: 7,
        import_source: "mem0",
      },
      tags: ["food", "health", "import:mem0:2027-01-15"],
      importance: 0.25,
      createdAt,
      updatedAt: NOW,
      accessedAt: Date.parse("2027-01-13T06:57:00.108Z"),
      accessCount: 0,
      expiresAt: createdAt + 30 * DAY,
      validFrom: createdAt,
      links: [],
    });
    equal((await memory.recall({ namespace: "alex", query: "vegetarian nuts" })).results[0]?.memory.id, alex[1]?.id);
    equal(await memory.forget({ subject: "alex" }), 2, "forgotten with whom they are about");
  });

  test("what was deleted where it comes from does not come back", async () => {
    const memory = await openMemory();
    const line = (fields: object): string => JSON.stringify({ content: "This was said once upon a time.", ...fields });
    const { imported, rejected } = await memory.import(
      [line({ state: "deleted" }), line({ deleted_at: "2026-01-01" }), line({ state: "active", app: "cursor" })].join(
        "\n",
      ),
    );
    equal([imported, rejected.map(({ line }) => line)], [1, [1, 2]]);
  });

  test("what is known here is not imported: the same id, the same words in any case, what was superseded", async () => {
    const memory = await openMemory();
    const facts = ["The garage is behind the house.", "The bikes are in the garage.", "The key hangs beside the door."];
    const [old, , anew] = await Promise.all(
      facts.map((content) => memory.remember({ namespace: "n", content, tier: "semantic", duplicates: "off" })),
    );
    await memory.supersede("n", old!.id, anew!.id);
    const file = JSON.stringify([
      { content: "the GARAGE is  behind the house." },
      { content: "The bikes are in the garage." },
      { content: "Something new about the attic." },
      { content: "something new about\nthe ATTIC." },
      { content: "Something new about the attic.", metadata: { again: true } },
    ]);
    equal(await outcome(memory.import(file, { namespace: "n" })), { imported: 1, skipped: 4 });
    equal(await outcome(memory.import(file, { namespace: "n" })), { skipped: 5 });
    equal(
      await outcome(memory.import(file, { namespace: "n", source: "other" })),
      { skipped: 5 },
      "by another name too",
    );
    equal(await outcome(memory.import(file, { namespace: "m" })), { imported: 3, skipped: 2 }, "elsewhere it is new");
    ok((await memory.get("n", old!.id))!.supersededBy === anew!.id, "what was superseded stays so");
    // A tombstone of the import itself stays one, too.
    const [attic] = (await memory.list({ namespace: "n", tags: ["import:jsonl:2027-01-15"] })) as [Memory];
    await memory.supersede("n", attic.id, anew!.id);
    equal(await outcome(memory.import(file, { namespace: "n" })), { skipped: 5 });
    equal(await outcome(memory.import(file, { namespace: "n", onConflict: "replace" })), { replaced: 1, skipped: 4 });
    await fails(() => memory.import(file, { namespace: "n", onConflict: "error" }), "conflict");
  });

  test("what has expired here, or is forgotten while it is imported, does not count as known", async () => {
    let now = NOW;
    let meanwhile: (() => Promise<unknown>) | undefined;
    const embedder: Embedder = {
      ...WORDS,
      async embed(texts) {
        await meanwhile?.();
        return WORDS.embed(texts);
      },
    };
    const memory = await openMemory({ embedder, clock: () => now });
    const [short, long] = ["This was true for an hour only.", "This is imported from elsewhere."];
    await memory.remember({ content: short!, tier: "semantic", ttl: "1h" });
    now += 3_600_000;
    equal(await outcome(memory.import(JSON.stringify([{ content: short }, { content: long }]))), { imported: 2 });
    const [there] = await memory.list({ limit: 1 });
    meanwhile = () => memory.forget("default", there!.id);
    const file = JSON.stringify([{ content: there!.content }, { content: "This is imported a little later." }]);
    equal(await outcome(memory.import(file)), { imported: 1, skipped: 1 }, "it was there when it was looked for");
  });

  test("ids come from the source, the namespace and the content: the same everywhere, and undone by their tag", async () => {
    const file = MEM0.map((memory) => JSON.stringify(memory)).join("\n");
    const ids = async (options: ImportOptions): Promise<string[]> => {
      const memory = await openMemory();
      await memory.remember({ namespace: "alex", content: "what was there stays there", tier: "semantic" });
      const { tag } = await memory.import(file, options);
      const lines = await linesOf(memory);
      equal([await memory.forget({ tag: tag! }), (await memory.stats()).memories], [2, 1]);
      return lines.filter(({ tags }) => (tags as string[] | undefined)?.includes(tag!)).map(({ id }) => id as string);
    };
    const here = await ids({});
    equal(await ids({}), here);
    const others = [...here, ...(await ids({ source: "other" })), ...(await ids({ namespace: "x" }))];
    equal(new Set(others).size, 6);
    equal(uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    for (const length of [0, 39, 40, 47, 48, 100]) {
      ok(
        /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(uuidv5(here[0]!, "x".repeat(length))),
        "",
      );
    }
  });

  test("plain lines: every field that is known, whatever it is called; the rest is metadata", async () => {
    const memory = await openMemory();
    const line = {
      id: 7,
      text: "The bakery opens at six in the morning.",
      namespace: "town/bakery",
      tier: "procedural",
      level: "explicit",
      summary: "opening hours",
      tags: ["hours", "handoff", "pinned"],
      importance: 0.9,
      confidence: 0.95,
      valid_from: "2026-01-01",
      validTo: "2028-01-01 12:00",
      ttl: "400d",
      createdAt: "2026-12-01T08:00:00",
      author: "anna",
      score: 0.3,
      embedding: [1, 2, 3],
      metadata: { author: "bob", nested: { a: [1] } },
    };
    const result = await memory.import(JSON.stringify(line), { source: "notes" });
    equal([result.format, result.imported, result.tag], ["jsonl", 1, "import:notes:2027-01-15"]);
    const [there] = await memory.list({ namespace: "town/bakery" });
    const { id: _id, ...rest } = there!;
    const createdAt = Date.parse("2026-12-01T08:00:00Z");
    equal(rest, {
      namespace: "town/bakery",
      tier: "procedural",
      level: "explicit",
      content: line.text,
      summary: "opening hours",
      metadata: { source_id: "7", author: "bob", nested: { a: [1] }, import_source: "notes" },
      tags: ["hours", "pinned", "import:notes:2027-01-15"],
      importance: 0.9,
      confidence: 0.7,
      createdAt,
      updatedAt: NOW,
      accessedAt: createdAt,
      accessCount: 0,
      expiresAt: createdAt + 400 * DAY,
      ttl: 400 * DAY,
      validFrom: Date.parse("2026-01-01T00:00:00Z"),
      validTo: Date.parse("2028-01-01T12:00:00Z"),
      links: [],
    } as unknown as Omit<Memory, "id">);
    equal((await memory.versions("town/bakery", there!.id))[0]?.knownFrom, NOW);
    const over = { text: "This was over before it was told.", createdAt: "2027-01-01", validTo: "2026-01-01" };
    await memory.import(JSON.stringify(over));
    const [past] = await memory.list({ includeSuperseded: true });
    equal([past?.validFrom, past?.validTo], [undefined, Date.parse(over.validTo)]);
  });

  test("defaults: episodic or the tier asked for, importance 0.25, durable ones with a confidence of 0.25", async () => {
    const memory = await openMemory();
    const lines = [
      { content: "Nothing is said about this at all." },
      { content: "This is said to be known well.", tier: "semantic" },
    ];
    await memory.import(JSON.stringify(lines));
    await memory.import(JSON.stringify(lines), { namespace: "facts", tier: "procedural" });
    const of = async (namespace: string): Promise<unknown[]> =>
      (await memory.list({ namespace }))
        .map(({ content, tier, importance, confidence, createdAt, expiresAt }) => [
          content[0],
          tier,
          importance,
          confidence,
          createdAt,
          expiresAt,
        ])
        .sort();
    equal(await of("default"), [
      ["N", "episodic", 0.25, undefined, NOW, NOW + 30 * DAY],
      ["T", "semantic", 0.25, 0.25, NOW, null],
    ]);
    equal(await of("facts"), [
      ["N", "procedural", 0.25, 0.25, NOW, null],
      ["T", "semantic", 0.25, 0.25, NOW, null],
    ]);
  });

  test("noise goes, secrets go, what is left must be long enough", async () => {
    const events: MemoryEvent[] = [];
    const redact = (text: string): { text: string; kinds: string[] } => ({
      text: text.replaceAll(/sk-\w+/g, "[secret]"),
      kinds: text.includes("sk-") ? ["key"] : [],
    });
    const memory = await openMemory({ redact, onEvent: (event) => events.push(event) });
    const file = JSON.stringify([
      {
        content: "<system-reminder>noise noise noise noise</system-reminder>The token is sk-abc123, keep it.",
        metadata: { token: "sk-def456" },
      },
      { content: "<system-reminder>noise noise noise noise</system-reminder>short" },
      { content: "User: ok, thank you" },
      { content: "          \u0007           " },
      { content: "Nineteen characters" },
      { content: "Twenty characters OK" },
      { content: "😀".repeat(19) },
    ]);
    const { imported, rejected } = await memory.import(file);
    equal([imported, rejected.map(({ line }) => line)], [2, [2, 3, 4, 5, 7]]);
    equal(rejected[0]?.reason, "it has fewer than 20 characters");
    const all = await exportOf(memory);
    ok(!/sk-|noise/.test(all), all);
    ok(all.includes("The token is [secret], keep it."), all);
    const told = events.find((event) => event.type === "import");
    equal(told?.type === "import" && [told.imported, told.rejected, told.redacted], [2, 5, ["key"]]);
    equal((await memory.import(file, { minLength: 0, namespace: "all" })).imported, 6);
  });

  test("what has no content, or what cannot be, is told with its line; the rest comes", async () => {
    const good = "This one is as it should be.";
    const lines: [unknown, string][] = [
      [{ content: good }, ""],
      ["{", "it is not JSON"],
      ["[1]", "it is no JSON object"],
      ["null", "it is no JSON object"],
      [{ title: good }, "it has no content"],
      [{ content: 5, text: good }, "it has no content"],
      [{ content: `${good} 1`, tier: "eternal" }, '"tier" expected'],
      [{ content: `${good} 2`, importance: 7 }, '"importance" expected'],
      [{ content: `${good} 3`, tags: "a,b" }, "its tags are no list"],
      [{ content: `${good} 4`, tags: [1] }, '"tags" expected'],
      [{ content: `${good} 5`, metadata: "x" }, "its metadata is no object"],
      [{ content: `${good} 6`, created_at: "yesterday" }, "its created_at is no moment"],
      [{ content: `${good} 7`, created_at: "1969-12-31" }, "before 1970"],
      [{ content: `${good} 8`, namespace: "a\0b" }, '"namespace" expected'],
      [{ content: `${good} 9`, namespace: 5 }, '"namespace" expected'],
      [{ content: `${good} 10`, created_at: "2026-01-01" }, "it has expired: it is episodic"],
      [{ content: `${good} 11`, expiresAt: "2027-01-01T00:00:00Z" }, "it has expired"],
      [{ content: `${good} 12`, ttl: -1 }, '"ttl" expected'],
      [{ content: `${good} 13`, validFrom: 5e12, validTo: 4e12 }, '"validTo" is not after'],
      [{ content: "x".repeat(70_000) }, "70000 bytes came"],
      [{ content: `${good} 14`, metadata: { a: "x".repeat(70_000) } }, "bytes allowed"],
      [{ content: `${good} 15`, tier: "semantic", created_at: "2019-01-01" }, ""],
    ];
    const memory = await openMemory();
    const file = lines.map(([line]) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
    const { imported, rejected } = await memory.import(file);
    equal(imported, 2);
    equal(
      rejected.map(({ line }) => line),
      lines.flatMap(([, reason], i) => (reason === "" ? [] : [i + 1])),
    );
    for (const { line, reason } of rejected) ok(reason.includes(lines[line - 1]![1]), `${line}: ${reason}`);
  });

  test("of what is refused, a hundred are listed", async () => {
    const memory = await openMemory();
    const { rejected, unlisted } = await memory.import("{}\n".repeat(250));
    equal([rejected.length, unlisted, rejected.at(-1)?.line], [100, 150, 100]);
  });

  test("times in every spelling", async () => {
    const whole = Date.parse("2027-01-10T10:20:30.123Z");
    const table: [unknown, number][] = [
      [whole, whole],
      [String(whole), whole],
      [Math.floor(whole / 1000), Math.floor(whole / 1000) * 1000],
      [whole / 1000, whole],
      ["2027-01-10T10:20:30.123Z", whole],
      ["2027-01-10t10:20:30.123456789z", whole],
      ["2027-01-10 10:20:30.123456", whole],
      ["2027-01-10 10:20:30.123+00:00", whole],
      ["2027-01-10T12:20:30.123+0200", whole],
      ["2027-01-10T03:20:30.1234-07:00", whole],
      ["2027-01-10T10:20:30.1", whole - 23],
      ["2027-01-10T10:20", Date.parse("2027-01-10T10:20:00Z")],
      ["2027-01-10", Date.parse("2027-01-10T00:00:00Z")],
      ["2127-01-10", NOW],
    ];
    for (const [created_at, expected] of table) {
      const memory = await openMemory();
      await memory.import(JSON.stringify([{ content: "Something that happened then.", created_at }]));
      equal((await memory.list({}))[0]?.createdAt, expected, String(created_at));
    }
  });

  test("embedded 64 at a time; an embedder that fails leaves them pending, found by their words, repaired later", async () => {
    const calls: number[] = [];
    let works = true;
    const embedder: Embedder = {
      ...WORDS,
      embed: (texts) => {
        calls.push(texts.length);
        if (!works) throw new Error("down");
        return WORDS.embed(texts);
      },
    };
    const file = Array.from({ length: 150 }, (_, i) =>
      JSON.stringify({ content: `The parcel number ${i} has arrived.` }),
    ).join("\n");
    const told: ImportProgress[] = [];
    const memory = await openMemory({ embedder });
    await memory.import(file, { onProgress: (progress) => told.push(progress) });
    equal(calls, [64, 64, 22]);
    equal(
      told.map(({ lines, imported }) => [lines, imported]),
      [
        [64, 64],
        [128, 128],
        [150, 150],
      ],
    );
    works = false;
    const { imported, pending, reembedded } = await memory.import(file, { namespace: "later" });
    equal([imported, pending, reembedded], [150, 150, 0]);
    await memory.flush();
    ok((await memory.recall({ namespace: "later", query: "parcel number 77" })).results.length > 0, "by their words");
    works = true;
    equal((await memory.stats("later")).pending, 150);
  });

  test("what is like something known, or contradicts it, is left to others to find", async () => {
    const events: MemoryEvent[] = [];
    const memory = await openMemory({ onEvent: (event) => events.push(event), duplicates: { action: "coalesce" } });
    await memory.remember({ content: "The shop closes at eight in the evening.", tier: "semantic" });
    const file = JSON.stringify([{ content: "The shop closes at nine in the evening.", tier: "semantic" }]);
    equal((await memory.import(file)).imported, 1);
    equal(
      events.map(({ type }) => type),
      ["remember", "import"],
    );
    equal((await memory.stats()).memories, 2);
  });

  test("what is no JSON at all is an error, not an empty import; an empty list is none", async () => {
    const memory = await openMemory();
    for (const file of ["hello", "./memories.jsonl", "[{", "5", '"text"', "\ufffd", "[[]]"]) {
      const error = await fails(() => memory.import(file), "corrupt");
      ok(error.message.includes("not a path"), error.message);
    }
    await fails(() => memory.import(streamOf(Uint8Array.of(0xff, 0xfe, 10, 0xff))), "corrupt");
    equal(await outcome(memory.import("[]")), {});
    equal(await outcome(memory.import('{"results":[]}', { format: "mem0" })), {});
    const bad = `${JSON.stringify({ content: "The first line is as it should be." })}\n`;
    const bytes = Uint8Array.of(...encoder.encode(bad), 0xff, 10, ...encoder.encode(bad.replace("first", "third")));
    const { imported, rejected } = await memory.import(streamOf(bytes));
    equal([imported, rejected], [2, [{ line: 2, reason: "it is not JSON" }]]);
  });

  test("a line of gigabytes is not held", async () => {
    const memory = await openMemory();
    let given = 0;
    async function* endless(): AsyncGenerator<string> {
      yield '{"content":"The first line is as it should be."}\n{"content":"';
      for (;;) {
        given += 2 ** 20;
        yield "x".repeat(2 ** 20);
      }
    }
    await fails(() => memory.import(endless()), "argument");
    ok(given < 2 ** 25, `${given} bytes were taken`);
  });
};

function state(id: string): States {
  return { now: kept({ id }), former: [] };
}

async function numbered(count: number): Promise<AgentMemory> {
  const states = Array.from({ length: count }, (_, i) => state(`m${1000 + i}`));
  return openMemory({ embedder: SMALL, store: await filled(states) });
}

/** What of it is not nothing. */
async function outcome(importing: Promise<Imported>): Promise<Partial<Imported>> {
  const { imported, skipped, replaced, rejected } = await importing;
  const counts = { imported, skipped, replaced, rejected: rejected.length };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)) as Partial<Imported>;
}

function dot(a: Float32Array, b: Float32Array): number {
  const length = Math.hypot(...b);
  return a.reduce((sum, x, i) => sum + (x * b[i]!) / length, 0);
}
