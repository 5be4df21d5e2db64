import type { Token } from "../../text/guards/reading.ts";
import { stems } from "../../text/guards/stem.ts";
import { set } from "../../text/guards/words.ts";
import { isMonth } from "./values.ts";

/** Where the verb of a fact is: what stands before it tells of what the fact is. */
export interface Predicate {
  /** Its first verb; "is" and "has" are verbs too. Undefined where none is known for one. */
  readonly verb: Token | undefined;
  /** The tokens of the verb and of what belongs to it: from which on, and up to which. */
  readonly first: number;
  readonly last: number;
  /** Whether it tells what was done, and so may be done again. */
  readonly isEvent: boolean;
}

const COPULAS = set("is are was were be been has have had will must may can should does do did would cannot could");
const VERBS = stems(`
live reside move relocate work join run host serve deploy start begin end finish happen like love enjoy hate dislike prefer want use keep store require call name set
raise lower scale change switch plan lead manage moderate maintain chair weigh drive train publish need support allow last take cost own speak know study learn teach
write read play sing drink eat cook smoke listen process send receive get give close open leave arrive expire contain include hold visit travel fly buy sell rent pay
earn meet watch wear sleep wake ship release report fix fail clean push say retry return belong depend consist handle cover display show print log track monitor test
build compile install roll migrate sync cache index query load render validate sign encrypt accept reject emit subscribe connect point route redirect block limit mean
become stay`);
const PAST = set("bought met went saw wrote sent took gave made ate ran flew drove spent won lost");
/** Of what was done, what made something what it is. */
const CHANGES = /^(?:mov|switch|chang|migrat|upgrad|renam|relocat|join|need)/;
const ADVERBS = set("now also currently still always usually already to recently no longer not never only just again");
const DETERMINERS = set("a an the my our your his her its their this that");
export const PREPOSITIONS = set(
  "in at on to into near from of for by with as under after before until since through via over",
);

export function predicateOf(tokens: readonly Token[]): Predicate {
  const first = tokens.findIndex((_, i) => isVerb(tokens, i));
  if (first < 0) return unknownIn(tokens);
  const verb = tokens[first]!;
  let last = first;
  while (last < tokens.length - 1 && (COPULAS.has(tokens[last]!.word) || ADVERBS.has(tokens[last]!.word))) last++;
  const isEvent = PAST.has(verb.word) || (verb.word.endsWith("ed") && !CHANGES.test(verb.word));
  return { verb, first, last, isEvent };
}

/** It is no sentence, or one of a verb that is not known: the subject is over where a preposition or a number is. */
function unknownIn(tokens: readonly Token[]): Predicate {
  const other = tokens.findIndex(({ word, kind }, i) => {
    const [before, next] = [tokens[i - 1], tokens[i + 1]];
    if (before === undefined || next === undefined || kind !== "word" || !/[^s]s$/.test(word)) return false;
    return !/s$/.test(before.word) && !PREPOSITIONS.has(before.word) && opensObject(next);
  });
  if (other >= 0) return { verb: tokens[other]!, first: other, last: other, isEvent: false };
  const end = tokens.findIndex(({ word, kind }, i) => i > 0 && (PREPOSITIONS.has(word) || kind === "number"));
  return { verb: undefined, first: Math.max(end, 0), last: -1, isEvent: false };
}

function isVerb(tokens: readonly Token[], i: number): boolean {
  if (i === 0 || isMonth(tokens, i)) return false;
  const { word, stem } = tokens[i]!;
  if (COPULAS.has(word) || PAST.has(word)) return true;
  const before = tokens[i - 1]!.word;
  // "The supported browser", and not "the user booked a hotel".
  if (/..ed$/.test(word) && !DETERMINERS.has(before)) {
    return tokens[i + 1] === undefined || opensObject(tokens[i + 1]!);
  }
  // "The user's work email": of one the verb has an ending; of many they have one.
  return VERBS.has(stem) && (word.endsWith("s") || /^(?:i|we|you|they|\w+s)$/.test(before));
}

/** What follows a verb rather than stands before the noun that it belongs to. */
function opensObject({ word, kind, text }: Token): boolean {
  return kind !== "word" || DETERMINERS.has(word) || PREPOSITIONS.has(word) || /^\p{Lu}/u.test(text);
}

export function isCopula({ word }: Token): boolean {
  return COPULAS.has(word);
}

/** "Alice prefers" and "Alice is", of one: what stands before it may be a name. */
export function isOfOne({ word, stem }: Token): boolean {
  return word === "is" || word === "was" || word === "has" || (word.endsWith("s") && VERBS.has(stem));
}
