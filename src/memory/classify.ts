import { ROLE_LABEL } from "./clean.ts";
import { withoutCode } from "./prose.ts";

type Kind = "decision" | "problem" | "fact" | "preference" | "howto";

/** What a text is, as far as its words tell. */
export interface Classified {
  tier: "semantic" | "procedural";
  kind: Kind;
  /** 0…1. */
  confidence: number;
}

/** In characters. Shorter ones say too little, longer ones too much for one fact. */
const SHORTEST = 20;
const LONGEST = 400;
/** One more marker is granted to texts over this. */
const LONG = 200;
/** Of markers; more make it no surer. */
const SUREST = 5;
const SURE_ENOUGH = 0.3;

/** Of several kinds that fit as well, the first. A marker a line. */
const MARKERS: Readonly<Record<Kind, string>> = {
  howto: String.raw`
(?:^|[.:] )to \w[^.,]*,
how to|in order to|steps? (?:\d|to)|follow these|instructions?|procedure
first(?:ly)?|begin by|start by
then|afterwards|after that|next|finally|lastly
(?:before|after|by|once|when)(?: you)?(?: first)? \w+ing
(?:^|[.:] )(?:when|if|once|after|before|whenever) [^.,]*, (?:then )?[a-z]+ (?:the|a|an|your|it|its|both)
run|rerun|execute|restart|rebuild|restore|invoke
open|click|select|press|navigate|go to|log in|sign in|type|enter
install|download|copy|create|edit|delete|remove|add|register|commit|tag|push|apply|merge|generate|pour|heat
set|unset|enable|disable|configure|pass|setting|export
make sure|ensure|check|verify|watch|confirm
scripts?|commands?|option|flag|variable`,
  preference: `
prefers?|preferred|preferring|preferences?
likes?|loves?|enjoys?|fond of|fan of|cares? about
dislikes?|hates?|can't stand|cannot stand|annoy(?:s|ed|ing)
favou?rites?
(?:would|'d) (?:rather|like|love|prefer)
rather than|instead of
always
never
avoids?|(?:don't|do not|doesn't|does not|no) (?:use|want|suggest|like|need|add|write|send|call|ask|ever|eat|drink)
wants?|wish(?:es)?
please
usually|by default|whenever possible|from now on
allergic|vegetarian|vegan|intolerant|kosher|halal
(?:you|we|it|they) (?:should|must)`,
  decision: String.raw`
decided|decides?|decisions?
agreed|agreement|consensus
chose|chosen|chooses?|picked|selected|opted|opting
settled on|went with|going with|go with|standardi[sz]ed on
approved|signed off|concluded|committed to
switched|switching|migrat(?:ed|ing|ion)|moved (?:from|to)|adopt(?:ed|ing|s)?|replac(?:ed|ing)
instead of|rather than|in favou?r of|over \w+(?: \w+)?,? (?:since|because|as)
trade-?offs?|pros and cons|compared|comparing|evaluat(?:ed|ing)
ruled out|rejected|dropped|drop|abandoned|deprecated?|postponed?|cancelled|discontinued
because|since (?!\d)|the reason|so that|as (?:it|they|we|the|this|types)
going forward|from now on|(?:we|it|they|team|app|api|services?) will|we'll
plan(?:ned|s)? to|the plan`,
  problem: String.raw`
fail(?:s|ed|ing|ures?)?
errors?|exceptions?|[a-z]+error|e[a-z]{3,}(?:refused|reset|timedout|noent|acces)|[45]\d\d
crash(?:es|ed|ing)?|panics?|segfaults?|aborted
bugs?|defects?|glitch(?:es)?
broken|broke|breaks|corrupt(?:ed)?|wrong|incorrect(?:ly)?
root cause|caused? (?:by|of)|because of|due to|turned out
runs? out of|out of memory|out of disk|leak(?:s|ed|ing)?|oom
tim(?:es?|ed|ing) out|timeouts?|hangs?|hung|freezes?|stuck|stalls?
race conditions?|deadlocks?|flaky|at random|intermittent(?:ly)?
fix(?:ed|es|ing)?|resolved|workarounds?
(?:doesn't|does not|didn't|did not|don't|isn't|is not|not) (?:work|start|load|build|connect|reachable|respond|found|compile)(?:ing)?|unable to|can't|cannot
regressions?|outages?|incidents?|issues?|problems?
missing|mistake|expired|lost|unreachable|never removed|hard-coded|throws?|bounces?|strips?
whenever|on startup|under load|after upgrading|since (?:the|we)|again`,
  fact: String.raw`
(?:lives?|lived|based|located|situated|resides?|stays) (?:in|at|near)|hosted|headquarter(?:s|ed)
works? (?:as|at|for|from|in|with)|worked (?:as|at|for|in)|employed
(?:is|are|was) (?:called|named|known as)|named|name is
(?:runs|run|running) (?:on|in|\w+ \d)|deployed (?:on|to|in|with)|uses|built (?:with|on|in)|written in
listens on|port \d+|urls?|endpoint|host ?name
has|have (?:a|an|two|three|\d+)|contains?|consists? of|includes?|supports?|comes with
(?:owned|managed|maintained|generated|written|led|run|operated) by|managed with|belongs? to|depends? on|requires?|reports? to
(?:stored|kept|saved|found|archived|documented|defined) (?:in|on|at|under)
address|e-?mail|phone|birthday|time ?zone|licen[cs]e|default|capacity|versions?|salary|nationality
https?:.*|\S+@\S+\.\S+
(?:in|since|from|on) (?:(?:january|february|march|april|may|june|july|august|september|october|november|december) )?(?:19|20)\d\d
\d[\d.,]* ?(?:[a-z]+)
born|founded|established|opens?|open from|closed
(?:my|his|her|their|our|user's) (?:wife|husband|partner|daughter|son|brother|sister|mother|father|boss|cat|dog|team|company|name|colleague)
(?:is|are|was) (?:a|an|the) \w+`,
};

