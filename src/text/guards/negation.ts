import { differs, type Guard } from "./guard.ts";
import { remembered } from "./reading.ts";
import { stems } from "./stem.ts";
import { set } from "./words.ts";

const NEGATORS = set("not no non never none nothing nobody nowhere neither nor without");
/** Says no such thing, but where one text says "does not work" the other may say this. */
const IMPLIES =
  stems(`unable fail failure stop broken missing lack decline refuse forgot forget lost lose avoid except prevent block problem issue
trouble error impossible exclude reject denied wrong unavailable cancel off out free only yet still invalid`);
/** "Not only", "not sure", "don't know": nothing is negated by a negator before one of these, or after the last two. */
const IDLE_BEFORE = set("only sure just longer problem know understand remember");
const IDLE_AFTER = set("or why if");
/** "Don't you …?" and "isn't it?" hope for a yes; "why don't you …?" does not. */
const ADDRESSED = set("you it that");

const polarityOf = remembered(({ tokens }) => {
  let negator: string | undefined;
  let implied = false;
  for (const [i, { text, word, stem, clause }] of tokens.entries()) {
    if (IMPLIES.has(stem)) implied = true;
    const next = tokens[i + 1]?.word ?? "";
    const isIdle =
      IDLE_BEFORE.has(next) ||
      IDLE_AFTER.has(tokens[i - 1]?.word ?? "") ||
      (ADDRESSED.has(next) && tokens[i - 2]?.clause !== clause) ||
      (i === 0 && word === "no"); // "No, …" answers
    if (NEGATORS.has(word) && !isIdle) negator ??= text;
  }
  return { negator, implied };
});

/** One text says "not", and the other neither that nor anything like it. */
export const negation: Guard = {
  name: "negation",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [polarityOf(asked), polarityOf(stored)];
    if ((ours.negator === undefined) === (theirs.negator === undefined)) return undefined;
    const other = ours.negator === undefined ? ours : theirs;
    return other.implied ? undefined : differs([(ours.negator ?? theirs.negator)!], []);
  },
};
