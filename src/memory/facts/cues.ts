import { factOf, type Term } from "./terms.ts";

const TAKEN_BACK =
  /\b(?:no longer|any ?more|stopped|quit|gave up|given up|cancel+ed|dropped|removed|retired|deprecated|discontinued|closed|sold|abandoned|ended|divorced|used to|former(?:ly)?|shut down|decommissioned|phased out|got rid of|lost|expired|revoked|moved away|left (?:the|his|her|their|our))\b/i;
const CHANGED =
  /\b(?:now|switched|moved|changed|migrated|upgraded|instead|replaced|renamed|from now on|as of|relocated|rescheduled)\b/i;
const NEGATED = /\b(?:not|no|never|none|nobody|nothing|nowhere|neither|without|cannot)\b|n['’]t\b/i;
/** "And nowhere else", "no later than": nothing is denied. */
const IDLE =
  /\b(?:no|not|nothing|nowhere|nobody|none|no ?one) (?:else|only|other|later|earlier|more|less|but|matter)\b/i;

/** That something is so no more. */
export function takesBack(text: string): boolean {
  return TAKEN_BACK.test(text);
}

/** That something became otherwise. */
export function tellsChange(text: string): boolean {
  return CHANGED.test(text);
}

/** That something is not so. */
export function negates(text: string): boolean {
  return NEGATED.test(text);
}

/** Whether what looks like it denies nothing. */
export function negatesIdly(text: string): boolean {
  return IDLE.test(text);
}

/** What follows, or is followed by, what was: "from X to Y", "Y instead of X", "X was replaced by Y". */
const FORMER =
  /\b(?:mov|switch|chang|migrat|upgrad|downgrad|renam|relocat|relicens|rebrand|reassign|reschedul|resiz|rais|lower|increas|reduc|decreas|extend|convert|cut|went)\w*\b[^.;]{0,40}?\bfrom ([^.;,]{1,40}?) to\b|\b(?:instead of|rather than|in place of|replac(?:es|ed|ing)) ([^.;,]{1,40})|\b([^.;,]{1,40}?) (?:was|were|has been|have been) replaced (?:by|with)\b/gi;

/** Whether a text tells of one of the terms that it was. */
export function tellsFormer(text: string, terms: readonly Term[]): boolean {
  return [...text.matchAll(FORMER)].some(([, ...parts]) => {
    const former = factOf(parts.find((part) => part !== undefined)!).terms;
    return former.some(({ key }) => terms.some((term) => term.key === key));
  });
}
