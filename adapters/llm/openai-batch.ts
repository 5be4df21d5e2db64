interface Waiting<I, O> {
  input: I;
  signal: AbortSignal;
  resolve(output: O): void;
  reject(error: unknown): void;
}

/** Milliseconds without another one after which those that are known to be missing are asked for: others may be under way elsewhere. */
const PATIENCE_MS = 10;

/** What is missing of several inputs is asked for together, once of each it is known whether it is. */
export class Batch<I, O> {
  /** How many upstream was asked for. */
  asked = 0;
  readonly #ask: (inputs: I[], signal: AbortSignal) => Promise<O[]>;
  readonly #missing = new Set<I>();
  #open: number;
  #waiting: Waiting<I, O>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(inputs: number, ask: (inputs: I[], signal: AbortSignal) => Promise<O[]>) {
    this.#open = inputs;
    this.#ask = ask;
  }

  /** One that is missing. */
  get(input: I, signal: AbortSignal): Promise<O> {
    this.#missing.add(input);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, signal, resolve, reject });
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#flush(), PATIENCE_MS);
      this.#decide();
    });
  }

  /** One that was found, unless it was missing. */
  settle(input: I): void {
    if (!this.#missing.has(input)) this.#decide();
  }

  #decide(): void {
    if (--this.#open === 0) this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    this.asked += waiting.length;
    const inputs = waiting.map(({ input }) => input);
    this.#ask(inputs, allOf(waiting.map(({ signal }) => signal))).then(
      (outputs) => waiting.forEach(({ resolve }, i) => void resolve(outputs[i]!)),
      (error: unknown) => waiting.forEach(({ reject }) => void reject(error)),
    );
  }
}

/** Aborted when all of them are. */
function allOf(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  let left = signals.length;
  const leave = ({ reason }: AbortSignal): void => {
    if (--left === 0) controller.abort(reason);
  };
  for (const signal of signals) {
    if (signal.aborted) leave(signal);
    else signal.addEventListener("abort", () => leave(signal), { once: true });
  }
  return controller.signal;
}
