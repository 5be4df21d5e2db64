/** How soon more of a word counts no more, and how much less it counts in a longer text: k1 and b of BM25. */
export interface Weighting {
  readonly k1: number;
  readonly b: number;
}

/** How many texts there are, how long together, and how many have each term: of a namespace, or of several that are searched as one. */
export interface Statistics {
  size: number;
  length: number;
  readonly texts: Map<string, number>;
}

/** At how many occurrences half of a term's weight is reached: a part for all texts alike, and one by the text's length. */
export interface Scale {
  fixed: number;
  perTerm: number;
}

export function scaleOf({ size, length }: Statistics, { k1, b }: Weighting): Scale {
  return { fixed: k1 * (1 - b), perTerm: (k1 * b * size) / length };
}

/** Of a term that so many of all texts have: the more, the less. Never nothing. */
export function rarityOf(size: number, texts: number): number {
  return Math.log1p((size - texts + 0.5) / (texts + 0.5));
}

/** Occurrences in a text of a length, 0…1: each one more counts less. */
export function saturated(count: number, length: number, { fixed, perTerm }: Scale): number {
  return count / (count + fixed + perTerm * length);
}
