import { folded, Reading } from "../../text/guards/reading.ts";
import { isTypo, stem } from "../../text/guards/stem.ts";
import { areAlike, groupsOf } from "../../text/guards/synonyms.ts";
import { FUNCTION, gathered, lines, set } from "../../text/guards/words.ts";
import { isOfOne, PREPOSITIONS, type Predicate, predicateOf } from "./predicate.ts";
import { HALF_DAY, type Value, valuesAt } from "./values.ts";

/** A word of a fact that carries meaning, or a value in it: an amount, a time, a name. */
export interface Term extends Omit<Value, "kind"> {
  readonly kind: Value["kind"] | "name" | "word";
  /** The groups of words of which each may stand for each other. */
  readonly groups: readonly number[];
  /** Where it is among the tokens. */
  readonly at: number;
  /** Whether it stands before the verb, with it, or after it. */
  readonly role: "subject" | "verb" | "rest";
  /** The preposition before it; "" where there is none. */
  readonly preposition: string;
}

/** A fact, taken apart. */
export interface Fact {
  readonly reading: Reading;
  readonly terms: readonly Term[];
  readonly predicate: Predicate;
}

/** What may stand for each other where facts are told, besides the words that may in questions. */
const ALIKE = `
live reside base locate situate stay move relocate;work employ join job;call name title;run ran host operate serve deploy deployment;start begin began happen occur
like love enjoy fond;dislike hate;keep kept store save hold held retain retention;require need must mandatory compulsory obligatory;birthday birth born
document documentation doc;write written wrote rewrite rewritten build built code implement;enable active activate on;disable inactive deactivate off
maximum max limit most;send sent deliver;theme mode;allergic allergy;temp temporary;kubernetes k8;javascript js;typescript ts;postgres postgresql
manage manager lead leader head;development dev;production prod;repository repo;configuration config;application app;environment env;directory folder
kid child children;marry wed wife husband spouse;buy bought purchase;sell sold;leave left depart;speak spoke;eat ate;drink drank;meet met;pay paid`;
/** Beyond the numbers of the groups of questions. */
const FIRST_GROUP = 10_000;
const ALIKE_OF = gathered(
  lines(ALIKE).flatMap((group, i) => group.split(" ").map((word) => [stem(word), FIRST_GROUP + i] as const)),
);

/** Who likes; elsewhere it is "would like", or "something like this". */
const LIKING = set("i we you they not don't also really");
/** That it is not so is looked for elsewhere. */
const NEGATORS = set("not no non never none nothing nobody nowhere neither nor without ca wo");
/** "It is on", "it is off by default". */
const AFTER_STATE = set("by in for at during");

