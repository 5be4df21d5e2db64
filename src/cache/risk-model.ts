import { MnemeError } from "../error.ts";
import {
  type Evidence,
  expectedOf,
  FEATURES,
  features,
  NO_CANDIDATE,
  type Observation,
  observation,
  PRIOR,
  RIGHT,
  WRONG,
} from "./evidence.ts";
import { joined, MOST_LABELS, MOST_LOOKUPS, NOTHING, type Observations, packed, unpacked } from "./labels.ts";
import { dot, fitLogistic } from "./logistic.ts";
import { RiskCurve } from "./risk-curve.ts";

/** Computed anew when there is this share more to know; a lookup tells half as much as a label. */
const NEWS = 1 / 32;
/** An entry counts as ordinary until its labels say otherwise, with so many errors' weight. */
const ORDINARY = 0.25;
/** An error says something of its entry where it was not to be expected: the power of how little it was. */
const SURPRISE = 4;
/** So many times the risk of its like an entry may seem to have by chance. */
const CHANCE = 2;
/** Lookups without a label that are worth a write. */
const LOOKUPS_WORTH_SAVING = 256;

/** Errors of an entry, and those expected of its like. */
interface Tally {
  wrong: number;
  expected: number;
}

/**
 * What is known of when serving an entry is wrong: labels pooled over the cache, and each entry's own. It says how wrong
 * the cache could become, at 95 % confidence; what to serve, to try and to write is the cache's to decide.
 */
export class RiskModel {
  readonly #onDamage: (error: MnemeError) => void;
  #kept: Observations = NOTHING;
  /** Of this process, not written yet. */
  #labels: Observation[] = [];
  #lookups: Observation[] = [];
  /** How many of each are on their way into the store. */
  #leaving = { labels: 0, lookups: 0 };
  #news = 0;
  #tallies = new Map<number, Tally>();
  #weights: readonly [Float64Array, Float64Array] = [Float64Array.from(PRIOR), Float64Array.from(PRIOR)];
  #curve: RiskCurve | undefined;

  /** `kept`: the text in the store. What is not intact is told, and is as if there were nothing. */
  constructor(kept?: string, onDamage: (error: MnemeError) => void = () => {}) {
    this.#onDamage = onDamage;
    this.#take(kept);
  }

  /** How many labels it decides by. */
  get labels(): number {
    return this.#kept.labels.length + this.#labels.length;
  }

  /** Whether there is something to write. */
  get dirty(): boolean {
    return this.#labels.length > 0 || this.#lookups.length >= LOOKUPS_WORTH_SAVING;
  }

  /**
   * Once for every lookup that the exact layer does not answer, before it is decided; `evidence` is undefined where there
   * was no candidate. The budget is a share of these.
   */
  saw(entry: number, evidence: Evidence | undefined): void {
    this.#lookups.push(evidence === undefined ? NO_CANDIDATE : observation(entry, evidence, this.#history(entry)));
    if (this.#lookups.length > MOST_LOOKUPS) {
      this.#lookups.shift();
      this.#leaving.lookups--;
    }
    this.#news += 0.5;
  }

