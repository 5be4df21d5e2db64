import { type Hit, SemanticCache } from "../../src/index.ts";
import { type CacheBed, MORE, paraphrase, stored, unrelated } from "./cache-bed.ts";
import type { Backend, Connection } from "./network-backends.ts";

export const ANSWER: string = "An answer of a few sentences, as a model gives it. ".repeat(8);
const AT_ONCE = 20;
/** Of what is put while measuring. */
const NEW = "new";
/** Far enough between entries that no two calls in a row want the same. */
const STRIDE = 7919;

/** A call of a cache, the `i`th of its kind; it fails when the answer is not what it must be. */
interface Call {
  name: string;
  /** So many are timed. */
  timed: number;
  /** Not of the call itself. */
  before?(i: number): Promise<unknown>;
  run(i: number): Promise<unknown>;
  after?(i: number): Promise<unknown>;
}

/** What is measured of a filled store, by one connection; another one writes what is to be followed. */
export class Calls {
  readonly all: readonly Call[];
  readonly #caches: readonly SemanticCache[];
  readonly #connections: readonly Connection[];

  private constructor(all: Call[], caches: SemanticCache[], connections: Connection[]) {
    this.all = all;
    this.#caches = caches;
    this.#connections = connections;
  }

  static async open(backend: Backend, port: number, bed: CacheBed): Promise<Calls> {
    const own = await backend.connect(port);
    const others = await backend.connect(port);
    const open = ({ store }: Connection, mode: "single" | "stale-tolerant"): Promise<SemanticCache> =>
      SemanticCache.open({ guards: false, embedder: bed.embedder, store: store(), index: backend.index, mode });
    const cache = await open(own, "single");
    const follower = await open(own, "stale-tolerant");
    const other = await open(others, "single");
    const opened: SemanticCache[] = [];
    let put = 0;
    const query = (): string => stored(bed.entries + (put++ % MORE));
    let latest = "";
    const putBy = (putter: SemanticCache): Promise<number> => {
      latest = query();
      return putter.put(latest, ANSWER, { namespace: NEW });
    };
    const entry = (i: number): string => stored((i * STRIDE) % bed.entries);
    const many = (of: (i: number) => string, i: number): string[] =>
      Array.from({ length: AT_ONCE }, (_, j) => of(i * AT_ONCE + j));
    const all: Call[] = [
      { name: "get, exact", timed: 200, run: async (i) => expect("exact", [await cache.get(entry(i))]) },
      { name: "get, semantic", timed: 200, run: async (i) => expect("semantic", [await cache.get(paraphrase(i))]) },
      { name: "get, a miss", timed: 200, run: async (i) => expect(undefined, [await cache.get(unrelated(i))]) },
      {
        name: `getMany of ${AT_ONCE}, exact`,
        timed: 20,
        run: async (i) => expect("exact", await cache.getMany(many(entry, i))),
      },
      {
        name: `getMany of ${AT_ONCE}, semantic`,
        timed: 20,
        run: async (i) => expect("semantic", await cache.getMany(many(paraphrase, i))),
      },
      { name: "put", timed: 100, run: () => cache.put(query(), ANSWER, { namespace: NEW }) },
      {
        name: `putMany of ${AT_ONCE}`,
        timed: 20,
        run: () => cache.putMany(many(query, 0).map((query) => ({ query, response: ANSWER, namespace: NEW }))),
      },
      {
        name: "delete",
        timed: 100,
        before: () => putBy(cache),
        run: () => cache.delete(latest, { namespace: NEW }),
      },
      {
        name: "get, exact, following, nothing new",
        timed: 200,
        run: async (i) => expect("exact", [await follower.get(entry(i))]),
      },
      {
        name: "get, exact, following, after another's put",
        timed: 100,
        before: () => putBy(other),
        run: async () => expect("exact", [await follower.get(latest, { namespace: NEW })]),
      },
      {
        name: `open, ${bed.entries.toLocaleString("en")} entries`,
        timed: 3,
        before: () => other.clear(NEW),
        run: async () => opened.push(await open(own, "single")),
        after: () => opened.pop()!.close(),
      },
    ];
    return new Calls(all, [cache, follower, other], [own, others]);
  }

  /** Writes what calls left to be written, so that it is not in the times of the next. */
  async settle(): Promise<void> {
    for (const cache of this.#caches) await cache.flush();
  }

  async close(): Promise<void> {
    for (const cache of this.#caches) await cache.close();
    for (const { end } of this.#connections) await end();
  }
}

function expect(layer: string | undefined, hits: readonly (Hit | undefined)[]): void {
  for (const hit of hits) {
    if (hit?.layer !== layer) throw new Error(`expected ${layer ?? "a miss"}, got ${hit?.layer ?? "a miss"}`);
  }
}
