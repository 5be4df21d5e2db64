import { expect } from "./embedder-identity.ts";

/** Whether a failure may be gone the next time, and how long the server wants to be left alone first. */
export interface Verdict {
  again: boolean;
  /** Milliseconds. */
  after?: number | undefined;
}

const RETRIES = 2;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
/** Who is to wait for longer than that is told instead. */
const LONGEST_WAIT_MS = 60_000;

export function checkedRetries(embedder: string, retries: number = RETRIES): number {
  const holds = Number.isSafeInteger(retries) && retries >= 0;
  expect(holds, embedder, "retries: a whole number from 0", "Correct it.");
  return retries;
}

/** Tries again what failed for a while, longer after each time, and by chance, so that callers who failed together do not return together. */
export async function retrying<T>(
  retries: number,
  signal: AbortSignal,
  attempt: () => PromiseLike<T>,
  verdictOf: (error: unknown) => Partial<Verdict>,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const { again, after = 0 } = verdictOf(error);
      if (signal.aborted || !again || tried >= retries || after > LONGEST_WAIT_MS) throw error;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried) * (0.5 + Math.random() / 2);
      await sleep(Math.max(after, pause), signal);
    }
  }
}

/** What the headers of an answer ask for, in milliseconds: a number of seconds, or a date. */
export function retryAfter(header: (name: string) => string | null | undefined): number | undefined {
  const value = header("retry-after") ?? "";
  const seconds = Number(value);
  const ms = value.trim() !== "" && seconds >= 0 ? seconds * 1000 : Date.parse(value) - Date.now();
  return ms >= 0 ? ms : undefined;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, ms);
    signal.addEventListener("abort", leave, { once: true });
  });
}
