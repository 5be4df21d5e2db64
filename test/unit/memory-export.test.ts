import fc from "fast-check";
import { memoryStore, type Store } from "../../src/index.ts";
import { Crc32 } from "../../src/memory/crc32.ts";
import type { AgentMemory, ExportProgress, Imported } from "../../src/memory/index.ts";
import { keptIn, putOf } from "../../src/memory/record.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { countingEmbedder, intercepted, promised, turn } from "./cache-fixtures.ts";
import {
  anyLinks,
  anyStates,
  exportOf,
  filled,
  kept,
  linesOf,
  NOW,
  openMemory,
  reordering,
  SMALL,
  type States,
} from "./memory-file-fixtures.ts";

const DAY = 86_400_000;

/** Memories leave a store, whole, and come into any other. */
export const memoryExportTests: Suite = (test) => {
  test("what is exported and imported into any other store is exported again as the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(anyStates, anyLinks, async (states, links) => {
        const embedder = {
          ...SMALL,
          embed: () => {
            throw new Error("nothing is to be embedded");
          },
        };
        const from = await openMemory({ embedder, store: await filled(states) });
        for (const { from: near, to } of links) await from.link(near, to);
        const file = await exportOf(from);
        const store = memoryStore();
        const to = await openMemory({ embedder, store: reordering(promised(store)) });
        const { imported, ...others } = await to.import(file);
        equal(imported, states.length);
        const nothing = { skipped: 0, replaced: 0, reembedded: 0, pending: 0, rejected: [], unlisted: 0 };
        equal(others, { format: "mneme", ...nothing, tag: undefined } as Omit<Imported, "imported">);
        equal(await exportOf(to), file);
        for (const { now } of states) {
          equal(putOf(keptIn(store.get("memories", now.memory.id)!)), putOf(now), "what is there is what was there");
        }
        const again = await to.import(file, { onConflict: "replace" });
        equal([again.imported, again.replaced], [0, states.length]);
        equal(await exportOf(to), file, "replaced by themselves");
      }),
      { numRuns: cases(60) },
    );
  });

  test("the same memories are the same bytes, whatever was written first and however the store orders what it keeps", async () => {
    await fc.assert(
      fc.asyncProperty(anyStates, async (states) => {
        const one = await openMemory({ embedder: SMALL, store: await filled(states) });
        const backwards = states.map(({ now, former }) => ({ now, former: [...former].reverse() })).reverse();
        const other = await openMemory({ embedder: SMALL, store: reordering(await filled(backwards)) });
        equal(await exportOf(other), await exportOf(one));
      }),
      { numRuns: cases(30) },
    );
  });

  test("nothing is lost that exports of the reference lose: level, opinion, confidence, uses, validity, what took a memory's place, links, former states, vectors; tombstones stay tombstones", async () => {
    const pass = { now: NOW };
    const clock = (): number => pass.now;
    const embedder = countingEmbedder();
    const models = { assess: async () => 0.77 };
    const from = await openMemory({ embedder, clock, models });
    const old = await from.remember({ content: "Anna works for the railway in Bern.", tier: "semantic" });
    const place = await from.remember({
      content: "The office is in Zurich, by the lake.",
      tier: "semantic",
      level: "deduced",
    });
    pass.now += DAY;
    const anew = await from.remember({
      content: "Anna has her own bakery now.",
      tier: "semantic",
      confidence: 0.7,
      links: [place.id],
      validFrom: NOW - DAY,
      validTo: NOW + 400 * DAY,
    });
    await from.supersede("default", old.id, anew.id);
    await from.update("default", place.id, { content: "The office is in Basel, by the river." });
    await from.recall({ query: "Anna bakery" });
    await from.link("default", "team");
    await from.flush();

    const embedded = embedder.embedded.length;
    const to = await openMemory({ embedder, clock });
    equal((await to.import(from.export())).imported, 3);
    equal(embedder.embedded.length, embedded, "nothing was embedded anew");
    for (const { id } of [old, place, anew]) {
      equal(await to.get("default", id), await from.get("default", id));
      equal(await to.vector("default", id), await from.vector("default", id));
      equal(await to.versions("default", id), await from.versions("default", id));
      equal(await to.history("default", id), await from.history("default", id));
    }
    const there = (await to.get("default", anew.id))!;
    ok(there.accessCount === 1 && there.confidence === 0.7 && there.assessedImportance === 0.77, JSON.stringify(there));
    equal((await to.get("default", place.id))!.level, "deduced");
    equal(await to.links("default"), ["team"]);
    const found = await to.recall({ query: "Anna works for the railway in Bern" });
    ok(!found.results.some(({ memory }) => memory.id === old.id), "what was superseded is not seen");
    const then = await to.recall({ query: "Anna works for the railway in Bern", asOf: NOW + 1 });
    equal(then.results[0]?.memory.id, old.id, "but as of before");
    const known = await to.recall({ query: "office by the lake", knownAt: NOW + 1 });
    equal(known.results[0]?.memory.content, "The office is in Zurich, by the lake.");
  });

  test("the format: a header, memories by namespace and id, each before what it was, links, and an end", async () => {
    const states: States[] = [
      { now: kept({ id: "b", namespace: "n" }), former: [] },
      {
        now: kept(
          {
            id: "a",
            namespace: "n",
            tier: "episodic",
            level: "explicit",
            content: "ä\n",
            summary: "s",
            metadata: { z: 1, a: { y: [null], b: "\ud800" } },
            tags: ["t", "s"],
            importance: 0.25,
            assessedImportance: 0.5,
            confidence: 0.75,
            expiresAt: 9000,
            ttl: null,
            validFrom: -1,
            validTo: 5,
            supersededBy: "b",
            contradicted: { by: "b", confidence: 1 },
            links: ["b"],
            pending: true,
            accessCount: 2,
          },
          { vector: null, repair: { attempts: 1, nextAt: 7, problem: "p" }, promotedAt: 8, knownFrom: 6 },
        ),
        former: [kept({ id: "a", namespace: "n" }, { knownUntil: 6 })],
      },
      { now: kept({ id: "c", namespace: "m" }), former: [] },
    ];
    const memory = await openMemory({ embedder: SMALL, store: await filled(states) });
    await memory.link("n", "z");
    await memory.link("n", "m");
    const plain = (id: string, namespace: string, kind: string, rest = ""): string =>
      `{"kind":"${kind}","id":"${id}","namespace":"${namespace}","tier":"semantic","content":"what ${id} says","metadata":{},"tags":[],"importance":0.5,"createdAt":1000,"updatedAt":2000,"accessedAt":3000,"accessCount":0,"expiresAt":null,"links":[],"knownFrom":1000${rest},"vector":"AAAAAAAAgD8="}`;
    const lines = [
      '{"format":"mneme-memories","version":1,"fingerprint":"small","dimensions":2}',
      plain("c", "m", "memory"),
      '{"kind":"memory","id":"a","namespace":"n","tier":"episodic","level":"explicit","content":"ä\\n","summary":"s","metadata":{"a":{"b":"\\ud800","y":[null]},"z":1},"tags":["t","s"],"importance":0.25,"assessedImportance":0.5,"confidence":0.75,"createdAt":1000,"updatedAt":2000,"accessedAt":3000,"accessCount":2,"expiresAt":9000,"ttl":null,"validFrom":-1,"validTo":5,"supersededBy":"b","contradicted":{"by":"b","confidence":1},"links":["b"],"pending":true,"repair":{"attempts":1,"nextAt":7,"problem":"p"},"promotedAt":8,"knownFrom":6,"vector":null}',
      plain("a", "n", "former", ',"knownUntil":6'),
      plain("b", "n", "memory"),
      '{"kind":"link","from":"n","to":"m"}',
      '{"kind":"link","from":"n","to":"z"}',
    ];
    const text = lines.map((line) => `${line}\n`).join("");
    const { hex } = new Crc32().add(new TextEncoder().encode(text));
    equal(await exportOf(memory), `${text}{"kind":"end","memories":3,"former":1,"links":2,"crc32":"${hex}"}\n`);
    equal(new Crc32().add(new TextEncoder().encode("123456789")).hex, "cbf43926");
    equal(new Crc32().hex, "00000000");
  });

  test("documents stay documents, also for another embedder, and what was kept from it stays so", async () => {
    const from = await openMemory({ embedder: SMALL });
    await from.put([
      { id: "m", content: "red", metadata: { n: 1 } },
      { id: "n", content: "blue", embed: false },
    ]);
    const file = await exportOf(from);
    const embedder = countingEmbedder();
    const to = await openMemory({ embedder });
    const { imported, reembedded, pending } = await to.import(file);
    equal([imported, reembedded, pending, embedder.embedded], [2, 1, 0, ["red"]]);
    const all = await to.list({ sort: "createdAt", ascending: true });
    equal(
      all.map(({ id, document, embed, pending }) => [id, document, embed, pending]),
      [
        ["m", true, undefined, undefined],
        ["n", true, false, undefined],
      ],
    );
  });

  test("an empty memory, and one without an embedder", async () => {
    const memory = await openMemory({ embedder: null });
    const header = { format: "mneme-memories", version: 1, fingerprint: null, dimensions: 0 };
    const end = (await linesOf(memory)).at(-1)!;
    equal(await linesOf(memory), [header, { kind: "end", memories: 0, former: 0, links: 0, crc32: end.crc32 }]);
    equal((await (await openMemory()).import(memory.export())).imported, 0);
  });

  test("one namespace, with the links that lead from it; without former states", async () => {
    const states = ["n", "n/m", "o"].map((namespace) => ({
      now: kept({ id: `of ${namespace}`, namespace }),
      former: [kept({ id: `of ${namespace}`, namespace }, { knownUntil: 6 })],
    }));
    const memory = await openMemory({ embedder: SMALL, store: await filled(states) });
    await memory.link("n", "o");
    await memory.link("o", "n");
    const kinds = (lines: Record<string, unknown>[]): unknown[] =>
      lines.slice(1, -1).map(({ kind, namespace, from }) => `${kind} of ${namespace ?? from}`);
    equal(kinds(await linesOf(memory, { namespace: "n" })), ["memory of n", "former of n", "link of n"]);
    equal(kinds(await linesOf(memory, { namespace: "n", versions: false })), ["memory of n", "link of n"]);
    equal((await linesOf(memory, { versions: false })).at(-1)?.memories, 3);
    const other = await openMemory({ embedder: SMALL });
    await other.import(memory.export({ namespace: "n" }));
    equal(await exportOf(other), await exportOf(memory, { namespace: "n" }));
  });

  test("it is read a page at a time, as the bytes are asked for; who stops reading stops it", async () => {
    const states = Array.from({ length: 500 }, (_, i) => ({
      now: kept({ id: `memory ${i}` }),
      former: i % 50 === 0 ? [kept({ id: `memory ${i}` }, { knownUntil: 6 })] : [],
    }));
    const calls: number[] = [];
    const store = await filled(states);
    let asked = 0;
    const watched = new Proxy(store, {
      get(target, method: keyof Store) {
        asked++;
        const member = target[method] as unknown;
        if (method !== "getMany") return typeof member === "function" ? member.bind(target) : member;
        return (ids: readonly number[]) => {
          calls.push(ids.length);
          return target.getMany(ids);
        };
      },
    });
    const memory = await openMemory({ embedder: SMALL, store: watched });
    asked = 0;
    const stream = memory.export();
    await turn(5);
    equal(asked, 0, "nothing before it is asked for");
    const reader = stream.getReader();
    await reader.read();
    await reader.read();
    await turn(5);
    ok(calls.length <= 2 && calls[0]! > 10, `two pieces: ${calls}`);
    await reader.cancel();
    await turn(5);
    ok(calls.length <= 2, `none after it was cancelled: ${calls}`);
    calls.length = 0;
    equal((await linesOf(memory)).at(-1), { ...(await linesOf(memory)).at(-1)!, memories: 500, former: 10 });
    ok(Math.max(...calls) <= 64, `${Math.max(...calls)} at once`);
  });

  test("a memory that is changed, moved or forgotten meanwhile is whole or not there", async () => {
    const states = Array.from({ length: 200 }, (_, i) => ({ now: kept({ id: `m${1000 + i}` }), former: [] }));
    const store = await filled(states);
    let meanwhile: (() => Promise<unknown>) | undefined;
    const busy = intercepted(store, async (method, call) => {
      const now = meanwhile;
      if (method === "getMany" && now !== undefined) {
        meanwhile = undefined;
        await now();
      }
      return call();
    });
    const memory = await openMemory({ embedder: SMALL, store: busy });
    const other = await openMemory({ embedder: SMALL, store });
    const reader = memory.export({ namespace: "n" }).getReader();
    let text = "";
    const decoder = new TextDecoder();
    const read = async (): Promise<boolean> => {
      const { done, value } = await reader.read();
      if (!done) text += decoder.decode(value);
      return !done;
    };
    await read();
    meanwhile = () => other.update("n", "m1003", { content: "changed" });
    await read();
    await other.forget("n", "m1150");
    await other.reassign("n", ["m1160"], "o");
    while (await read());
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const of = (id: string): string[] =>
      lines.filter((line) => line.id === id).map(({ kind, content }) => `${kind}: ${content}`);
    equal(of("m1003"), ["memory: changed", "former: what m1003 says"]);
    equal([of("m1150"), of("m1160"), lines.at(-1).memories], [[], [], 198]);
    equal((await (await openMemory({ embedder: SMALL })).import(text)).imported, 198);
  });

  test("uses that wait to be written are in it", async () => {
    const store = intercepted(memoryStore(), async (method, call) => {
      if (method === "commit") await turn(20);
      return call();
    });
    const memory = await openMemory({ store });
    await memory.remember({ content: "The kettle is in the cellar.", tier: "semantic" });
    await memory.recall({ query: "kettle" });
    equal((await linesOf(memory))[1]?.accessCount, 1);
  });

  test("progress is told, and a listener that throws does no harm", async () => {
    const states = Array.from({ length: 130 }, (_, i) => ({ now: kept({ id: `${i}` }), former: [] }));
    const memory = await openMemory({ embedder: SMALL, store: await filled(states) });
    const told: ExportProgress[] = [];
    await exportOf(memory, {
      onProgress: (progress) => {
        told.push(progress);
        throw new Error("not mine");
      },
    });
    equal(told, [
      { memories: 64, total: 130 },
      { memories: 128, total: 130 },
      { memories: 130, total: 130 },
    ]);
  });

  test("aborted it fails with the reason; closed or misused it is an error", async () => {
    const memory = await openMemory({
      embedder: SMALL,
      store: await filled([{ now: kept({ id: "a" }), former: [] }]),
    });
    const end = new AbortController();
    const reader = memory.export({ signal: end.signal }).getReader();
    await reader.read();
    end.abort(new Error("enough"));
    equal(((await rejection(() => reader.read())) as Error).message, "enough");
    equal(await rejection(() => exportOf(memory, { signal: AbortSignal.abort("no") })), "no");
    const misuse = (options: object): Promise<unknown> => fails(() => exportOf(memory, options), "argument");
    await misuse({ namespace: "" });
    await misuse({ versions: 1 });
    await misuse({ onProgress: 1 });
    await misuse({ signal: 1 });
    const stream = memory.export();
    await memory.close();
    await fails(() => stream.getReader().read(), "closed");
    await fails(() => exportOf(memory as AgentMemory), "closed");
  });
};
