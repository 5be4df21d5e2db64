import { type Spread, spread } from "./measure.ts";

/** What searches the rows of a case: the index, or one of its peers. */
export interface Searcher {
  name: string;
  /** Asks queries, by number, one after another, and times each. */
  ask(queries: readonly number[]): Answers | Promise<Answers>;
}

/** By query asked. Rows count from 0; −1: none. */
export interface Answers {
  milliseconds: number[];
  rows: number[];
  scores: number[];
}

export interface Answer {
  query: number;
  row: number;
  score: number;
}

export interface Duel {
  subject: Spread;
  peer: Spread;
  /** Median over the rounds of peer ÷ subject: how many times faster the subject is. */
  ratio: number;
  /** The peer's best ÷ the subject's median: what is left of it on a machine whose other work stretches long calls more. */
  cautious: number;
  answers: { subject: Answer[]; peer: Answer[] };
}

const ROUNDS = 10;
/** Of searchers so slow that a round takes a second. */
const SLOW_ROUNDS = 5;
const SLOW_MS = 100;
/** A turn lasts some 20 ms, and has queries before it that are not timed: the other's turn has emptied the caches. */
const TURN_MS = 20;
const MOST_QUERIES = 25;

/** Times one searcher against another, in the order ABBA in every round: what disturbs the machine disturbs both. */
export async function duel(subject: Searcher, peer: Searcher, queries: readonly number[]): Promise<Duel> {
  const sides = [await prepared(subject, queries), await prepared(peer, queries)] as const;
  const [a, b] = sides;
  const ratios: number[] = [];
  const rounds = Math.max(a.estimate, b.estimate) > SLOW_MS ? SLOW_ROUNDS : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    const first = await a.turn();
    const both = (await b.turn()) + (await b.turn());
    ratios.push(both / (first + (await a.turn())));
  }
  const [subjects, peers] = [spread(a.times), spread(b.times)];
  return {
    subject: subjects,
    peer: peers,
    ratio: spread(ratios).median,
    cautious: peers.min / subjects.median,
    answers: { subject: a.answers, peer: b.answers },
  };
}

async function prepared(searcher: Searcher, queries: readonly number[]) {
  const times: number[] = [];
  const answers: Answer[] = [];
  let next = 0;
  const ask = async (count: number): Promise<number[]> => {
    const asked = Array.from({ length: count }, () => queries[next++ % queries.length]!);
    const { milliseconds, rows, scores } = await searcher.ask(asked);
    answers.push(...asked.map((query, i) => ({ query, row: rows[i]!, score: scores[i]! })));
    return milliseconds;
  };
  const estimate = spread(await ask(3)).median;
  const size = Math.min(MOST_QUERIES, Math.max(1, Math.round(TURN_MS / estimate)));
  /** Returns its median. */
  const turn = async (): Promise<number> => {
    const timed = (await ask(2 * size)).slice(size);
    times.push(...timed);
    return spread(timed).median;
  };
  return { times, answers, estimate, turn };
}

/** A searcher in this process. */
export function searcher(name: string, search: (query: number) => { row: number; score: number }): Searcher {
  return {
    name,
    ask(queries) {
      const answers: Answers = { milliseconds: [], rows: [], scores: [] };
      for (const query of queries) {
        const start = performance.now();
        const { row, score } = search(query);
        answers.milliseconds.push(performance.now() - start);
        answers.rows.push(row);
        answers.scores.push(score);
      }
      return answers;
    },
  };
}