  /** Somebody knows whether the entry would have been, or was, a wrong answer. */
  observe(entry: number, evidence: Evidence, wrong: boolean): void {
    const like = this.#score(observation(entry, evidence, 0));
    const label = observation(entry, evidence, this.#history(entry), like, wrong ? WRONG : RIGHT);
    this.#labels.push(label);
    if (this.#labels.length > MOST_LABELS) {
      this.#labels.shift();
      this.#leaving.labels--;
    }
    this.#count(label);
    this.#news++;
  }

  /**
   * Upper bound of the share of lookups that are answered wrong if this is served and so is all that looks no riskier, at
   * 95 % confidence; more for an entry that was wrong more often than its like. 1 while too little is known.
   */
  bound(entry: number, evidence: Evidence): number {
    if (this.#curve === undefined || this.#news > this.labels * NEWS) this.#learn();
    const history = this.#history(entry);
    const pooled = this.#curve!.bound(this.#score(observation(entry, evidence, history)));
    return Math.min(1, pooled * Math.max(1, Math.exp(history) / CHANCE));
  }

  /**
   * What to store in place of `kept`, which others may have written meanwhile; then call `saved` with it. Undefined: leave
   * it alone, a newer version's or of no news.
   */
  merge(kept: string | undefined): string | undefined {
    if (!this.dirty) return undefined;
    let others = NOTHING;
    try {
      if (kept !== undefined) others = unpacked(kept);
    } catch (error) {
      if ((error as MnemeError).code === "newer") return undefined;
    }
    this.#leaving = { labels: this.#labels.length, lookups: this.#lookups.length };
    return packed(joined(others, { labels: this.#labels, lookups: this.#lookups }));
  }

  /** What `merge` returned stands in the store. */
  saved(text: string): void {
    this.#labels = this.#labels.slice(Math.max(0, this.#leaving.labels));
    this.#lookups = this.#lookups.slice(Math.max(0, this.#leaving.lookups));
    this.#leaving = { labels: 0, lookups: 0 };
    this.#take(text);
  }

  #take(kept: string | undefined): void {
    this.#curve = undefined;
    this.#kept = NOTHING;
    try {
      if (kept !== undefined) this.#kept = unpacked(kept);
    } catch (error) {
      if (!(error instanceof MnemeError)) throw error;
      this.#onDamage(error);
    }
    this.#recount();
  }

  /** How much riskier than its like an entry proved, as a logarithm: 0 for one without labels. */
  #history(entry: number): number {
    const { wrong, expected } = this.#tallies.get(entry) ?? { wrong: 0, expected: 0 };
    return Math.log((ORDINARY + wrong) / (ORDINARY + expected));
  }

  #count(label: Observation): void {
    const tally = this.#tallies.get(label.entry) ?? { wrong: 0, expected: 0 };
    const expected = expectedOf(label);
    const surprise = (1 - expected) ** SURPRISE;
    tally.wrong += surprise * label.outcome;
    tally.expected += surprise * expected;
    this.#tallies.set(label.entry, tally);
  }

  #recount(): void {
    this.#tallies = new Map();
    for (const label of joined(this.#kept, { labels: this.#labels, lookups: [] }).labels) this.#count(label);
  }

  #score(seen: Observation): number {
    const row = new Float64Array(FEATURES);
    features(seen, row);
    return (dot(row, 0, this.#weights[0]) + dot(row, 0, this.#weights[1])) / 2;
  }

  /** Each half of the entries is scored by what the other half's labels say: no label judges the score it made. */
  #learn(): void {
    const { labels, lookups } = joined(this.#kept, { labels: this.#labels, lookups: this.#lookups });
    this.#weights = [weightsOf(labels.filter(isOdd)), weightsOf(labels.filter((label) => !isOdd(label)))];
    const row = new Float64Array(FEATURES);
    const scores = Float64Array.from(labels, (label) => {
      features(label, row);
      return dot(row, 0, this.#weights[isOdd(label) ? 1 : 0]);
    });
    const wrong = Uint8Array.from(labels, ({ outcome }) => outcome);
    const asked = Float64Array.from(lookups, (seen) =>
      seen.entry === 0 ? Number.POSITIVE_INFINITY : this.#score(seen),
    );
    this.#curve = new RiskCurve(scores, wrong, asked.sort());
    this.#recount();
    this.#news = 0;
  }
}

function weightsOf(labels: readonly Observation[]): Float64Array {
  const rows = new Float64Array(labels.length * FEATURES);
  for (const [i, label] of labels.entries()) features(label, rows, i * FEATURES);
  return fitLogistic(
    rows,
    Uint8Array.from(labels, ({ outcome }) => outcome),
    PRIOR,
  );
}

/** Half of the entries, whatever step their ids rise by. */
function isOdd({ entry }: Observation): boolean {
  return Math.imul(entry, 0x9e3779b1) >>> 31 === 1;
}
