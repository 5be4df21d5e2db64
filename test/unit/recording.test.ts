import fc from "fast-check";
import type { Json, SemanticCache } from "../../src/index.ts";
import { openRecording, type RecordingFile, type RecordingMode } from "../../src/recording/recording.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

interface TestFile extends RecordingFile {
  text: string | undefined;
  writes: number;
}

function fileOf(text?: string): TestFile {
  return {
    text,
    writes: 0,
    read() {
      return this.text;
    },
    write(text) {
      this.text = text;
      this.writes++;
    },
  };
}

const never = (): never => {
  throw new Error("the model was asked");
};

async function session<T, V = string>(
  file: RecordingFile,
  mode: RecordingMode,
  use: (cache: SemanticCache<V>) => Promise<T>,
): Promise<T> {
  const cache = await openRecording<V>({ file, mode });
  const result = await use(cache);
  await cache.close();
  return result;
}

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}

export const recordingTests: Suite = (test) => {
  test("what is recorded is a text that can be read, in an order of its own, without times", async () => {
    const file = fileOf();
    await session(file, "record", async (cache) => {
      await cache.wrap("b", () => "of b", { scope: { model: "m" }, ttl: 1, tags: ["t"], metadata: { n: 1 } });
      await cache.wrap("a", () => "of\na", { admit: () => false });
      await cache.put("a", "other", { namespace: "A" });
    });
    equal(
      file.text,
      `{
  "mneme": "recording",
  "version": 1,
  "entries": [
    {
      "namespace": "A",
      "query": "a",
      "response": "other"
    },
    {
      "namespace": "default",
      "query": "a",
      "response": "of\\na"
    },
    {
      "namespace": "default",
      "query": "b",
      "scope": "7f7b5f5ae0d0b6ae1d5ff7e8a3d6d0a8",
      "tags": [
        "t"
      ],
      "metadata": {
        "n": 1
      },
      "response": "of b"
    }
  ]
}
`.replace("7f7b5f5ae0d0b6ae1d5ff7e8a3d6d0a8", /"scope": "(\w{32})"/.exec(file.text!)?.[1] ?? "none"),
    );
  });

  test("a replay answers through every verb, and asks nobody", async () => {
    const file = fileOf();
    await session(file, "record", async (cache) => {
      await cache.wrap("a", () => "of a", { scope: { model: "m" } });
      await textOf(cache.stream("s", () => ["of ", "s"]));
    });
    await session(file, "replay", async (cache) => {
      equal((await cache.wrap("a", never, { scope: { model: "m" } })).response, "of a");
      equal(await textOf(cache.stream("s", never)), "of s");
      equal((await cache.get("s"))?.response, "of s");
      equal(
        (await cache.getMany(["s", "a"])).map((hit) => hit?.response),
        ["of s", undefined],
      );
      // Told what would keep a cache from serving it.
      const strict = { bypass: true, staleAfter: 1, threshold: 1, embedding: [1, 2, 3], semantic: true, admit: never };
      equal((await cache.wrap("s", never, strict)).response, "of s");
    });
    equal(file.writes, 1);
  });

  test("a replay that has no answer fails before anything is computed, and says what to do", async () => {
    const file = fileOf();
    const query = "q".repeat(150);
    await session(file, "record", (cache) => cache.wrap(query, () => "x", { scope: 1 }));
    await session(file, "replay", async (cache) => {
      const changed = await fails(() => cache.wrap(query, never, { scope: 2 }), "unrecorded");
      ok(changed.message.includes(`"${"q".repeat(100)}…"`), changed.message);
      ok(/has one for another scope or namespace/.test(changed.message), changed.message);
      ok(/mode: "auto"/.test(changed.remedy), changed.remedy);
      const missing = await fails(() => textOf(cache.stream("other", never)), "unrecorded");
      ok(
        !/has one/.test(missing.message) && missing.message.includes('"other" (namespace "default")'),
        missing.message,
      );
      equal(await cache.get("other"), undefined, "get is a plain miss");
      await fails(() => cache.wrap(query, never, { scope: 1, namespace: "n" }), "unrecorded");
      await fails(() => cache.wrap(query.toUpperCase(), never, { scope: 1 }), "unrecorded");
    });
    await fails(() => openRecording({ file: fileOf(), mode: "replay" }), "unrecorded");
  });

  test("auto computes what is missing and adds it; without anything new nothing is written", async () => {
    const file = fileOf();
    let computed = 0;
    const ask = (cache: SemanticCache, query: string) => cache.wrap(query, () => `${++computed}`);
    await session(file, "auto", (cache) => ask(cache, "a"));
    await session(file, "auto", async (cache) => equal((await ask(cache, "a")).response, "1"));
    equal([computed, file.writes], [1, 1]);
    file.text = JSON.stringify(JSON.parse(file.text!)).replace(/^/, "\ufeff"); // formatted by another tool
    await session(file, "auto", (cache) => ask(cache, "a"));
    equal(file.writes, 1);
    await session(file, "auto", (cache) => ask(cache, "b"));
    equal([computed, file.writes], [2, 2]);
    await session(file, "replay", async (cache) => equal((await ask(cache, "a")).response, "1"));
  });

  test("record computes all anew, keeps the file until then, and gives the same bytes for the same answers", async () => {
    const file = fileOf();
    const asked: string[] = [];
    const ask = async (cache: SemanticCache, query: string): Promise<void> => {
      await cache.wrap(query, () => {
        asked.push(query);
        return `of ${query}`;
      });
    };
    await session(file, "record", async (cache) => {
      for (const query of ["a", "b", "a"]) await ask(cache, query);
    });
    const before = file.text;
    const cache = await openRecording({ file, mode: "record" });
    await ask(cache, "b");
    equal(file.text, before, "not before it is flushed");
    await cache.flush();
    ok(file.text !== before, "only b");
    await ask(cache, "a");
    await cache.close();
    equal([file.text, asked], [before, ["a", "b", "b", "a"]]);
    await session(file, "record", async () => {});
    equal(file.text, before, "who recorded nothing replaces nothing");
  });

  test("what is recorded while the file is written is in it when it is closed, whichever write takes longest", async () => {
    const file = fileOf();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow: RecordingFile = {
      read: () => file.text,
      async write(text) {
        if (file.writes++ === 0) await gate;
        file.text = text;
      },
    };
    const cache = await openRecording({ file: slow, mode: "record" });
    await cache.wrap("a", () => "x");
    const flushed = cache.flush();
    await cache.wrap("b", () => "y");
    const closed = cache.close();
    await cache.wrap("c", () => "z");
    open();
    await Promise.all([flushed, closed]);
    equal(JSON.parse(file.text!).entries.length, 3);
  });

  test("what cannot be recorded is an error, not a gap in the file", async () => {
    const cache = await openRecording<unknown>({ file: fileOf(), mode: "record" });
    for (const response of [new Date(0), undefined, Number.NaN]) {
      await fails(() => cache.wrap("q", () => response), "argument");
    }
    await fails(async () => {
      for await (const _ of cache.stream("s", () => [new Date(0)])) {
        // until it ends
      }
    }, "argument");
    await cache.close();
  });

  test("a failing write is a failure of close, which may be tried again", async () => {
    const file = fileOf();
    const cache = await openRecording({ file: { ...file, write: never }, mode: "auto" });
    await cache.wrap("a", () => "x");
    let failure = "";
    await cache.close().catch((error: unknown) => {
      failure = String(error);
    });
    ok(failure.includes("the model was asked"), failure);
    await cache.wrap("b", () => "y"); // it is still open
    await fails(() => openRecording({ file, mode: "again" as never }), "argument");
    await fails(() => openRecording({ file: { read: 1 } as never, mode: "auto" }), "argument");
    await fails(() => openRecording({ mode: "auto" }), "argument");
    await fails(() => openRecording(undefined as never), "argument");
  });

  test("what is damaged, newer or no recording is told apart, and nothing foreign is replaced", async () => {
    const entry = { namespace: "n", query: "q", response: 1 };
    const whole = (entries: unknown): string => JSON.stringify({ mneme: "recording", version: 1, entries });
    const conflict = '{\n  "mneme": "recording",\n<<<<<<< HEAD\n';
    const damaged = [
      conflict,
      whole(7),
      whole([null]),
      whole([{ ...entry, response: undefined }]),
      whole([{ ...entry, scope: "x" }]),
      whole([{ ...entry, tags: [1] }]),
      whole([{ ...entry, metadata: [] }]),
      whole([{ ...entry, query: 1 }]),
      whole([entry, entry]),
    ];
    const foreign = ['{"name":"app"}', "text", "[]", "null", '{"mneme":"else"}'];
    for (const text of [...damaged, ...foreign]) {
      for (const mode of ["replay", "auto"] as const) {
        const error = await fails(() => openRecording({ file: fileOf(text), mode }), "corrupt");
        ok(/recording/.test(error.message), error.message);
      }
    }
    await fails(() => openRecording({ file: fileOf(whole([]).replace('n":1', 'n":2')), mode: "auto" }), "newer");
    for (const text of foreign) await fails(() => openRecording({ file: fileOf(text), mode: "record" }), "corrupt");
    for (const text of [conflict, ""]) {
      const file = fileOf(text);
      await session(file, "record", (cache) => cache.wrap("a", () => "x"));
      await session(file, "replay", (cache) => cache.wrap("a", never));
    }
  });

  test("any texts, names and values come back as they were, and the file is whole UTF-8", async () => {
    const value = fc.oneof(
      anyText(),
      fc.jsonValue().filter((json) => !JSON.stringify(json).includes("__proto__")) as fc.Arbitrary<Json>,
    );
    const call = fc.record({ namespace: anyText({ maxLength: 5 }), query: anyText(), response: value });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(call, { selector: ({ namespace, query }) => `${namespace}|${query}` }),
        async (calls) => {
          const file = fileOf();
          await session<void, Json>(file, "record", async (cache) => {
            for (const { namespace, query, response } of calls) await cache.wrap(query, () => response, { namespace });
          });
          if (calls.length === 0) return;
          const bytes = new TextEncoder().encode(file.text);
          file.text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
          await session<void, Json>(file, "replay", async (cache) => {
            for (const { namespace, query, response } of calls) {
              equal((await cache.wrap(query, never, { namespace })).response, response);
            }
          });
          const again = fileOf();
          await session<void, Json>(again, "record", async (cache) => {
            for (const { namespace, query, response } of calls.toReversed()) {
              await cache.wrap(query, () => response, { namespace });
            }
          });
          equal(again.text, file.text);
        },
      ),
    );
  });

  test("callers at once, and what computing fails for, are as with any cache", async () => {
    const file = fileOf();
    let computed = 0;
    await session(file, "record", async (cache) => {
      const ask = () => cache.wrap("a", async () => `${++computed}`);
      equal(
        (await Promise.all([ask(), ask()])).map(({ response }) => response),
        ["1", "1"],
      );
      await cache.wrap("b", never).catch(() => {});
      equal((await cache.stats()).entries, 1);
    });
    await session(file, "replay", (cache) => fails(() => cache.wrap("b", never), "unrecorded"));
  });
};
