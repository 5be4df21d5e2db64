import { type SharedMemory, SharedReader } from "../../src/vectors/shared-reader.ts";
import { seeded } from "../unit/vectors.ts";
import { HistoryReader } from "./history.ts";
import { everyRow, NAMESPACES, QUERIES, type Trial } from "./trial.ts";

export interface Findings {
  searches: number;
  /** Entries of answers that were compared. */
  compared: number;
  /** How many versions went by during searches. */
  meanwhile: number;
  wrong: string[];
}

const ENOUGH_WRONG = 5;
const THRESHOLDS = [-1, -0.5, 0, 0.2, 0.5, 0.8, 0.95];

/** Searches until the trial is over. Every answer must be that of every row of one version: of when the search was made. */
export function readAndCheck(shared: SharedMemory, trial: Trial, reader: number, ready: () => void): Findings {
  const findings: Findings = { searches: 0, compared: 0, meanwhile: 0, wrong: [] };
  const random = seeded(1000 + reader);
  const pick = (n: number): number => Math.min(n - 1, Math.floor(((random() + 1) / 2) * n));
  const current = new BigInt64Array(shared.memory.buffer, shared.state, 1);
  const index = new SharedReader(shared);
  const history = new HistoryReader(trial.history, reader);
  ready();
  let last = 0;
  while (Atomics.load(trial.over, 0) === 0 && findings.wrong.length < ENOUGH_WRONG) {
    const asked = {
      namespace: pick(2) === 0 ? 0 : pick(NAMESPACES.length),
      query: pick(QUERIES),
      k: pick(8) === 0 ? 300 : 1 + pick(100),
      threshold: THRESHOLDS[pick(THRESHOLDS.length)]!,
    };
    const before = Number(Atomics.load(current, 0));
    const found = index.search(NAMESPACES[asked.namespace]!, trial.queries[asked.query]!, asked.k, asked.threshold);
    const after = Number(Atomics.load(current, 0));
    const { version } = index;
    history.advance(version);
    const expected = everyRow(trial, history.states, asked);
    if (version < before || version > after || version < last) {
      findings.wrong.push(`version ${version} after ${last}, in a search from ${before} to ${after}`);
    }
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      findings.wrong.push(`${JSON.stringify({ version, before, after, ...asked, found, expected })}`.slice(0, 3000));
    }
    last = version;
    findings.searches++;
    findings.compared += expected.length;
    findings.meanwhile += after - before;
  }
  history.leave();
  index.close();
  return findings;
}

/** Begins a search, tells when it is in the middle of it, and stays there until its thread is ended from outside. */
export function staySearching(shared: SharedMemory, namespace: string, query: Float32Array, ready: () => void): void {
  const index = new SharedReader(shared);
  index.search(namespace, query, 1, -1, () => {
    ready();
    for (;;);
  });
}

/**
 * Begins a search, tells when it is in the middle of it, and goes on when its turn comes (1), although its place may have been
 * taken back by then. Afterwards it is the turn of others (2); or they are told that nothing was wrong with it (3).
 */
export function outliveSearch(
  shared: SharedMemory,
  namespace: string,
  query: Float32Array,
  turn: Int32Array,
  ready: () => void,
): void {
  const index = new SharedReader(shared);
  let asked = 0;
  let end = 3;
  try {
    index.search(namespace, query, 50, -1, () => {
      if (asked++ === 3) {
        ready();
        Atomics.wait(turn, 0, 0);
      }
      return true;
    });
  } catch {
    end = 2;
  }
  Atomics.store(turn, 0, end);
}
