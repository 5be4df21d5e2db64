import type { Entry } from "../store/entry.ts";
import { isPromise, type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { swapMeta } from "../store/swap-meta.ts";
import { keyOf } from "../text/key.ts";
import { META } from "./meta.ts";
import { type Asked, asked } from "./reading-ahead.ts";

/** What others say is heeded after so many milliseconds at the latest; at once where the store's version tells of it. */
const SELDOM = 1000;
/** Of a pair's hash: 96 bits, in hexadecimal. */
const PAIR = 24;
/** Tags that begin so are the cache's own. */
export const OWN_TAGS = "mneme:";
const REJECTED = `${OWN_TAGS}rejected:`;

/** As it stands in the store. */
export interface LedgerText {
  /** Pairs of questions, a hash each: the second's answer is none to the first. */
  rejected: string[];
  /** By namespace, and by tag: the store's version up to which all entries are invalid. */
  namespaces: [name: string, version: number][];
  tags: [name: string, version: number][];
}

/** What all who share a store have to heed: which pairings were rejected, and which entries were declared invalid. */
export class Ledger {
  #rejected: ReadonlySet<string> = new Set();
  #namespaces: ReadonlyMap<string, number> = new Map();
  #tags: ReadonlyMap<string, number> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  /** Of own changes: what was read before one of them is older than what is known. */
  #changes = 0;

  /** With what the store had at opening. */
  begin(text: string | undefined): void {
    this.#readAt = performance.now();
    this.#take(parse(text));
  }

  /** Begins to read it, if what is known may be too old; `heed` takes it up. */
  ask(store: Store): Asked<() => void> | undefined {
    const now = performance.now();
    if (now - this.#readAt < SELDOM) return undefined;
    this.#readAt = now; // others need not ask meanwhile
    const changes = this.#changes;
    return asked(() => {
      const answer = store.getMeta(META.ledger);
      const take = (text: string | undefined) => () => {
        if (changes === this.#changes) this.#take(parse(text));
      };
      return isPromise<string | undefined>(answer) ? Promise.resolve(answer).then(take) : take(answer);
    });
  }

  /** Others wrote: it is read before it is heeded again. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** What failed to be read is asked for again by the next. */
  *heed(asking: Asked<() => void> | undefined): Steps<void> {
    if (asking === undefined) return;
    const answer = yield* step(asking);
    if ("got" in answer) return answer.got();
    this.expire();
    throw answer.error;
  }

  /**
   * Whether what is stored for one question was rejected as an answer to another. The entry itself says so too: whoever reads
   * it knows at once. The ledger holds when it is put anew.
   */
  isRejected(key: string, { namespace, key: stored, tags }: Pick<Entry, "namespace" | "key" | "tags">): boolean {
    const isMarked = tags.some((tag) => tag.startsWith(REJECTED));
    if (!isMarked && this.#rejected.size === 0) return false;
    const pair = pairOf(namespace, key, stored);
    return this.#rejected.has(pair) || tags.includes(REJECTED + pair);
  }

  /** Whether all entries of its namespace, or of one of its tags, have been declared invalid since it was put. */
  isInvalid({ namespace, tags, revision }: Pick<Entry, "namespace" | "tags" | "revision">): boolean {
    if (this.#namespaces.size + this.#tags.size === 0) return false;
    if (revision <= (this.#namespaces.get(namespace) ?? -1)) return true;
    return this.#tags.size > 0 && tags.some((tag) => revision <= (this.#tags.get(tag) ?? -1));
  }

  get invalidates(): boolean {
    return this.#namespaces.size + this.#tags.size > 0;
  }

  /** Writes a change of it, whoever else is writing; then it is heeded here. */
  *amend(store: Store, change: (ledger: LedgerText) => LedgerText): Steps<void> {
    for (;;) {
      const before = yield* step(store.getMeta(META.ledger));
      const ledger = change(parse(before));
      const isDone = yield* swapMeta(store, META.ledger, before, JSON.stringify(ledger));
      if (!isDone) continue;
      this.#changes++;
      this.#take(ledger);
      return;
    }
  }

  #take({ rejected, namespaces, tags }: LedgerText): void {
    this.#rejected = new Set(rejected);
    this.#namespaces = new Map(namespaces);
    this.#tags = new Map(tags);
  }
}

/** The tag by which an entry says that it is no answer to some question. */
export function rejectedTag(pair: string): string {
  return REJECTED + pair;
}

export function pairOf(namespace: string, key: string, stored: string): string {
  return keyOf(JSON.stringify([namespace, key, stored])).slice(0, PAIR);
}

/** What is damaged is as if it had never been said: better than a cache that cannot be opened. */
function parse(text: string | undefined): LedgerText {
  try {
    const { rejected, namespaces, tags } = JSON.parse(text ?? "{}") as Partial<LedgerText>;
    return { rejected: rejected ?? [], namespaces: namespaces ?? [], tags: tags ?? [] };
  } catch {
    return { rejected: [], namespaces: [], tags: [] };
  }
}

/** What another store may take over: versions of this one say nothing there. */
export function portable(text: string): string {
  return JSON.stringify({ ...parse(text), namespaces: [], tags: [] } satisfies LedgerText);
}
