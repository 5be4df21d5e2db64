import { MnemeError } from "../../src/index.ts";

/** How long, how often, and whether at all a server is asked. */
export interface Patience {
  /** Milliseconds a call may take, with all its attempts. Default 5000. */
  timeout?: number | undefined;
  /** How often what only reads is tried again after a failure. Default 2. */
  retries?: number | undefined;
  /**
   * After so many failures in a row, calls fail at once for `rest` milliseconds (5, 5000); then one is let through, and its answer
   * decides. False: every call asks.
   */
  breaker?: { failures?: number | undefined; rest?: number | undefined } | false | undefined;
}

/** One attempt. The signal tells it that nobody waits any more. */
type Attempt<T> = (signal: AbortSignal) => PromiseLike<T>;

/** What a failure says of the server: it answered; it gave no answer; it had no room just now, and did nothing. */
export type Verdict = "answered" | "unanswered" | "busy";

const TIMEOUT_MS = 5000;
const RETRIES = 2;
const FAILURES = 5;
const REST_MS = 5000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * The one way from a store to its server. A server that is slow or gone costs a caller its timeout at the most, and after some
 * failures nothing. What only reads is tried again; what writes never is, as nobody knows whether it was done. What a busy server
 * refused is tried again while there is time, whatever it was.
 */
export class Link {
  readonly #store: string;
  readonly #timeout: number;
  readonly #retries: number;
  readonly #most: number;
  readonly #rest: number;
  readonly #now: () => number;
  readonly #verdictOf: (error: unknown) => Verdict;
  #failures = 0;
  /** Nothing is asked before. */
  #closedUntil = 0;

  constructor(
    store: string,
    { timeout = TIMEOUT_MS, retries = RETRIES, breaker = {} }: Patience = {},
    now: () => number = () => performance.now(),
    verdictOf: (error: unknown) => Verdict = verdictOfOurs,
  ) {
    this.#store = store;
    this.#now = now;
    this.#verdictOf = verdictOf;
    this.#timeout = checked("timeout", timeout, 1);
    this.#retries = checked("retries", retries, 0);
    const { failures = FAILURES, rest = REST_MS } = breaker || { failures: Number.MAX_SAFE_INTEGER };
    this.#most = checked("breaker.failures", failures, 1);
    this.#rest = checked("breaker.rest", rest, 0);
  }

  /** What may be done twice: it only reads, or leaves the same behind. */
  read<T>(attempt: Attempt<T>): Promise<T> {
    return this.#call(attempt, this.#retries);
  }

  write<T>(attempt: Attempt<T>): Promise<T> {
    return this.#call(attempt, 0);
  }

  async #call<T>(attempt: Attempt<T>, retries: number): Promise<T> {
    const end = this.#now() + this.#timeout;
    let verdict: Verdict | undefined;
    for (let tried = 0, unanswered = 0; ; tried++) {
      if (verdict !== "busy") this.#ask();
      const left = end - this.#now();
      try {
        const answer = await this.#inTime(attempt, left);
        this.#failures = 0;
        return answer;
      } catch (error) {
        verdict = this.#verdictOf(error);
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried) * (0.5 + Math.random() / 2); // not all callers at once
        const late = this.#now() + pause >= end;
        if (verdict === "answered") this.#failures = 0;
        else if (verdict === "unanswered" || late) this.#fail();
        if (late || verdict === "answered" || (verdict === "unanswered" && unanswered++ >= retries)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #inTime<T>(attempt: Attempt<T>, ms: number): Promise<T> {
    const giveUp = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const problem = `The ${this.#store} store did not answer within ${this.#timeout} ms.`;
        reject(new MnemeError("store", problem, "Look after its server, or raise the timeout."));
        giveUp.abort();
      }, ms);
    });
    try {
      return await Promise.race([attempt(giveUp.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Refuses while the server is being spared. Whoever comes after that is the one to try. */
  #ask(): void {
    if (this.#failures < this.#most) return;
    const now = this.#now();
    if (now >= this.#closedUntil) {
      this.#closedUntil = now + this.#rest; // for the others
      return;
    }
    const problem = `The ${this.#store} store failed ${this.#failures} times in a row, and is not asked for the moment.`;
    throw new MnemeError("store", problem, "Look after its server; it is tried again by itself.");
  }

  #fail(): void {
    this.#failures++;
    if (this.#failures >= this.#most) this.#closedUntil = this.#now() + this.#rest;
  }
}

/** Other codes of ours than "store" are answers: a conflict, damaged data. */
function verdictOfOurs(error: unknown): Verdict {
  return error instanceof MnemeError && error.code !== "store" ? "answered" : "unanswered";
}

function checked(name: string, given: number, least: number): number {
  if (typeof given === "number" && given >= least) return given;
  throw new MnemeError("argument", `"${name}" expected a number from ${least}, got ${String(given)}.`, "Correct it.");
}
