/** What a memory costs beside its text where a list of them is put into a prompt: a bullet, its tier, its date, a line's end. */
export const ITEM_TOKENS = 12;

/** What is at most one token, in characters: words, or parts of one as in camelCase, as nearly all of English are… */
const WORD = 9;
/** …digits, of which vocabularies have all groups of three… */
const DIGITS = 3;
/** …signs that stand together, as they do in code… */
const SIGNS = 3;
/** …and letters of other alphabets: more of them in vocabularies of today, less in older ones. */
const FOREIGN = 2;

/** Of Chinese, Japanese, Korean and pictures, each character is one. */
const PIECES = /([A-Z]?[a-z]+|[A-Z]+)|(\d+)|([!-/:-@[-`{-~]+)|(\s\s+|[\n\t])|([\x80-\u2e7f]+)|[\u2e80-\uffff]/g;

/**
 * About how many tokens a text is for a model; how many exactly, only the model's own vocabulary tells. Beside two of OpenAI's
 * (cl100k and o200k) it counts 0.9 to 1.15 times as many for English, code and JSON, 1 to 1.4 times for Chinese and Japanese,
 * and for other languages what is between the two, which are far apart there. Blanks between words are counted with the words.
 */
export function approximateTokens(text: string): number {
  let tokens = 0;
  for (const [piece, word, digits, signs, blanks, foreign] of text.matchAll(PIECES)) {
    if (word) tokens += Math.ceil(word.length / WORD);
    else if (digits) tokens += Math.ceil(digits.length / DIGITS);
    else if (signs) tokens += Math.ceil(signs.length / SIGNS);
    else if (foreign) tokens += foreign.length / FOREIGN;
    else tokens += blanks ? 1 : piece.length;
  }
  return Math.ceil(tokens);
}

/**
 * The first of a list, in its order, as many as cost no more than `max` together; the first one whatever it costs. None after
 * the first that does not fit, small as it may be: what is shown is the best there is, not what fills up the space.
 */
export function withinBudget<T>(
  items: readonly T[],
  cost: (item: T) => number,
  max: number,
): { kept: T[]; omitted: number } {
  let spent = 0;
  const end = items.findIndex((item, i) => {
    spent += cost(item);
    return i > 0 && spent > max;
  });
  const kept = end < 0 ? items.slice() : items.slice(0, end);
  return { kept, omitted: items.length - kept.length };
}
