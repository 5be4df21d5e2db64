import { unlessAborted } from "../abort.ts";
import { MnemeError } from "../error.ts";

/** What the user's model or embedder is waited for: not longer than this, and not after the caller has gone. */
export async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const end = new AbortController();
  const abort = (): void => end.abort(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => end.abort(new LateError(ms)), ms);
  try {
    return await unlessAborted(work(end.signal), end.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** There was no answer in time. */
export class LateError extends MnemeError {
  constructor(ms: number) {
    super("embedder", `There was no answer within ${ms} ms.`, "Check the service, or allow more time.");
  }
}
