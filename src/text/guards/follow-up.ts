import { Reading } from "./reading.ts";
import { FUNCTION, set } from "./words.ts";

const ANSWERS = set("yes yeah yep yup no nope nah ok okay sure correct exactly right thanks");
/** With nothing before them that they could stand for. */
const PERSONS = set("he she him his her hers they them their theirs");
const THINGS = set("it this that these those them another");
/** Otherwise what follows such a word is what it points at: "that charge". */
const NEVER_BEFORE_NOUN = set("it them");
const ASKS = set("why how what when where who which");
/** "How much does it cost to …": it stands for what follows. */
const EXPLETIVE =
  /\b(?:is|was|does|will|would|can|could|did)\s+it\b.*\b(?:to|if|that|when)\b|\bit\s+(?:is|costs?|takes?|was|'s)\b.*\b(?:to|if|that)\b|\bwhat (?:time|day|year) is it\b/i;
const POINTS_BACK =
  /^(?:and|but|or|so|then|also)?\s*(?:(?:what|how) about|why not|how so|how come(?=\W*$)|what else|anything else|and then|tell me more|more|go on|continue|again|another|the (?:first|second|third|last|other|former|latter|same|next)(?: one)?|same)\b|\b(?:that same|the same one|the above|you (?:just )?(?:said|mentioned)|the (?:former|latter))\b/i;

/** Long enough to say what it is about. The second also bounds the work. */
const MANY_TOPICS = 5;
const MANY_TOKENS = 60;

/**
 * Whether a question cannot be understood without what was said before: "yes, cancel it", "how old is he?", "what about Rome?".
 * Of English; elsewhere none is.
 */
export function isFollowUp(reading: Reading | string): boolean {
  const { tokens, plain: text } = typeof reading === "string" ? new Reading(reading) : reading;
  const isTopic = tokens.map(
    ({ kind, word }) => kind !== "word" || !(FUNCTION.has(word) || PERSONS.has(word) || THINGS.has(word)),
  );
  const topics = isTopic.filter(Boolean).length;
  if (tokens.length === 0 || tokens.length > MANY_TOKENS || topics >= MANY_TOPICS) return false;
  const first = tokens[0]!.word;
  if (topics <= 1 && ANSWERS.has(first) && (tokens.length === 1 || tokens[1]!.clause > 0 || topics === 0)) return true;
  if (topics <= 1 && tokens.length <= 4 && /^(?:and|but|or)\b/i.test(text)) return true;
  if (POINTS_BACK.test(text)) return true;
  if (!/[a-z]/i.test(text) || !tokens.some(({ word }) => FUNCTION.has(word))) return false; // another language, or key words
  if (topics === 0) return ASKS.has(first) || tokens.some(({ word }) => THINGS.has(word) || PERSONS.has(word));
  let before = 0;
  for (const [i, { word, clause }] of tokens.entries()) {
    const asked = tokens[i - 1]?.word === "how"; // "how old": of whom is what is asked
    if (isTopic[i] && !asked) before++;
    if (PERSONS.has(word) && before === 0) return true;
    const next = tokens[i + 1];
    const standsAlone = next === undefined || next.clause > clause || !isTopic[i + 1] || NEVER_BEFORE_NOUN.has(word);
    if (THINGS.has(word) && standsAlone && topics <= 1 && !EXPLETIVE.test(text)) return true;
  }
  return false;
}
