/** What looking at the nearest entries says of the best of them, whether or not it is served. */
export interface Evidence {
  /** Of the best candidate. */
  readonly similarity: number;
  /** Similarity of the nearest other candidate whose response differs; undefined where none of those looked at does. */
  readonly rival: number | undefined;
  /** How many of those looked at have the best one's response, itself included. */
  readonly agreeing: number;
}

/** Right, wrong, or nobody knows. */
export const RIGHT = 0;
export const WRONG = 1;
const UNKNOWN = 2;

/** Something looked at once, in whole numbers: what is kept in a store is exactly what is in memory. */
export interface Observation {
  /** 0: there was no candidate. */
  readonly entry: number;
  readonly similarity: number;
  readonly rival: number;
  readonly agreeing: number;
  /** What the entry's labels said of it by then: the logarithm of its risk beside that of its like. */
  readonly history: number;
  /** The logit of the risk expected of its like. */
  readonly expected: number;
  readonly outcome: number;
}

const COSINE = 32767;
/** Stands for no rival: far below any cosine. */
const NO_RIVAL = -32768;
/** Logarithms are kept in sixteenths, ±8. */
const LOGARITHM = 16;
/** A lead over the rival beyond this says no more. */
const CLEAR_LEAD = 0.2;

export function observation(
  entry: number,
  { similarity, rival, agreeing }: Evidence,
  history: number,
  expected = 0,
  outcome = UNKNOWN,
): Observation {
  return {
    entry,
    similarity: whole(similarity * COSINE, COSINE),
    rival: rival === undefined ? NO_RIVAL : whole(rival * COSINE, COSINE),
    agreeing: Math.max(1, whole(agreeing, 255)),
    history: whole(history * LOGARITHM, 127),
    expected: whole(expected * LOGARITHM, 127),
    outcome,
  };
}

export const NO_CANDIDATE = observation(0, { similarity: -1, rival: undefined, agreeing: 1 }, 0);

/** How many numbers describe an observation. */
export const FEATURES = 5;

/**
 * What is believed of the logit of the risk before there is a label, as the weights of the features: it falls with
 * similarity, the lead over the rival and agreement, and follows the entry's history. It decides the first order only.
 */
export const PRIOR: readonly number[] = [-1, -1, -1, -0.7, 1];

/** The numbers a risk is computed from, each about as large as the others. */
export function features({ similarity, rival, agreeing, history }: Observation, into: Float64Array, at = 0): void {
  const lead = rival === NO_RIVAL ? CLEAR_LEAD : Math.min(CLEAR_LEAD, (similarity - rival) / COSINE);
  into[at] = 1;
  into[at + 1] = 10 * (similarity / COSINE - 0.85);
  into[at + 2] = 10 * lead - 1;
  into[at + 3] = Math.log2(agreeing);
  into[at + 4] = history / LOGARITHM;
}

/** The probability that was expected of the like of an observation. */
export function expectedOf({ expected }: Observation): number {
  return 1 / (1 + Math.exp(-expected / LOGARITHM));
}

function whole(value: number, most: number): number {
  return Math.max(-most, Math.min(most, Math.round(value))) || 0; // NaN is 0
}