/** Names of files, hosts, packages, channels and colours: what readings would take apart. */
const COMPOUND =
  /(?<![\p{L}\p{N}_`"“@/#])(?:[@#]?[\p{L}_][\p{L}\p{N}_-]*(?:[./:@+][\p{L}\p{N}_-]+)+|#[\p{L}\p{N}_-]+)(?![`"”])/gu;

export function factOf(text: string): Fact {
  const plain = text
    .replace(/\b([ap])\.m\./gi, "$1m")
    .replace(/\b(?:Mrs?|Ms|Dr|Prof)\. /g, "")
    .replace(/\.js\b/gi, "")
    .replace(/\bv(?=\d)/gi, "")
    .replace(/(?<=^|\s)['‘]([^'’\n]{1,80})['’](?=$|[\s.,;:!?])/g, '"$1"')
    .replace(COMPOUND, "`$&`");
  const reading = new Reading(plain);
  const predicate = predicateOf(reading.tokens);
  return { reading, predicate, terms: termsOf(reading, predicate) };
}

/** Each once, where it stands first. */
function termsOf(reading: Reading, { first, last }: Predicate): Term[] {
  const { tokens } = reading;
  const terms = new Map<string, Term>();
  let preposition = "";
  for (let i = 0; i < tokens.length; i++) {
    const at = i;
    const role = at < first ? "subject" : at <= last ? "verb" : "rest";
    const { word } = tokens[at]!;
    const found = valuesAt(reading, at);
    if (found !== undefined) i = found.last;
    const values = found?.values ?? wordAt(reading, at, role);
    for (const value of values) {
      const id = `${value.kind} ${value.key}`;
      if (!terms.has(id)) terms.set(id, { groups: [], ...value, at, role, preposition });
    }
    if (PREPOSITIONS.has(word)) preposition = word;
    else if (values.length > 0) preposition = "";
  }
  return [...terms.values()];
}

type Word = Pick<Term, "kind" | "key" | "groups">;

function wordAt(reading: Reading, i: number, role: Term["role"]): Word[] {
  const { tokens, hasCase } = reading;
  const { word, stem, text, kind, first, clause } = tokens[i]!;
  if (kind === "literal" || kind === "mixed") {
    return [{ kind: "name", key: folded(text.replace(/^[`"“„«「]|[`"“”»」]$/g, "")), groups: [] }];
  }
  const next = tokens[i + 1];
  const isState = word === "on" || word === "off";
  const endsClause = next === undefined || next.clause !== clause || AFTER_STATE.has(next.word);
  const isInitial = !first && /^\p{Lu}$/u.test(text) && word !== "i";
  const isLiking = word === "like" && LIKING.has(tokens[i - 1]?.word ?? "");
  const isShouted = hasCase && /^\p{Lu}{2,}$/u.test(text);
  const isIdle =
    NEGATORS.has(word) ||
    PREPOSITIONS.has(word) ||
    (FUNCTION.has(word) && !isShouted && text !== "Go") ||
    word.length < 2;
  if (isIdle && !isInitial && !isLiking && !(isState && endsClause)) return [];
  const isName = isInitial || isNameAt(reading, i) || (role !== "subject" && /-.+-/.test(text));
  return [{ kind: isName ? "name" : "word", key: stem, groups: [...groupsOf(stem), ...(ALIKE_OF.get(stem) ?? [])] }];
}

function isNameAt({ tokens, hasCase }: Reading, i: number): boolean {
  const { text, first } = tokens[i]!;
  if (/^(?:called|named|renamed)$/.test(tokens[i - 1]?.word ?? "")) return true;
  if (/^\p{Lu}[\p{Lu}.&-]*\p{Lu}$/u.test(text) || /^\p{Ll}+\p{Lu}/u.test(text)) return true;
  if (!hasCase || !/^\p{Lu}/u.test(text)) return false;
  if (!first) return true;
  // "Alice prefers", and not "Backups run".
  const next = tokens[i + 1];
  return next !== undefined && isOfOne(next);
}

/** Whether it is something of which a fact may get another. */
export function isValue({ kind }: Term): boolean {
  return kind !== "word";
}

/** Whether two terms say the same. */
export function isSame(a: Term, b: Term): boolean {
  if (a.key === b.key && a.kind === b.kind) return true;
  if (a.kind === "clock" || b.kind === "clock") return isSameClock(a, b);
  if (a.kind === "number" && b.kind === "number") return isSameNumber(a, b);
  if (!isWord(a) || !isWord(b)) return false;
  if (a.key === b.key) return true;
  if (/\d/.test(a.key + b.key)) return false; // with another digit it is another one
  if (areAlike(a.groups, b.groups) || isAlias(a.key, b.key)) return true;
  // Another letter may make another word: only one too few or too many is a slip.
  return a.key.length > 5 && a.key.length !== b.key.length && isTypo(a.key, b.key);
}

function isWord({ kind }: Term): boolean {
  return kind === "word" || kind === "name";
}

/** Who does not say which half of the day may mean either; "at 8" is at 8:00. */
function isSameClock(a: Term, b: Term): boolean {
  const [one, other] = [minutesOf(a), minutesOf(b)];
  if (one === undefined || other === undefined) return false;
  const isOpen = a.unit === undefined || b.unit === undefined;
  return one === other || (isOpen && one % HALF_DAY === other % HALF_DAY);
}

/** Of a clock; of a number too, which may be an hour. */
export function minutesOf({ kind, amount, unit }: Term): number | undefined {
  if (kind === "clock") return amount;
  return kind === "number" && unit === undefined && amount! <= 24 ? 60 * amount! : undefined;
}

/** As far as measures are rounded where they are told in another unit. */
const ROUNDED = 0.03;

function isSameNumber(a: Term, b: Term): boolean {
  if (a.unit !== b.unit) return a.amount === b.amount && (a.unit === undefined || b.unit === undefined);
  if (a.amount === b.amount) return true;
  const [unit, other] = [a.key.split(" ")[1], b.key.split(" ")[1]];
  return unit !== other && Math.abs(a.amount! - b.amount!) <= ROUNDED * Math.max(a.amount!, b.amount!);
}

/** "Postgres" and "PostgreSQL", "retried" and "retries", "written" and "rewritten". */
function isAlias(a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const shorter = Math.min(a.length, b.length);
  return (same >= 4 && same >= shorter - 1) || (shorter > 4 && (a === `re${b}` || b === `re${a}`));
}
