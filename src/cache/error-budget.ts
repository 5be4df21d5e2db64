import type { Entry } from "../store/entry.ts";
import type { Steps } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { amendMeta } from "../store/swap-meta.ts";
import type { Evidence } from "./evidence.ts";
import type { Hit } from "./hit.ts";
import { META } from "./meta.ts";
import { RiskModel } from "./risk-model.ts";
import type { Found } from "./verdict.ts";

/** An entry near the question, that might have answered it or might not. */
export interface Near {
  readonly entry: Entry;
  readonly similarity: number;
}

export interface Decision<V> {
  /** As it is to be served: `feedback` finds in it what it was served for. */
  readonly hit: Hit<V>;
  readonly evidence: Evidence;
  readonly risk: number;
  readonly isWithin: boolean;
}

/** Labels that are written of their own accord. */
const FULL = 64;

/** Spread evenly, so that as many are explored as were asked for, and no pattern of questions meets them. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Decides by how often answers like this one were wrong, instead of by a threshold. docs/error-budget.md has the mathematics. */
export class ErrorBudget {
  readonly #model: RiskModel;
  readonly #share: number;
  readonly #explore: number;
  #hits = 0;
  #unsaved = 0;

  constructor(kept: string | undefined, share: number, explore: number, onDamage: (error: unknown) => void) {
    this.#model = new RiskModel(kept, onDamage);
    this.#share = share;
    this.#explore = explore;
  }

  /** `near` are all that were looked at, the found one among them. */
  decide<V>({ hit, entry }: Found<V>, near: readonly Near[]): Decision<V> {
    const evidence = evidenceOf(entry, hit.similarity, near);
    const risk = this.#model.bound(entry.id, evidence);
    const pairing = `${hit.pairing}~${evidence.rival ?? ""}~${evidence.agreeing}`;
    return { hit: { ...hit, pairing }, evidence, risk, isWithin: risk <= this.#share };
  }

  /** Once for every lookup that the exact layer does not answer. */
  saw(decision: Decision<unknown> | undefined): void {
    this.#model.saw(decision?.hit.id ?? 0, decision?.evidence);
  }

  /** Whether the next of those that may be served is to be tried out instead. */
  explores(): boolean {
    if (this.#explore === 0) return false;
    return (++this.#hits * GOLDEN) % 1 < this.#explore;
  }

  observe(id: number, evidence: Evidence, wrong: boolean): void {
    this.#unsaved++;
    this.#model.observe(id, evidence, wrong);
  }

  /** Whether so much was learnt that it is to be written before the cache is closed. */
  get full(): boolean {
    return this.#unsaved >= FULL;
  }

  /** A user said so of a hit that was served. Of one that another kind of cache served too little is known. */
  judged({ id, similarity, pairing }: Pick<Hit<unknown>, "id" | "similarity" | "pairing">, wrong: boolean): void {
    const [, rival, agreeing] = pairing.split("~");
    if (agreeing === undefined) return;
    const evidence = { similarity, rival: rival === "" ? undefined : Number(rival), agreeing: Number(agreeing) };
    this.observe(id, evidence, wrong);
  }

  /** What was learnt here is added to what others did. */
  *save(store: Store): Steps<void> {
    this.#unsaved = 0;
    const text = yield* amendMeta(store, META.risk, (kept) => this.#model.merge(kept));
    if (text !== undefined) this.#model.saved(text);
  }
}

function evidenceOf({ id, value }: Entry, similarity: number, near: readonly Near[]): Evidence {
  let rival: number | undefined;
  let agreeing = 1;
  for (const other of near) {
    if (other.entry.id === id) continue;
    if (other.entry.value === value) agreeing++;
    else rival = Math.max(rival ?? -1, other.similarity);
  }
  return { similarity, rival, agreeing };
}
