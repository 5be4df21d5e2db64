import {
  openSyncEmbedder,
  type ToSyncEmbedderOptions,
  toSyncEmbedder,
  type WorkerEmbedder,
} from "../../adapters/embedders/sync.ts";
import { type Awaitable, type Hit, SemanticCacheSync } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";

/** Long enough to start a worker on a busy machine. */
const TIMEOUT_MS = 4000;

interface Place {
  open(options: ToSyncEmbedderOptions): Awaitable<WorkerEmbedder>;
  /** Where words.ts is. */
  words: URL;
  /** Whether workers are a process's, which can end themselves, and start while others sleep. In browsers they cannot. */
  process: boolean;
}

export const syncEmbedderTests =
  ({ open, words: module, process }: Place): Suite =>
  (define) => {
    const test = (name: string, options: object, run: (embedder: WorkerEmbedder) => unknown): void =>
      define(name, async () => {
        const embedder = await open({ module, ...options });
        try {
          await run(embedder);
        } finally {
          embedder.close();
        }
      });

    test("it gives what the embedder gives", {}, (embedder) => {
      const expected = testEmbedder({ dimensions: 256 });
      equal([embedder.fingerprint, embedder.dimensions], [expected.fingerprint, 256]);
      const texts = [QUESTION, "", "¿qué? 🦜", PARAPHRASE];
      const vectors = embedder.embed(texts);
      equal(vectors, expected.embed(texts));
      equal(embedder.embed([]), []);
      equal(embedder.embed(["another"]), expected.embed(["another"]));
      equal(vectors, expected.embed(texts), "what was given before is not written again");
      ok(
        vectors.every(({ buffer }) => !(buffer instanceof SharedArrayBuffer)),
        "vectors are the caller's own",
      );
    });

    test("a function makes it, from options", { export: "sized", options: { dimensions: 3 } }, (embedder) => {
      equal(embedder.dimensions, 3);
      equal(embedder.embed(["a"]), testEmbedder({ dimensions: 3 }).embed(["a"]));
    });

    test("thousands of calls", {}, (embedder) => {
      for (let i = 0; i < 3000; i++) equal(embedder.embed([QUESTION]).length, 1);
    });

    test("answers of any size", { export: "numbered", options: { dimensions: 4096 } }, (embedder) => {
      for (const count of [3, 2500, 1]) {
        const vectors = embedder.embed(Array.from({ length: count }, (_, i) => `${i}`));
        equal(vectors.length, count);
        for (const [i, vector] of vectors.entries()) {
          ok(vector.length === 4096 && vector[0] === i && vector[4095] === i, `vector ${i} of ${count}`);
        }
      }
    });

    test("a synchronous cache", {}, (embedder) => {
      const cache = SemanticCacheSync.open({ embedder });
      cache.put(QUESTION, "a");
      equal(cache.get(PARAPHRASE)?.layer, "semantic");
      cache.close();
    });

    test("its errors come as they are, and it goes on", { export: "troubled" }, async (embedder) => {
      const thrown = (await rejection(() => embedder.embed(["throw"]))) as Error & { code: string };
      equal([thrown.name, thrown.message, thrown.code], ["TypeError", "the model is ✗ out", "E_MODEL"]);
      equal(((await rejection(() => embedder.embed(["throw a string"]))) as Error).message, "no error at all");
      ok(((await rejection(() => embedder.embed(["throw at length"]))) as Error).message.startsWith("€€"), "cut short");
      const ours = await fails(() => embedder.embed(["throw ours"]), "vector");
      equal([ours.message, ours.remedy], ["It is no vector. Try another.", "Try another."]);
      await fails(() => embedder.embed(["too few"]), "dimension");
      await fails(() => embedder.embed(["too short"]), "dimension");
      equal(embedder.embed(["calls"])[0]![0], 7, "the same worker all the time");
    });

    test("one that hangs is given up and started anew", {
      export: "troubled",
      timeout: TIMEOUT_MS,
    }, async (embedder) => {
      embedder.embed(["calls"]);
      const error = await fails(() => embedder.embed(["busy"]), "embedder");
      ok(error.message.includes(`${TIMEOUT_MS} ms`), error.message);
      if (!process) await new Promise((resolve) => setTimeout(resolve, 1000));
      equal(embedder.embed(["calls"])[0]![0], 1, "another worker");
    });

    if (process) {
      define("one that is opened by promise", async () => {
        const embedder = await openSyncEmbedder({ module });
        equal(embedder.embed(["a"]).length, 1);
        embedder.close();
      });

      for (const [how, why] of [
        ["exit", "exit code 3"],
        ["crash", "in the background"],
      ]) {
        test(`one that ends (${how}) is told of at once, and started anew`, {
          export: "troubled",
        }, async (embedder) => {
          const error = await fails(() => embedder.embed([how!]), "embedder");
          ok(error.message.includes(why!), error.message);
          equal(embedder.embed(["calls"])[0]![0], 1, "another worker");
        });
      }

      test("one that ended when nobody asked is started anew", { export: "troubled" }, async (embedder) => {
        // Where the machine is busy it takes its time to end, and would still be there when it is asked.
        for (let wait = 500; ; wait *= 2) {
          embedder.embed(["exit later"]);
          await new Promise((resolve) => setTimeout(resolve, wait));
          try {
            return equal(embedder.embed(["calls"])[0]![0], 1, "another worker");
          } catch (error) {
            if (wait > 5000) throw error;
          }
        }
      });

      test("another embedder in its place is refused", { export: "changing" }, async (embedder) => {
        await fails(() => embedder.embed(["exit"]), "embedder");
        await fails(() => embedder.embed(["a"]), "fingerprint");
      });
    }

    define("one that cannot be made is an error of the call that makes it", async () => {
      const opening = (options: object): Promise<unknown> => rejection(async () => open({ module, ...options }));
      equal(((await opening({ export: "failing" })) as Error).message, "there is no key");
      ok((await opening({ module: new URL("./nowhere.js", module) })) instanceof Error, "no such module");
      for (const name of ["nothing", "noEmbedder"]) await fails(() => open({ module, export: name }), "argument");
      await fails(() => open({ module, export: "hanging", timeout: 500 }), "embedder");
    });

    if (!process) {
      define("toSyncEmbedder says what to use", async () => {
        const error = await fails(() => toSyncEmbedder({ module }), "unsupported");
        ok(error.remedy.includes("openSyncEmbedder"), error.remedy);
      });
    }

    define("bad arguments are refused", async () => {
      const bad: object[] = [
        { module: "./words.js" },
        { module: "/words.js" },
        { module: "" },
        { module: 1 },
        { export: 1 },
        { timeout: 0 },
        { timeout: "1s" },
        { options: { fetch: () => {} } },
      ];
      for (const options of bad) await fails(() => open({ module, ...options } as ToSyncEmbedderOptions), "argument");
      await fails(() => open(undefined as never), "argument");
    });

    test("after closing it is closed", {}, async (embedder) => {
      embedder.close();
      embedder[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
      await fails(() => embedder.embed(["a"]), "closed");
    });
  };

/** With the real model. */
export const syncModelTests =
  (open: Place["open"], model: ToSyncEmbedderOptions): Suite =>
  (test) => {
    test("a synchronous cache with a real model", async () => {
      const embedder = await open(model);
      const cache = SemanticCacheSync.open({ embedder });
      cache.put("How do I reset my password?", "so");
      const hit: Hit | undefined = cache.get("I forgot my password, how can I reset it?");
      equal([hit?.layer, hit?.similarity.toFixed(2)], ["semantic", "0.97"]);
      cache.close();
      embedder.close();
    });
  };

/** Where it cannot be it says so. */
export const noSyncEmbedderTests: Suite = (test) => {
  for (const open of [toSyncEmbedder, openSyncEmbedder]) {
    test(`${open.name} is refused`, async () => {
      const error = await fails(() => open({ module: "anything" }), "unsupported");
      ok(error.remedy.startsWith("Use SemanticCache"), error.remedy);
    });
  }
};
