import type { Guard } from "./guard.ts";
import { remembered } from "./reading.ts";
import { stem, stems } from "./stem.ts";
import { gathered, lines } from "./words.ts";

// A word, and after the colon its opposites. Those made by a prefix or an ending are found without being listed.
const PAIRS = `
open:close shut;enable:disable;include:exclude;accept:decline reject refuse;approve:reject deny decline;allow:forbid ban prevent block prohibit;permit:prohibit
increase:decrease reduce cut;raise:low cut reduce;buy:sell rent;lend:borrow;give:receive;send:receive;import:export;upload:download;push:pull;add:remove delete
create:delete;attach:detach;join:leave;enter:exit leave;start:stop end finish;begin:end finish;first:last;win:lose;pass:fail;succeed:fail;success:failure
benefit:drawback;advantage:drawback;profit:loss;gain:lose loss;strength:weakness;strong:weak;best:worst;better:worse;good:bad;safe:dangerous
cheap:expensive;more:less few;most:least;maximum:minimum;max:min;high:low;large:small;big:small;long:short;fast:slow;early:late;old:young new;near:far;hot:cold
warm:cool;heat:cool;freeze:thaw;hide:show;pause:resume;encrypt:decrypt;expand:collapse;before:after;over:under;above:below;inside:outside;indoor:outdoor
internal:external;arrive:depart leave;arrival:departure;inbound:outbound;incoming:outgoing;debit:credit;deposit:withdraw;income:expense;public:private
manual:automatic;optional:mandatory compulsory required;voluntary:compulsory mandatory;temporary:permanent;free:paid;full:empty part;single:return double joint
fixed:variable;gross:net;cause:prevent cure;agree:disagree;always:never;left:right;top:bottom;front:back rear;positive:negative;input:output;upgrade:downgrade
hire:fire;save:spend delete;clean:dirty;raw:cooked;read:write;collect:deliver;collection:delivery;easy:hard difficult;simple:complex;male:female`;

const OPPOSITES = gathered(
  lines(PAIRS).flatMap((line) => {
    const [one, ...others] = line.split(/[: ]/).map(stem);
    return others.flatMap((other): [string, string][] => [
      [one!, other],
      [other, one!],
    ]);
  }),
);

const NEGATED = /^(?:un|dis|non|in|im|ir|il|mis|de)(?=..)/;
/** Begin as if something were negated. */
const NOT_NEGATED = stems(
  "cover count charge play form vest come stall side tend voice port prove press part fault miss",
);

const OTHER_WAY: Readonly<Record<string, string>> = {
  on: "off",
  off: "on",
  in: "out",
  out: "in",
  up: "down",
  down: "up",
};
const PARTICLE_VERBS = stems("turn switch log sign check opt clock scale power roll put take tune plug move");

/** Words, each with what its opposite would be; of "turn it off" the verb and the particle are one. */
const wordsOf = remembered(({ tokens }) => {
  const words = new Map<string, { text: string; opposites: readonly string[] }>();
  for (const [i, { kind, stem: root, word, text }] of tokens.entries()) {
    if (kind !== "word") continue;
    const other = OTHER_WAY[word];
    if (other === undefined) {
      words.set(root, { text, opposites: word.length < 3 ? [] : oppositesOf(root) });
      const joined = word.length > 4 && /^(.{3,})(on|off|in|out|up|down)$/.exec(word);
      if (joined) words.set(word, { text, opposites: [`${joined[1]}${OTHER_WAY[joined[2]!]}`] });
      continue;
    }
    const verb = tokens.slice(Math.max(0, i - 4), i).find((token) => PARTICLE_VERBS.has(token.stem));
    if (verb !== undefined)
      words.set(`${verb.stem}${word}`, { text: `${verb.text} ${text}`, opposites: [`${verb.stem}${other}`] });
  }
  return words;
});

function oppositesOf(root: string): string[] {
  const found = [...(OPPOSITES.get(root) ?? [])];
  if (root.length < 5) return found;
  const grade = root.endsWith("er") ? "er" : root.endsWith("est") ? "est" : "";
  if (grade !== "") {
    const bare = root.slice(0, -grade.length);
    for (const other of OPPOSITES.get(bare) ?? OPPOSITES.get(`${bare}e`) ?? []) found.push(other, other + grade);
  }
  const bare = root.replace(NEGATED, "");
  if (bare.length > 3 && bare.length < root.length && !NOT_NEGATED.has(bare)) found.push(bare);
  if (root.endsWith("ful")) found.push(root.replace(/ful$/, "less"));
  return found;
}

/** One text has a word and the other its opposite, and neither has both: open and closed, more and less, enable and disable. */
export const opposites: Guard = {
  name: "opposites",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [wordsOf(asked), wordsOf(stored)];
    return facing(ours, theirs) ?? facing(theirs, ours);
  },
};

type Words = ReturnType<typeof wordsOf>;

function facing(some: Words, others: Words): string | undefined {
  for (const [word, { text, opposites }] of some) {
    if (opposites.length === 0 || others.has(word)) continue;
    for (const opposite of opposites) {
      const found = others.get(opposite);
      if (found !== undefined && !some.has(opposite)) return `“${text}” and “${found.text}” are opposites`;
    }
  }
  return undefined;
}
