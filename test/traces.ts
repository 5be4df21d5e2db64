import { encodeVector } from "../adapters/stores/store-base64.ts";
import type { NewEntry, Store } from "../src/index.ts";
import { equal } from "./conformance/assert.ts";

// Whether a store's files, read as bytes, hold what it was told to forget. Every field has a word of its own, several times over:
// one whose beginning was written over is still seen. Nothing of a runtime's own in here.

/** What stores with traces are opened with. */
export const TRACED = { fingerprint: "traces", dimensions: 24 };
/** Enough that they lie on many pages, those that go beside those that stay. */
const ROWS = 60;
/** Of these one field is so long that every engine keeps it apart from its row. */
const LONG_ROWS = 3;

/** A file's name, and what is in it. */
export type Files = Iterable<readonly [name: string, bytes: Uint8Array]>;

export interface Raw {
  store: Store;
  /** Reads everything the store has outside memory. */
  files(): Files | Promise<Files>;
  /** What of the traces that are to go is found before the scrub, too, where that is not all of them. */
  finds?: (trace: string) => boolean;
  /** Has all that is stored be written to files, where an engine keeps it in memory for a while. */
  settle?(): Promise<void>;
  /** What an owner of files does beside the store's scrub. */
  afterScrub?(): Promise<void>;
  /** Goes on with the store opened anew once there are traces: they may then be in other files. */
  reopen?(): Store | Promise<Store>;
}

/** Fills an open, empty store, and looks for what was removed or overwritten: it is there before a scrub, not after. */
export async function testTraces({
  finds = () => true,
  settle = async () => {},
  afterScrub = async () => {},
  ...raw
}: Raw): Promise<void> {
  const { files, reopen } = raw;
  const traces = new Traces();
  const seeAllKept = async (): Promise<void> => {
    const kept = traces.in(await files(), "kept");
    equal(
      traces.names("kept").filter((name) => !kept.has(name)),
      [],
      "what stays, but is not seen",
    );
  };
  const seeNoneGone = async (when: string): Promise<void> =>
    equal(
      [...traces.in(await files(), "gone")].map(([name, file]) => `${name} (${file})`),
      [],
      when,
    );
  await traces.leave(raw.store, settle);
  const store = (await reopen?.()) ?? raw.store;
  await settle();
  await seeAllKept();
  const before = traces.in(await files(), "gone");
  equal(
    traces.names("gone").filter((name) => finds(name) && !before.has(name)),
    [],
    "what is not seen before the scrub either",
  );
  await store.scrub!();
  await afterScrub();
  await seeNoneGone("seen after the scrub");
  await settle();
  await seeAllKept();
  await seeNoneGone("seen once all is written");
  await traces.check(store);
}

type Fate = "gone" | "kept";

class Traces {
  /** By what it is a trace of, such as "gone, expired: text": what to look for, in all ways it may be written. */
  readonly #wanted = new Map<string, string[]>();
  readonly #made = new Map<string, string>();

