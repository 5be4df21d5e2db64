import { negation } from "../text/guards/negation.ts";
import { opposites } from "../text/guards/opposites.ts";
import { contentFingerprint } from "./clean.ts";
import { type Comparison, carriesMeaning, compare, count, words } from "./facts/comparison.ts";
import { negates, negatesIdly, takesBack, tellsFormer } from "./facts/cues.ts";
import { isReplaced } from "./facts/replaced.ts";
import { areExcluded } from "./facts/states.ts";
import { type Fact, factOf, isValue, type Term } from "./facts/terms.ts";

type Relation = "update" | "restatement" | "distinct";

/** Longer texts are more than one fact; it also bounds the work. */
const LONGEST = 600;

/** Of the terms of the fact that has fewer, so many must be in the other one. */
const OVERLAP = 0.5;
/** Of the older one's terms, so many must be in one that takes it back, or that only negates it. */
const TAKEN_BACK = 0.6;
const NEGATED = 0.75;
/** From this overlap on, other words are other words for the same. */
const SAME = 0.8;
/** An update may say so many words more. */
const MOST_OTHERS = 2;

/**
 * Whether the newer of two facts makes the older one untrue, tells the same, or is about something else. By the words alone, of
 * English; and sooner "restatement" or "distinct" than a wrong "update", as what is updated is not seen any more.
 */
export function compareFacts(older: string, newer: string): Relation {
  if (contentFingerprint(older) === contentFingerprint(newer)) return "restatement";
  if (older.length > LONGEST || newer.length > LONGEST) return "distinct";
  const [before, now] = [factOf(older), factOf(newer)];
  const comparison = compare(before.terms, now.terms);
  if (!isNear(comparison)) return "distinct";
  return changeOf(before, now, comparison) ?? (isRestatement(comparison) ? "restatement" : "distinct");
}

function isNear({ shared, lost, gained }: Comparison): boolean {
  if (shared.length < OVERLAP * (shared.length + Math.min(count(lost), count(gained)))) return false;
  if (shared.length > 1 || shared.some(isValue)) return true;
  if (shared.length === 0) return false;
  // "The warehouse is in Rotterdam", and "in Antwerp": they cannot have more in common.
  const [left, right] = [words(lost), words(gained)];
  if (left.length + right.length > 0)
    return left.length === 1 && right.length === 1 && areExcluded(left[0]!, right[0]!);
  const isVerb = ({ role, kind }: Term) => role === "verb" && kind === "word";
  return !(lost.some(isVerb) && gained.some(isVerb));
}

function isRestatement({ shared, lost, gained }: Comparison): boolean {
  const [left, right] = [lost.filter(carriesMeaning), gained.filter(carriesMeaning)];
  if (left.length === 0 || right.length === 0) return true;
  if (left.some(isValue) && right.some(isValue)) return false;
  return shared.length >= SAME * (shared.length + Math.min(left.length, right.length));
}

/** What the facts say of each other by what changed; undefined where nothing did that is known for a change. */
function changeOf(before: Fact, now: Fact, comparison: Comparison): Relation | undefined {
  const { shared, lost, gained } = comparison;
  const [was, is] = [before.reading.plain, now.reading.plain];
  const [left, right] = [words(lost), words(gained)];
  if (right.length > MOST_OTHERS) return undefined;
  const containment = shared.length / before.terms.filter(carriesMeaning).length;

  if (gained.some(carriesMeaning) && tellsFormer(is, shared) && !tellsFormer(was, shared)) return "update";
  const isTakenBack = takesBack(is) && !takesBack(was);
  const isOther = [left, right].every((terms) => terms.some(({ role }) => role !== "verb"));
  if (isTakenBack && containment >= TAKEN_BACK && !isOther) return "update";

  const isIdle = negatesIdly(was) || negatesIdly(is) || takesBack(was);
  const isNegated =
    !isIdle && negates(was) !== negates(is) && negation.check(before.reading, now.reading) !== undefined;
  if (left.some((a) => right.some((b) => areExcluded(a, b)))) {
    if (left.length > 1 || right.length > 1 || [...lost, ...gained].some(isValue)) return undefined;
    return isNegated || UNTIL.test(`${was} ${is}`) ? "restatement" : "update";
  }
  if (isNegated) {
    const isSame = containment >= NEGATED && left.length + right.length <= 1 && !lost.some(isValue);
    return isSame ? "update" : undefined;
  }

  if (opposites.check(before.reading, now.reading) !== undefined) return undefined;
  // Other words on both sides, or one more before the verb, make it a fact of another thing.
  if ((left.length > 0 && right.length > 0) || left.length > MOST_OTHERS) return undefined;
  if ([...left, ...right].some(({ role }) => role === "subject")) return undefined;
  if (negates(was) !== negates(is) && !isTakenBack) return undefined;
  return isReplaced(before, now, comparison) ? "update" : undefined;
}

/** What is open until ten closes at ten. */
const UNTIL = /\b(?:un)?till?\b/i;
