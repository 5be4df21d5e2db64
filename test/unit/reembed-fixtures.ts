import { type Embedder, type Entry, type Identity, memoryStore, type Store } from "../../src/index.ts";
import { keyOf } from "../../src/text/key.ts";
import { normalise } from "../../src/text/normalise.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { collect, newEntry } from "../conformance/store-under-test.ts";

const OLD = testEmbedder({ dimensions: 8 });
export const NEW: ReturnType<typeof testEmbedder> = testEmbedder({ dimensions: 16 });
export const OLD_IDENTITY: Identity = { fingerprint: OLD.fingerprint, dimensions: OLD.dimensions };
export const NEW_IDENTITY: Identity = { fingerprint: NEW.fingerprint, dimensions: NEW.dimensions };
/** What the clock says while a source is carried over. */
export const NOW = 10_000;

export interface Question {
  text: string;
  namespace?: string;
  value?: string;
  expiresAt?: number | null;
  hits?: number;
  exactOnly?: boolean;
}

/** A question as a cache would have stored it. */
export async function ask(store: Store, question: Question, createdAt = 1000): Promise<number> {
  const { text, namespace = "default", value = "answer", expiresAt = null, hits = 0, exactOnly = false } = question;
  const put = newEntry({
    namespace,
    key: keyOf(normalise(text)),
    text,
    value: JSON.stringify(value),
    vector: exactOnly ? null : unit(OLD.embed([normalise(text)])[0]!, OLD.dimensions),
    metadata: { about: text },
    tags: [namespace],
    createdAt,
    expiresAt,
  });
  const { applied } = await store.commit([{ put }]);
  const id = applied[0]![0]!;
  for (let use = 1; use <= hits; use++) await store.commit([{ touch: [id], at: createdAt + use }]);
  return id;
}

/** A source with these questions in it. */
export async function asked(questions: readonly Question[], store: Store = memoryStore()): Promise<Store> {
  await store.open(OLD_IDENTITY);
  for (const [i, question] of questions.entries()) await ask(store, question, 1000 + i);
  return store;
}

export function questions(count: number): Question[] {
  return Array.from({ length: count }, (_, i) => ({
    text: ` How  do I reset router ${i}? `,
    namespace: ["default", "a|b", ""][i % 3]!,
    hits: i % 4,
    expiresAt: i % 5 === 4 ? NOW + 1 : null,
    exactOnly: i % 11 === 10,
  }));
}

type Plain = Omit<Entry, "id" | "revision" | "vector"> & { vector: number[] | null };

/** What a store holds, but for its ids and revisions, in the order of names. */
export async function holdings(store: Store): Promise<Plain[]> {
  return (await collect(store.scan()))
    .map(({ id, revision, vector, ...rest }) => plain({ ...rest, vector }))
    .sort(byName);
}

/** What the new store of a source is to hold. */
export async function expected(from: Store, namespaces?: readonly string[]): Promise<Plain[]> {
  const entries = (await collect(from.scan())).filter(
    ({ namespace, expiresAt }) => (namespaces?.includes(namespace) ?? true) && (expiresAt === null || expiresAt > NOW),
  );
  return entries
    .map(({ id, revision, vector, ...rest }) =>
      plain({ ...rest, vector: vector && unit(NEW.embed([normalise(rest.text)])[0]!, NEW.dimensions) }),
    )
    .sort(byName);
}

function plain({ vector, ...rest }: Omit<Entry, "id" | "revision">): Plain {
  return { ...rest, vector: vector && [...vector] };
}

function byName(a: Plain, b: Plain): number {
  return JSON.stringify([a.namespace, a.key]) < JSON.stringify([b.namespace, b.key]) ? -1 : 1;
}

/** The new embedder, which notes what it was given; `before` may fail, or do something meanwhile. */
export function noting(before: () => unknown = () => {}): Embedder & { texts: string[] } {
  const texts: string[] = [];
  return {
    ...NEW,
    texts,
    async embed(given) {
      texts.push(...given);
      await before();
      return NEW.embed(given);
    },
  };
}

/** The same store; `around` is in the way of every call, and of each step of a scan. */
export function inTheWay(store: Store, around: (method: string, call: () => unknown) => unknown): Store {
  return new Proxy(store, {
    get(target, method: keyof Store) {
      const member: unknown = target[method];
      if (typeof member !== "function") return member;
      const call = member.bind(target) as (...args: unknown[]) => unknown;
      if (method !== "scan") return async (...args: unknown[]) => around(method, () => call(...args));
      return async function* (...args: unknown[]) {
        for await (const entry of call(...args) as AsyncIterable<Entry>) yield await around(method, () => entry);
      };
    },
  });
}