  names(fate: Fate): string[] {
    return [...this.#wanted.keys()].filter((name) => name.startsWith(fate));
  }

  /** Which of a fate are in the files, by where. */
  in(files: Files, fate: Fate): Map<string, string> {
    const found = new Map<string, string>();
    const names = this.names(fate);
    for (const [file, bytes] of files) {
      const text = oneByOne(bytes);
      for (const name of names) {
        if (this.#wanted.get(name)!.some((form) => text.includes(form))) found.set(name, file);
      }
    }
    return found;
  }

  /** Entries and values that stay, and such as go in every way there is. */
  async leave(store: Store, settle: () => Promise<void>): Promise<void> {
    const put = async (...entries: NewEntry[]): Promise<number[]> =>
      (await store.commit(entries.map((entry) => ({ put: entry })))).applied.flat();
    const home = this.#word("kept: namespace");
    const [removed, expired, cleared] = ["", ", expired", ", cleared"].map((how) =>
      this.#word(`gone${how}: namespace`),
    ) as [string, string, string];
    const staying = this.#rows("kept", home);
    const going = [...this.#rows("gone", home), ...this.#rows("gone, all of a namespace", removed)];
    const ids: number[] = [];
    for (const [i, entry] of going.entries()) ids.push((await put(...staying.slice(i, i + 1), entry)).at(-1)!);
    for (const entry of this.#rows("gone, overwritten", home, "kept, overwritten")) await put(entry);
    await put(...this.#rows("gone, expired", expired).map((entry) => ({ ...entry, expiresAt: 2000 })));
    await put(...this.#rows("gone, cleared", cleared));
    await settle();
    await store.commit([{ remove: ids }]);
    await store.removeExpired(2000);
    await store.clear(cleared);
    for (const entry of this.#rows("kept, overwritten", home)) await put(entry);
    for (const name of ["gone", "gone, second", "kept"]) await store.setMeta("meta", this.#word(`${name}: meta`));
    const [key, first, second] = ["kept: meta's key", "gone, swapped: meta", "kept, swapped: meta"].map((name) =>
      this.#word(name),
    ) as [string, string, string];
    await store.swapMeta!(key, undefined, first);
    await store.swapMeta!(key, first, second);
  }

  /** That what is to stay is all there is, and what was put. */
  async check(store: Store): Promise<void> {
    const home = this.#word("kept: namespace");
    equal([await store.check(), await store.count(), await store.namespaces()], [{ ok: true }, 2 * ROWS, [home]]);
    for (const put of [...this.#rows("kept", home), ...this.#rows("kept, overwritten", home)]) {
      const { id, revision, accessedAt, hits, ...entry } = (await store.get(home, put.key))!;
      equal(entry, put);
    }
    equal(await store.getMeta("meta"), this.#word("kept: meta"));
  }

  /** The same each time. */
  #rows(kind: string, namespace: string, keysOf = kind): NewEntry[] {
    return Array.from({ length: ROWS }, (_, i) => {
      const long = i < LONG_ROWS ? this.#long(kind, i) : "";
      return {
        namespace,
        key: `${this.#word(`${keysOf}: key`)} ${i}`,
        text: this.#word(`${kind}: text`) + long,
        value: JSON.stringify(this.#word(`${kind}: value`) + long),
        vector: this.#vector(`${kind}: vector`),
        metadata: { [this.#word(`${kind}: name in the metadata`)]: [this.#word(`${kind}: metadata`)] },
        tags: [this.#word(`${kind}: tag`)],
        createdAt: 1000,
        expiresAt: null,
      };
    });
  }

  /** The word of a trace, three times. */
  #word(name: string): string {
    const word = this.#once(name, () => name.replaceAll(/[^a-z]/g, "") + random(12));
    this.#wanted.set(name, [word, [...word].join("\0")]); // in UTF-8 and in UTF-16
    return word.repeat(3);
  }

  /** Some kilobytes that no engine can make shorter, with a word in them. */
  #long(kind: string, i: number): string {
    const parts = Array.from({ length: 8 }, (_, n) => this.#once(`${kind} ${i} ${n}`, () => random(1000)));
    return parts.map((part) => part + this.#word(`${kind}: long text`)).join("");
  }

  /** One number throughout: as bytes, and as base64. */
  #vector(name: string): Float32Array {
    const number = Number(this.#once(name, () => `${Math.fround(0.1 + Math.random())}`));
    const vector = new Float32Array(TRACED.dimensions).fill(number);
    const half = vector.slice(0, TRACED.dimensions / 2);
    this.#wanted.set(name, [oneByOne(new Uint8Array(half.buffer)), encodeVector(half)]);
    return vector;
  }

  #once(name: string, make: () => string): string {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made;
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function random(length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += LETTERS[Math.floor(Math.random() * LETTERS.length)];
  return text;
}

/** A character for each byte, whichever: texts are searched faster than bytes. */
function oneByOne(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}
