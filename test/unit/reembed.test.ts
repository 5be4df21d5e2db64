import fc from "fast-check";
import { type ReembedOptions, type ReembedResult, reembed } from "../../src/cache/reembed.ts";
import {
  type Embedder,
  MnemeError,
  memoryStore,
  SemanticCache,
  SemanticCacheSync,
  type Store,
} from "../../src/index.ts";
import { normalise } from "../../src/text/normalise.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { collect } from "../conformance/store-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  ask,
  asked,
  expected,
  holdings,
  inTheWay,
  NEW,
  NEW_IDENTITY,
  NOW,
  noting,
  OLD_IDENTITY,
  questions,
} from "./reembed-fixtures.ts";

const clock = (): number => NOW;

function run(options: Partial<ReembedOptions> & Pick<ReembedOptions, "from" | "to">): Promise<ReembedResult> {
  return reembed({ embedder: NEW, clock, batch: 4, concurrency: 2, attempts: 1, waitMs: 1, ...options });
}

/** All of a store that anyone can see. */
async function everything(store: Store): Promise<unknown> {
  return [
    await collect(store.scan()),
    await store.version(),
    await store.changesSince(0),
    await store.getMeta("policy"),
  ];
}

export const reembedTests: Suite = (test) => {
  test("a new store holds what the old one did, embedded anew; the old one is as it was", async () => {
    const from = await asked(questions(30));
    const [before, to] = [await everything(from), memoryStore()];
    const progress: number[] = [];
    const result = await run({ from, to, onProgress: ({ done, total }) => void progress.push(done / total) });
    equal(await holdings(to), await expected(from));
    equal(result, { entries: 30, embedded: 28, kept: 0, skipped: 0, removed: 0 });
    equal([progress.length, progress.at(-1)], [8, 1]);
    equal(await everything(from), before, "F28");
    equal(await collect(to.oldest(50) as number[]), await collect(from.oldest(50) as number[]), "the order of use");
  });

  test("a cache finds them in the new store, by the new embedder and by their keys", async () => {
    const [from, to] = [await asked([{ text: "How do I reset my password" }]), memoryStore()];
    await run({ from, to });
    const cache = await SemanticCache.open({ embedder: NEW, store: to, clock });
    equal((await cache.get("how do I  reset MY password"))?.layer, "exact");
    equal((await cache.get("password my reset I do how"))?.layer, "semantic");
  });

  test("F19 the normalised text is embedded, unless the store's texts were not; the new store remembers which", async () => {
    for (const flag of [true, false, undefined]) {
      const [from, to, embedder] = [await asked([{ text: "  The SAME  question " }]), memoryStore(), noting()];
      if (flag !== undefined) await from.setMeta("policy", `{"normalise":${flag},"threshold":0.7,"quotas":[["a",9]]}`);
      await run({ from, to, embedder });
      equal(embedder.texts, [flag === false ? "  The SAME  question " : "the same question"], `${flag}`);
      const kept = JSON.parse((await to.getMeta("policy"))!) as object;
      equal(kept, { normalise: flag ?? true, quotas: flag === undefined ? [] : [["a", 9]] }, "but no threshold");
    }
    const [from, to, embedder] = [await asked([{ text: " A " }]), memoryStore(), noting()];
    await run({ from, to, embedder, normalise: false });
    equal(
      [embedder.texts[0], JSON.parse((await to.getMeta("policy"))!).normalise],
      [" A ", false],
      "a store that does not say",
    );
    await from.setMeta("policy", '{"normalise":true}');
    await fails(() => run({ from, to: memoryStore(), normalise: false }), "argument");
  });

  test("only the namespaces wanted come over", async () => {
    for (const namespaces of [["a|b"], ["a|b", "", "nobody"], []]) {
      const [from, to] = [await asked(questions(20)), memoryStore()];
      await run({ from, to, namespaces });
      equal(await holdings(to), await expected(from, namespaces));
    }
  });

  test("what is expired is not paid for", async () => {
    const from = await asked([
      { text: "a", expiresAt: NOW },
      { text: "b", expiresAt: NOW + 1 },
    ]);
    const [to, embedder] = [memoryStore(), noting()];
    const { entries, skipped } = await run({ from, to, embedder });
    equal([entries, skipped, embedder.texts], [1, 1, ["b"]]);
  });

  test("a text of two namespaces is embedded once, and hits are kept", async () => {
    const from = await asked([
      { text: "a", hits: 250 },
      { text: "A", namespace: "b", hits: 99 },
    ]);
    const [to, embedder] = [memoryStore(), noting()];
    await run({ from, to, embedder });
    equal(embedder.texts, ["a"]);
    equal((await holdings(to)).map(({ hits, accessedAt }) => [hits, accessedAt]).sort(), [
      [250, 1250],
      [99, 1100],
    ]);
  });

  test("F28 an existing destination is refused and left as it was", async () => {
    const from = await asked(questions(8));
    const byCache = memoryStore();
    byCache.open(NEW_IDENTITY);
    await ask(byCache, { text: "put by a cache" });
    const byAnother = await asked(questions(2));
    const ended = memoryStore();
    await run({ from, to: ended });
    for (const [to, code] of [
      [byCache, "argument"],
      [byAnother, "fingerprint"],
      [ended, "argument"],
    ] as const) {
      const before = await everything(to);
      await fails(() => run({ from, to }), code);
      equal(await everything(to), before);
    }
  });

  test("F28 the destination is not even stamped before the source was looked at", async () => {
    const broken = inTheWay(await asked(questions(3)), (method, call) => {
      if (method === "getMeta") throw new MnemeError("corrupt", "It cannot be read.", "Restore a backup.");
      return call();
    });
    for (const from of [memoryStore(), broken]) {
      const to = memoryStore();
      await rejection(() => run({ from, to }));
      equal(await to.identify!(), undefined);
    }
  });

  test("F28 a store is not embedded into itself, under whatever name", async () => {
    const store = memoryStore();
    store.open(NEW_IDENTITY); // empty, so nothing else would refuse it
    const alias = inTheWay(store, (_, call) => call());
    await fails(() => run({ from: store, to: store }), "argument");
    await fails(() => run({ from: store, to: alias }), "argument");
    await SemanticCache.open({ embedder: NEW, store }); // and it is not left unfinished
  });

  test("an unfinished destination is opened by no cache, is no source, and only its own source goes on", async () => {
    const [from, to] = [await asked(questions(20)), memoryStore()];
    let calls = 0;
    const embedder = noting(() => {
      if (++calls > 2) throw new Error("enough");
    });
    await fails(() => run({ from, to, embedder }), "embedder");
    const { message } = await fails(() => SemanticCache.open({ embedder: NEW, store: to }), "unfinished");
    ok(message.includes("reembed"), message);
    await fails(() => SemanticCacheSync.open({ embedder: NEW, store: to }), "unfinished");
    await fails(() => run({ from: to, to: memoryStore() }), "unfinished");
    const before = await everything(to);
    const others = [await asked(questions(5)), await asked([...questions(30)].reverse())];
    for (const other of others) await fails(() => run({ from: other, to }), "argument");
    await fails(() => run({ from, to, namespaces: ["a|b"] }), "argument");
    equal(await everything(to), before);
    const { fingerprint, dimensions } = OLD_IDENTITY;
    const inOtherWords = inTheWay(from, (method, call) =>
      method === "identify" ? { dimensions, fingerprint, note: "of an adapter" } : call(),
    );
    await run({ from: inOtherWords, to });
    equal(await holdings(to), await expected(from));
    await SemanticCache.open({ embedder: NEW, store: to });
  });

  test("an embedder that fails is tried again; in the end the error says how to go on, and not what it said", async () => {
    const [from, to] = [await asked(questions(3)), memoryStore()];
    let left = 2;
    const flaky = noting(() => {
      if (left-- > 0) throw new Error("429");
    });
    await run({ from, to, embedder: flaky, attempts: 3 });
    equal(flaky.texts.length, 9);
    const never = noting(() => {
      throw new Error("the key sk-secret is wrong");
    });
    const error = await fails(() => run({ from, to: memoryStore(), embedder: never, attempts: 3 }), "embedder");
    equal([never.texts.length, (error.cause as Error).message], [9, "the key sk-secret is wrong"]);
    ok(!error.message.includes("sk-secret") && error.message.includes("run it again"), error.message);
  });

  test("what was embedded beside a failure is kept, and not embedded again", async () => {
    const [from, to] = [await asked(questions(16)), memoryStore()];
    let calls = 0;
    const embedder = noting(() => {
      if (++calls === 1) throw new Error("429");
    });
    await fails(() => run({ from, to, embedder, concurrency: 4 }), "embedder");
    equal((await holdings(to)).length, 12);
    const { embedded, kept } = await run({ from, to });
    equal([embedded, kept], [4, 12]);
    equal(await holdings(to), await expected(from));
  });

  test("an embedder of another length or without sense is a lasting failure: it is not asked twice", async () => {
    const [from, to] = [await asked(questions(3)), memoryStore()];
    const answers: Record<string, Float32Array[]> = {
      dimension: [new Float32Array(3), new Float32Array(3), new Float32Array(3)],
      vector: Array.from({ length: 3 }, () => new Float32Array(NEW.dimensions)),
    };
    for (const [code, answer] of Object.entries(answers)) {
      let calls = 0;
      const embed = (): Float32Array[] => {
        calls++;
        return answer;
      };
      const embedder: Embedder = { ...NEW, embed };
      await fails(() => run({ from, to, embedder, attempts: 5 }), code as "vector");
      equal(calls, 1);
    }
    await run({ from, to });
  });

  test("aborted, it ends with the reason, and goes on where it was", async () => {
    const [from, to] = [await asked(questions(20)), memoryStore()];
    const controller = new AbortController();
    const reason = new Error("Ctrl-C");
    const stopping = run({ from, to, signal: controller.signal, onProgress: () => controller.abort(reason) });
    equal(await rejection(() => stopping), reason);
    const held = (await holdings(to)).length;
    ok(held >= 4 && held < 20, `${held}`);
    const { embedded, entries } = await run({ from, to });
    ok(embedded <= 20 - held, `${embedded} of ${20 - held}`);
    equal(entries, 20);
    const waiting = new AbortController();
    const failing = noting(() => {
      setTimeout(() => waiting.abort(reason), 1);
      throw new Error("429");
    });
    const options = { embedder: failing, attempts: 9, waitMs: 1e9, signal: waiting.signal };
    equal(await rejection(() => run({ from, to: memoryStore(), ...options })), reason, "while it waits to try again");
  });

  test("where everything answers at once, an abort is heard all the same", async () => {
    const [from, to] = [await asked(questions(6000)), memoryStore()];
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    await rejection(() => run({ from, to, batch: 1, signal: controller.signal }));
    ok((await to.count()) < 6000, "before its end");
    const cutOff = await to.getMeta("migration");
    ok(cutOff !== undefined && cutOff !== "finished", `${cutOff}`);
  });

  test("as many calls at a time as wanted, and no more is read than they take", async () => {
    let [read, stored, ahead, calls, most] = [0, 0, 0, 0, 0];
    const from = inTheWay(await asked(questions(60)), (method, call) => {
      if (method === "scan") ahead = Math.max(ahead, ++read - stored);
      return call();
    });
    const embedder: Embedder = {
      ...NEW,
      async embed(texts) {
        most = Math.max(most, ++calls);
        await new Promise((resolve) => setTimeout(resolve, 1));
        calls--;
        return NEW.embed(texts);
      },
    };
    const onProgress = ({ done }: { done: number }): void => {
      stored = done;
    };
    await run({ from, to: memoryStore(), embedder, onProgress, batch: 3, concurrency: 4 });
    equal(most, 4);
    ok(ahead <= 3 * 5, `${ahead} were read ahead`);
  });

  test("bad options are refused before anything is opened", async () => {
    const from = await asked(questions(1));
    const bad: Record<string, unknown>[] = [
      { from: undefined },
      { to: {} },
      { embedder: {} },
      { batch: 0 },
      { batch: 1.5 },
      { concurrency: Number.NaN },
      { attempts: "3" },
      { waitMs: -1 },
      { namespaces: "a" },
      { namespaces: [1] },
      { clock: 1 },
      { onProgress: 1 },
    ];
    for (const option of bad) {
      const to = memoryStore();
      await fails(() => run({ from, to, ...option } as never), "argument");
      equal(await to.identify!(), undefined, JSON.stringify(option));
    }
    await fails(() => reembed(undefined as never), "argument");
  });

  test("what is overwritten meanwhile by what expires at once is not there as it was before", async () => {
    const [from, to] = [await asked(questions(12)), memoryStore()];
    let calls = 0;
    const embedder = noting(async () => {
      if (++calls === 3) await ask(from, { ...questions(1)[0]!, value: "gone soon", expiresAt: NOW }, 5000);
    });
    const { removed } = await run({ from, to, embedder });
    equal([removed, await holdings(to)], [1, await expected(from)]);
  });

  test("wherever it fails, before or after the call's effect, the next run ends as if nothing had been", async () => {
    let faults = 0;
    for (const how of ["before", "after", "from then on"]) {
      for (let at = 1; ; at++) {
        const source = await asked(questions(18));
        const to = memoryStore();
        let calls = 0;
        const fault = async (_: string, call: () => unknown): Promise<unknown> => {
          calls++;
          const failing = how === "from then on" ? calls >= at : calls === at;
          if (failing && how !== "after") throw new Error("power cut");
          const answer = await call();
          if (failing) throw new Error("power cut");
          return answer;
        };
        const meddling = meddler(source);
        const embedder = noting(() => fault("embed", meddling));
        const failed = await run({ from: inTheWay(source, fault), to: inTheWay(to, fault), embedder }).then(
          () => false,
          () => true,
        );
        if (!failed) {
          equal(await holdings(to), await expected(source), `no fault at ${at}`);
          ok(calls < at, "every failure is told");
          break;
        }
        faults++;
        await goOn(source, to, at);
      }
    }
    ok(faults > 200, `${faults} faults`);
  });

  test("whatever happens to the source meanwhile, and however often it is cut off, the end is what the source is", async () => {
    const text = fc.constantFrom(..."abcdefghijkl");
    const namespace = fc.constantFrom("default", "a|b");
    const change = fc.oneof(
      fc.record({
        verb: fc.constant("put" as const),
        text,
        namespace,
        expiresAt: fc.constantFrom(null, NOW - 1, NOW + 1),
      }),
      fc.record({ verb: fc.constant("remove" as const), text, namespace }),
      fc.record({ verb: fc.constant("clear" as const), namespace }),
      fc.record({ verb: fc.constant("cut" as const) }),
      fc.record({ verb: fc.constant("forget" as const) }),
    );
    const begin = fc.array(fc.record({ text, namespace }), { minLength: 4, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(begin, fc.array(change, { maxLength: 25 }), async (stored, changes) => {
        const source = await asked(stored);
        const to = memoryStore();
        const left = [...changes];
        let forgets = false;
        const step = async (method: string, call: () => unknown): Promise<unknown> => {
          // What changes while the end is being noted down comes too late to be brought over.
          const isWork = method === "commit" || method === "get";
          const next = isWork || left[0]?.verb === "cut" ? left.shift() : undefined;
          if (next?.verb === "put") await ask(source, { ...next, value: `${left.length}` }, 2000);
          else if (next?.verb === "clear") await source.clear(next.namespace);
          else if (next?.verb === "forget") forgets = true;
          else if (next?.verb === "cut") throw new Error("power cut");
          else if (next?.verb === "remove") {
            const entry = (await collect(source.scan())).find((entry) => entry.text === next.text);
            if (entry) await source.commit([{ remove: [entry.id] }]);
          }
          return call();
        };
        const from = inTheWay(source, (method, call) => {
          if (method !== "changesSince" || !forgets) return call();
          forgets = false;
          return undefined;
        });
        for (let runs = 0; ; runs++) {
          try {
            await run({ from, to: inTheWay(to, step), batch: 2 });
            break;
          } catch (error) {
            // All that was met has gone: it cannot be told that it is the same source.
            if (error instanceof MnemeError && error.code === "argument") return;
            ok(runs < 30 && String(error).includes("power cut"), String(error));
          }
        }
        equal(await holdings(to), await expected(source));
      }),
      { numRuns: cases(150) },
    );
  });
};

/** Changes the source a little, at some of its calls: what the end of a run has to bring over. */
function meddler(source: Store): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls++;
    if (calls === 2) {
      await ask(source, { text: "new one", hits: 2 }, 5000);
      await ask(source, { ...questions(1)[0]!, value: "another answer" }, 5000);
    } else if (calls === 3) {
      const entries = await collect(source.scan());
      await source.commit([{ remove: [entries[1]!.id, entries.at(-2)!.id] }]);
    }
  };
}

/** The next run, after one that was cut off: what is there is not embedded again, and the end is right. */
async function goOn(source: Store, to: Store, at: number): Promise<void> {
  const there = new Map<string, string>();
  if ((await to.identify!()) !== undefined) {
    await to.open(NEW_IDENTITY);
    for (const { namespace, text } of await holdings(to)) there.set(JSON.stringify([namespace, normalise(text)]), text);
  }
  const embedder = noting();
  const ended = there.size > 0 && (await to.getMeta("migration")) === "finished"; // cut off behind the very last call
  if (ended) await fails(() => run({ from: source, to, embedder }), "argument");
  else await run({ from: source, to, embedder });
  const wanted = (await collect(source.scan()))
    .filter(({ namespace, text }) => !there.has(JSON.stringify([namespace, normalise(text)])))
    .map(({ text }) => normalise(text));
  for (const text of embedder.texts) ok(wanted.includes(text), `fault ${at}: "${text}" was embedded again`);
  equal(await holdings(to), await expected(source), `fault ${at}`);
  equal((await source.identify!())!, OLD_IDENTITY);
}
