import { stems } from "../../text/guards/stem.ts";
import { isSame, isValue, type Term } from "./terms.ts";

/** What two facts have in common, and what only the older, or only the newer one has. */
export interface Comparison {
  readonly shared: readonly Term[];
  readonly lost: readonly Term[];
  readonly gained: readonly Term[];
}

/** Each term of the older goes with the first of the newer that says the same. */
export function compare(before: readonly Term[], now: readonly Term[]): Comparison {
  const [shared, lost]: [Term[], Term[]] = [[], []];
  const gained = new Set(now);
  for (const term of before) {
    const same = now.find((other) => gained.has(other) && isSame(term, other));
    if (same === undefined) lost.push(term);
    else {
      shared.push(term);
      gained.delete(same);
    }
  }
  return { shared, lost, gained: [...gained] };
}

/** Verbs that only say that a thing is what it is, or became it. */
const LIGHT = stems(`
live reside move relocate work join run ran host start begin call name rename set adjust upgrade update downgrade bump raise lower increase decrease reduce extend shorten
scale grow shrink change switch migrate replace convert plan schedule reschedule postpone take last cost base locate situate write written rewrite rewritten happen occur
stay become became`);
/** Narrow nothing. */
const NEUTRAL = stems(`
current new team daily regular usual usually main always anyway whole entire official recently already still since because due about approximately roughly around
instead longer anymore per goes went again`);

export function carriesMeaning({ kind, key, role }: Term): boolean {
  return kind !== "word" || !(NEUTRAL.has(key) || (role === "verb" && LIGHT.has(key)));
}

/** The words among them, as far as they carry meaning. */
export function words(terms: readonly Term[]): Term[] {
  return terms.filter((term) => !isValue(term) && carriesMeaning(term));
}

/** How many things they are: an address, or a name of several words, is one. */
export function count(terms: readonly Term[]): number {
  const firsts = terms.filter((term, i) => i === 0 || !areOne(terms[i - 1]!, term));
  return firsts.filter(carriesMeaning).length;
}

/** "12 Canal Street". */
export function areOne(before: Term, term: Term): boolean {
  return isValue(before) && isValue(term) && term.at - before.at <= 1;
}
