import type { Entry } from "../store/entry.ts";
import { isPromise, type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { keyOf } from "../text/key.ts";
import { type LedgerText, parseLedger } from "./ledger-text.ts";
import { isMarked, putAt } from "./marks.ts";
import { META } from "./meta.ts";
import { type Asked, asked } from "./reading-ahead.ts";

/** What others say is heeded after so many milliseconds at the latest; at once where the store's version tells of it. */
const SELDOM = 1000;
/** Of a pair's hash: 96 bits, in hexadecimal. */
const PAIR = 24;

/** By name, the store's version up to which all entries are invalid. */
type Said = ReadonlyMap<string, number>;

/** What all who share a store have to heed: which pairings were rejected, and which entries were declared invalid. */
export class Ledger {
  readonly #onDamage: (error: unknown) => void;
  #rejected: ReadonlySet<string> = new Set();
  #namespaces: Said = new Map();
  #tags: Said = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #asking: Asked<void> | undefined;
  #asked = 0;
  #answered = 0;
  #amendments = 0;
  #moment = 0;
  /** What was told already. */
  #damaged: string | undefined;

  constructor(onDamage: (error: unknown) => void = () => {}) {
    this.#onDamage = onDamage;
  }

  /** As a text says. */
  static of(text: string | undefined): Ledger {
    const ledger = new Ledger();
    ledger.#take(text, 0, 0);
    return ledger;
  }

  /** With what the store had at opening. */
  begin(text: string | undefined): void {
    this.#readAt = performance.now();
    this.#take(text, 0, 0);
  }

  /**
   * Begins to read it, if what is known may be too old. Who asks meanwhile waits for the same answer, which is taken up when it
   * comes, even if nobody waits any more.
   */
  ask(store: Store): Asked<void> | undefined {
    if (this.#asking !== undefined) return this.#asking;
    const now = performance.now();
    if (now - this.#readAt < SELDOM) return undefined;
    this.#readAt = now;
    const number = ++this.#asked;
    const amendments = this.#amendments;
    const take = (text: string | undefined): void => this.#take(text, number, amendments);
    const asking = asked<void>(() => {
      const answer = store.getMeta(META.ledger);
      return isPromise<string | undefined>(answer) ? Promise.resolve(answer).then(take) : take(answer);
    });
    const settle = (answer: object): void => {
      if ("error" in answer && number === this.#asked) this.expire(); // the next one asks again
      if (this.#asking === asking) this.#asking = undefined;
    };
    if (isPromise(asking)) {
      this.#asking = asking;
      void Promise.resolve(asking).then(settle);
    } else {
      settle(asking);
    }
    return asking;
  }

  /** Others wrote: it is read, by a reading that begins now, before it is heeded again. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#asking = undefined;
  }

  *heed(asking: Asked<void> | undefined): Steps<void> {
    if (asking === undefined) return;
    const answer = yield* step(asking);
    if ("error" in answer) throw answer.error;
  }

  /**
   * Whether what is stored for one question was rejected as an answer to another. The entry itself says so too: whoever reads
   * it knows at once. The ledger holds when it is put anew.
   */
  isRejected(key: string, entry: Pick<Entry, "namespace" | "key" | "tags">): boolean {
    if (this.#rejected.size === 0 && !isMarked(entry)) return false;
    const pair = pairOf(entry.namespace, key, entry.key);
    return this.#rejected.has(pair) || isMarked(entry, pair);
  }

  /** Whether all entries of its namespace, or of one of its tags, have been declared invalid since it was put. */
  isInvalid(entry: Pick<Entry, "namespace" | "tags" | "revision">): boolean {
    if (!this.invalidates) return false;
    const revision = putAt(entry);
    if (revision <= (this.#namespaces.get(entry.namespace) ?? -1)) return true;
    return this.#tags.size > 0 && entry.tags.some((tag) => revision <= (this.#tags.get(tag) ?? -1));
  }

  get invalidates(): boolean {
    return this.#namespaces.size + this.#tags.size > 0;
  }

  /** What is known to be invalid. */
  get said(): { readonly namespaces: Said; readonly tags: Said } {
    return { namespaces: this.#namespaces, tags: this.#tags };
  }

  /** Another one when something was learnt. */
  get moment(): number {
    return this.#moment;
  }

  /** It was changed from here. Since that moment something else may have been learnt, which may be older or newer. */
  amended(ledger: LedgerText, moment: number): void {
    this.#amendments++;
    this.#learn(ledger, moment === this.#moment);
  }

  #take(text: string | undefined, number: number, amendments: number): void {
    if (number < this.#answered) return; // a later one was answered sooner
    this.#answered = number;
    try {
      this.#learn(parseLedger(text), amendments === this.#amendments);
    } catch (error) {
      if (text !== this.#damaged) this.#onDamage(error); // what was known holds on
      this.#damaged = text;
    }
  }

  /** Where it is not known which is newer, both are heeded until it is read again. */
  #learn({ rejected, namespaces, tags }: LedgerText, isNewest: boolean): void {
    this.#moment++;
    this.#rejected = new Set(isNewest ? rejected : [...this.#rejected, ...rejected]);
    this.#namespaces = isNewest ? new Map(namespaces) : raised(this.#namespaces, namespaces);
    this.#tags = isNewest ? new Map(tags) : raised(this.#tags, tags);
    if (!isNewest) this.expire();
  }
}

/** The greater version of each name. */
export function raised(said: Iterable<readonly [string, number]>, more: LedgerText["tags"]): Map<string, number> {
  const all = new Map(said);
  for (const [name, version] of more) all.set(name, Math.max(version, all.get(name) ?? version));
  return all;
}

export function pairOf(namespace: string, key: string, stored: string): string {
  return keyOf(JSON.stringify([namespace, key, stored])).slice(0, PAIR);
}
