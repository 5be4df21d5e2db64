// Words of English that guards know. Lists are written as text, and taken apart once, when first needed.

/** Carry no topic: questions that differ in these alone ask the same. Politeness and hesitation are among them. */
export const FUNCTION: ReadonlySet<string> = set(`
a an the this that these those some any each every all both such own same other another it its itself there here i me my mine myself we us our you your
yours he him his she her they them their one ones someone anyone people person thing things something anything am is are was were be been being do does did
done have has had having will would shall should can could may might must ought get gets getting got let make makes making made need needs needed want wants
like please and or but so if then than as of at by for from in into on onto to with about over per via through within during upon out up off down again back just
only also too even still yet very really who whom whose what which when where why how much many often know tell say show explain help find give possible able way
ways best right ok okay um uh yeah yes well thanks thank hi hello hey kindly pls actually currently now today wonder wondering question go going come take
takes taken put use using used happen happens mean means s im ive id`);

export const CONTRACTED = /['’](?:s|m|re|ve|d|ll)$/;
/** "isn't", "dont", "cannot": what follows the verb is "not". */
export const NEGATED_VERB =
  /(?<=^(?:ca|wo|ai|do|does|did|is|are|was|were|ha[ds]|have|must|need|[csw]h?ould))n['’]?t$|(?<=^can)not$/i;

/** English and frequent, and of no other language: a text with enough of them is taken for English. */
const ENGLISH = set(
  "the does did how what where when why who which your their this that with and could should would they please",
);
/** Of another language too, here and there. */
const MAYBE_ENGLISH = set("is are were my of to for from can have has i you it if any an not");

/** One in ten of the words says so, or one in five may say so. */
export function isEnglish(words: readonly string[]): boolean {
  let known = 0;
  for (const word of words) known += ENGLISH.has(word) ? 2 : Number(MAYBE_ENGLISH.has(word));
  return known > 0 && known * 5 >= words.length;
}

export function set(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}

export function lines(text: string): string[] {
  return text.trim().split(/[;\n]/);
}

/** Under each key everything that comes with it. */
export function gathered<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const table = new Map<string, T[]>();
  for (const [key, value] of pairs) table.set(key, [...(table.get(key) ?? []), value]);
  return table;
}

/** Groups, a line or semicolon each, as a table from the key of each word to the first of its group. */
export function groups(text: string, key: (word: string) => string): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const group of lines(text)) {
    const words = group.split(" ");
    for (const word of words) table.set(key(word), words[0]!);
  }
  return table;
}

/** The key of words of which only the plural is another form. */
export function singular(word: string): string {
  return word.length > 2 ? word.replace(/s$/, "") : word;
}
