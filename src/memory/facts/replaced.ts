import { stems } from "../../text/guards/stem.ts";
import { areOne, type Comparison, words } from "./comparison.ts";
import { tellsChange } from "./cues.ts";
import { isCopula } from "./predicate.ts";
import { type Fact, isValue, minutesOf, type Term } from "./terms.ts";

/** Of these a thing may have several at a time: another one does not replace the first. */
const MANY = stems(`
speak know like love enjoy hate dislike visit travel buy bought read watch meet support include contain accept collect play use studied study learn allergic eat drink
ate drank friend interested subscribe follow member`);
/** Of these one only. */
const ONE = stems("get target require need mean cost call name take");
/** "Alice leads the": what only one at a time is or does. */
const ROLE =
  /^\p{Lu}\S*(?: \p{Lu}\S*)? (?:is|was|leads|manages|owns|heads|maintains|moderates|chairs|coordinates|runs|hosts) (?:now )?(?:the|our|my)\b/u;
const DATES: ReadonlySet<string> = new Set(["weekday", "month", "day", "year", "clock", "rate"]);
const RECURRING = /(?:days|ends)\b|\bevery\b/i;

/** Whether in the newer fact one value stands where another stood, of one and the same thing. */
export function isReplaced(before: Fact, now: Fact, { lost, gained }: Comparison): boolean {
  const replaced = lost.filter(
    (a) =>
      isValue(a) && !counts(a, lost) && gained.some((b) => isValue(b) && !counts(b, gained) && areInOnePlace(a, b)),
  );
  if (replaced.length === 0) return false;
  const [was, is] = [before.reading.plain, now.reading.plain];
  if (lost.some((term) => isSubject(term, before)) || gained.some((term) => isSubject(term, now))) {
    return ROLE.test(was) && ROLE.test(is) && words([...lost, ...gained]).length === 0;
  }
  if (tellsChange(is) && !tellsChange(was)) return true;
  const kinds = new Set(replaced.map(({ kind }) => (DATES.has(kind) ? "date" : kind)));
  // Where values change in several places, by one of them it is another thing; the parts of a date change together,
  if (!(kinds.size === 1 && kinds.has("date")) && !areAllOne(lost.filter(isValue))) return false;
  // but not "at 10 on Saturdays" and "at 8 on weekdays".
  const isWeekly = replaced.some(({ kind }) => kind === "weekday") && replaced.some(({ kind }) => kind === "clock");
  if (isWeekly && RECURRING.test(is)) return false;
  if (before.predicate.isEvent && now.predicate.isEvent) return false;
  return !(kinds.has("name") && mayHaveMany(before, replaced));
}

/** "8 cores": of something that the other fact does not speak of. */
function counts({ kind, at }: Term, others: readonly Term[]): boolean {
  return kind === "number" && others.some((other) => other.at === at + 1);
}

function mayHaveMany({ predicate: { verb }, terms }: Fact, replaced: readonly Term[]): boolean {
  if (terms.some(({ key, role }) => role === "verb" && MANY.has(key))) return true;
  if (verb === undefined || isCopula(verb)) return false;
  // Whom somebody follows, and not where somebody lives.
  return !ONE.has(verb.stem) && replaced.some(({ kind, preposition }) => kind === "name" && preposition === "");
}

/** Where it was and where it goes: "lives in", "moved to". */
const IN = /^(?:in|at|on|near)$/;
const TO = /^(?:to|into)$/;

function areInOnePlace(a: Term, b: Term): boolean {
  if ((a.role === "subject") !== (b.role === "subject")) return false;
  const [one, other] = [a.preposition, b.preposition];
  if (a.kind === "name" && one !== other && !(IN.test(one) && TO.test(other))) return false;
  if (a.kind !== b.kind) {
    const [clock, number] = a.kind === "clock" ? [a, b] : [b, a];
    return clock.kind === "clock" && minutesOf(number) !== undefined;
  }
  return a.kind !== "number" || a.unit === b.unit || a.unit === undefined || b.unit === undefined;
}

/** A value that tells of what the fact is: "Alice", "version 2", and not "two approvals". */
function isSubject(term: Term, { terms }: Fact): boolean {
  if (!isValue(term) || term.role !== "subject") return false;
  const isBeside = (at: number) => terms.some((other) => other.at === at);
  return term.kind !== "number" || (term.unit === undefined && (isBeside(term.at - 1) || !isBeside(term.at + 1)));
}

function areAllOne(terms: readonly Term[]): boolean {
  return terms.every((term, i) => i === 0 || areOne(terms[i - 1]!, term));
}