const TIERS: Readonly<Record<Kind, Classified["tier"]>> = {
  decision: "semantic",
  problem: "semantic",
  fact: "semantic",
  preference: "procedural",
  howto: "procedural",
};

const FAMILIES = Object.entries(MARKERS).map(([kind, lines]) => ({
  kind: kind as Kind,
  markers: lines
    .trim()
    .split("\n")
    .map((marker) => new RegExp(`(?<![\\w-])(?:${marker})(?![\\w-])`, "i")),
}));

/** Not sure, asking, or only about what is being done. */
const HEDGED =
  /\b(?:maybe|perhaps|possibly|probably|presumably|apparently|supposedly|might|could be|may (?:be|have)|seems?|seemed|i (?:think|guess|suppose|believe|assume|wonder)|(?:not|isn't|'m not) (?:\w+ )?(?:sure|certain|clear)|unsure|unclear|as far as i know|(?:it )?depends on (?:what|how|whether|the))\b|\?(?:\s|["')]|$)/i;
const TALK =
  /^(?:ok(?:ay)?|sure|thanks?|thank you|great|done|hello|hi|wow|noted|understood|let me|let's|let us|i(?:'ll| will| am going to|'m going to)|looking at|reading|here (?:is|are)|as you can see)\b/i;

/** Code amid a sentence; what it is made of says nothing. */
const INLINE = /`[^`\n]*`/g;

/** What kind of knowledge a text of English is; undefined where it is none for sure. */
export function classify(text: string): Classified | undefined {
  const whole = text.trim();
  if (whole.length < SHORTEST || whole.length > 2 * LONGEST) return undefined; // it bounds the work
  const length = [...whole].length;
  if (length < SHORTEST || length > LONGEST) return undefined;
  if (whole.search(ROLE_LABEL) >= 0 || HEDGED.test(whole) || TALK.test(whole)) return undefined;
  const prose = withoutCode(whole).replace(INLINE, "");
  if (prose.length < SHORTEST) return undefined;
  let best: Classified | undefined;
  for (const { kind, markers } of FAMILIES) {
    const found = markers.filter((marker) => marker.test(prose)).length;
    if (found === 0) continue;
    const confidence = Math.min(found + (length > LONG ? 1 : 0), SUREST) / SUREST;
    if (confidence > (best?.confidence ?? SURE_ENOUGH)) best = { tier: TIERS[kind], kind, confidence };
  }
  return best;
}

interface Fact extends Classified {
  content: string;
}

/** Of one text. */
const MOST_FACTS = 5;
const BULLET = /^\s*(?:[-*•–]|\d{1,3}[.)])\s+/;
const SENTENCE_ENDS = /(?<=[.!?]["')\]]?)\s+(?=["'(]?\p{Lu})/u;

/** The surest facts that a longer text tells, in its order: paragraphs, or sentences where a paragraph as a whole is none. */
export function extractFacts(text: string): Fact[] {
  const facts = new Map<string, Fact>();
  for (const paragraph of paragraphs(text)) {
    const isWhole = classify(paragraph) !== undefined;
    for (const content of isWhole ? [paragraph] : paragraph.split(SENTENCE_ENDS)) {
      const classified = classify(content);
      if (classified !== undefined) facts.set(content, { content, ...classified });
    }
  }
  const all = [...facts.values()];
  const surest = new Set(all.toSorted((a, b) => b.confidence - a.confidence).slice(0, MOST_FACTS));
  return all.filter((fact) => surest.has(fact));
}

/** What stands between empty lines; what somebody says, and an item of a list, is one of its own. */
function paragraphs(text: string): string[] {
  const found: string[][] = [[]];
  for (const line of withoutCode(text).replace(ROLE_LABEL, "\n").split("\n")) {
    if (line.trim() === "" || BULLET.test(line)) found.push([]);
    found.at(-1)!.push(line.replace(BULLET, "").trim());
  }
  return found.map((lines) => lines.join(" ").trim()).filter((paragraph) => paragraph !== "");
}
