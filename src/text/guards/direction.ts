import { differs, type Guard } from "./guard.ts";
import { type Reading, remembered, type Token } from "./reading.ts";
import { set } from "./words.ts";

/** What they govern is not to be exchanged. */
const DIRECTED = set("from to into than");
/** Of the stretch in which two texts differ; it bounds the work. */
const LONGEST = 40;
/** Between such the order does not matter. */
const EVEN = set("and or vs versus with");

const DETERMINERS = set("a an the my your our their his her its this that");

const sequenceOf = remembered(({ tokens }: Reading) => {
  const stems = tokens.map(({ stem }) => stem);
  return { stems, sorted: [...stems].sort().join(" ") };
});

/** What follows each word of direction: "from mysql", "to postgr". */
const headsOf = remembered(({ tokens }: Reading) => {
  const heads = new Map<string, Token>();
  for (const [i, { word }] of tokens.entries()) {
    if (!DIRECTED.has(word)) continue;
    let next = i + 1;
    while (DETERMINERS.has(tokens[next]?.word ?? "")) next++;
    if (next < tokens.length) heads.set(word, tokens[next]!);
  }
  return heads;
});

/** From A to B is not from B to A; nor is "does A call B" the same as "does B call A". */
export const direction: Guard = {
  name: "direction",
  check(asked, stored) {
    const [ours, theirs] = [sequenceOf(asked), sequenceOf(stored)];
    const swapped = ours.sorted === theirs.sorted ? swap(ours.stems, theirs.stems, asked.tokens) : undefined;
    if (swapped !== undefined) return swapped;
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [heads, others] = [headsOf(asked), headsOf(stored)];
    for (const [word, one] of heads) {
      const other = others.get(word);
      if (other === undefined || one.stem === other.stem) continue;
      if (theirs.stems.includes(one.stem) && ours.stems.includes(other.stem))
        return differs([`${word} ${one.text}`], [`${word} ${other.text}`]);
    }
    return undefined;
  },
};

/** The same words, but two of them, or two runs of them, in each other's place. */
function swap(ours: readonly string[], theirs: readonly string[], tokens: readonly Token[]): string | undefined {
  let start = 0;
  while (start < ours.length && ours[start] === theirs[start]) start++;
  let end = ours.length;
  while (end > start && ours[end - 1] === theirs[end - 1]) end--;
  const [mine, other] = [ours.slice(start, end), theirs.slice(start, end)];
  if (mine.length < 3 || mine.length > LONGEST) return undefined;
  // mine is X M Y, other would be Y M X: the middle is kept, and is not empty, or it would only be said in another order.
  for (let x = 1; x < mine.length - 1; x++) {
    for (let y = 1; x + y < mine.length; y++) {
      const middle = mine.slice(x, -y);
      if (middle.every((word) => EVEN.has(word))) continue;
      const turned = [...mine.slice(-y), ...middle, ...mine.slice(0, x)];
      if (turned.every((word, i) => word === other[i])) {
        const [one, two] = [tokens.slice(start, start + x), tokens.slice(end - y, end)].map(textOf);
        return `“${one}” and “${two}” have changed places`;
      }
    }
  }
  return undefined;
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join(" ");
}
