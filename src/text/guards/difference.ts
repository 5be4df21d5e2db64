import { differs, type Guard } from "./guard.ts";
import { isNumber } from "./numbers.ts";
import { remembered, type Token } from "./reading.ts";
import { isTypo } from "./stem.ts";
import { areAlike, groupsOf } from "./synonyms.ts";
import { FUNCTION, set } from "./words.ts";

/** The longest run of words that is taken for one put in, or put in the place of another. */
const LONGEST = 3;
/** So much of the longer text must be the same, word by word, in the same order. */
const SAME = 0.5;
/** Longer texts are too long to differ in one place by intention. It also bounds the work. */
const MOST_TOKENS = 40;
/** Put in, these change nothing. */
const VACUOUS =
  set(`account number phone mobile new card own city exactly quick quickly easily online legal allowed possible available eligible necessary try old
age email address full ever soon later detail details information process steps proper`);

interface Word extends Pick<Token, "text" | "word" | "stem" | "clause"> {
  /** Whether it carries a topic. */
  readonly topical: boolean;
  readonly groups: readonly number[];
}

const wordsOf = remembered(({ tokens }): readonly Word[] =>
  tokens.length > MOST_TOKENS
    ? []
    : tokens.map((token) => {
        const { text, word, stem, clause, kind } = token;
        const topical = kind !== "word" || !(FUNCTION.has(word) || isNumber(token));
        return { text, word, stem, clause, topical, groups: groupsOf(stem) };
      }),
);

/**
 * Two questions that are the same but for one place, in which other words stand, or stand in one of them only: people who ask
 * the same in their own words change more than that. What differs in many places is left to similarity.
 */
export const difference: Guard = {
  name: "difference",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    // In one order, whichever is asked: of several ways to lay them side by side always the same one.
    const [ours, theirs] =
      asked.text < stored.text ? [wordsOf(asked), wordsOf(stored)] : [wordsOf(stored), wordsOf(asked)];
    const pairs = aligned(ours, theirs);
    if (pairs.length < SAME * Math.max(ours.length, theirs.length)) return undefined;
    const gap = onlyGap(ours, theirs, pairs);
    if (gap === undefined) return undefined;
    const [left, right] = gap;
    if (Math.max(left.length, right.length) > LONGEST) return undefined;
    if (areInitials(left, right) || areInitials(right, left)) return undefined;
    if ((left.length === 0 || right.length === 0) && [...left, ...right].every(({ word }) => VACUOUS.has(word)))
      return undefined;
    return differs(
      left.map(({ text }) => text),
      right.map(({ text }) => text),
    );
  },
};

/** "IMF" for International Monetary Fund. */
function areInitials([acronym]: readonly Word[], words: readonly Word[]): boolean {
  return words.length > 1 && acronym?.word === words.map(({ word }) => word[0]).join("");
}

type Pairs = readonly (readonly [number, number])[];

/** The words of topic in the one place where the texts differ in any; undefined where there are several such places, or none. */
function onlyGap(ours: readonly Word[], theirs: readonly Word[], pairs: Pairs): [Word[], Word[]] | undefined {
  const clauses = new Set(pairs.flatMap(([a, b]) => [ours[a]!.clause, ~theirs[b]!.clause]));
  let found: [Word[], Word[]] | undefined;
  let [i, j] = [0, 0];
  for (const [a, b] of [...pairs, [ours.length, theirs.length] as const]) {
    const mine = ours.slice(i, a).filter((word) => word.topical && clauses.has(word.clause) && !isIn(word, theirs));
    const other = theirs.slice(j, b).filter((word) => word.topical && clauses.has(~word.clause) && !isIn(word, ours));
    [i, j] = [a + 1, b + 1];
    if (mine.length + other.length === 0) continue;
    if (found !== undefined) return undefined;
    found = [mine, other];
  }
  return found;
}

/** Anywhere: what is only said in another order is not another word. */
function isIn(word: Word, words: readonly Word[]): boolean {
  return words.some((other) => isSame(word, other));
}

/** The longest run of words that both have in this order, each with its place in both. */
function aligned(a: readonly Word[], b: readonly Word[]): Pairs {
  const width = b.length + 1;
  const best = new Uint8Array((a.length + 1) * width);
  const same = new Uint8Array(best.length);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1, at = i * width + j; j >= 0; j--, at--) {
      if (isSame(a[i]!, b[j]!)) {
        same[at] = 1;
        best[at] = best[at + width + 1]! + 1;
      } else best[at] = Math.max(best[at + width]!, best[at + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const at = i * width + j;
    if (same[at]) pairs.push([i++, j++]);
    else if (best[at + width]! >= best[at + 1]!) i++;
    else j++;
  }
  return pairs;
}

function isSame({ stem: a, word, groups }: Word, { stem: b, word: other, groups: others }: Word): boolean {
  if (a === b || areAlike(groups, others)) return true;
  const shorter = Math.min(a.length, b.length);
  if (a[0] !== b[0] || shorter < 4) return false;
  if (Math.abs(a.length - b.length) <= 3 && a.slice(0, shorter) === b.slice(0, shorter)) return true;
  return shorter > 4 && isTypo(word, other);
}
