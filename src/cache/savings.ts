import { argumentError } from "../error.ts";
import type { Steps } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import type { Usage } from "./call-options.ts";
import { META } from "./meta.ts";
import { Tally } from "./tally.ts";

/** What a million tokens of each model cost, in whatever currency. */
export type Prices = Readonly<Record<string, { input?: number | undefined; output?: number | undefined }>>;

/** What one model's responses took to make, and what it did not have to make again. */
export interface ModelSavings {
  model: string;
  /** Responses that were stored or shared ones, and their tokens when they were made. */
  callsSaved: number;
  inputTokensSaved: number;
  outputTokensSaved: number;
  /** The milliseconds that would have taken, by what it took to make others. */
  msSaved: number;
  /** By the prices given; undefined without one for this model. */
  costSaved: number | undefined;
  /** Responses that were made, and what they took. */
  callsMade: number;
  inputTokensUsed: number;
  outputTokensUsed: number;
  costSpent: number | undefined;
}

const NONE = { saved: 0, savedInput: 0, savedOutput: 0, made: 0, usedInput: 0, usedOutput: 0, ms: 0 };
type Row = typeof NONE;

type Tell = (response: never) => Usage | undefined;

/** What of a call's options is needed to account for its response. */
export interface Accounted {
  usage?: Tell | undefined;
}

/** Names come from responses: what more models there are is taken together. */
const MOST_MODELS = 100;
const OTHERS = "(others)";

const PER = 1_000_000;

export function checkPrices(prices: Prices | undefined): Prices {
  const isPrice = (price: unknown): boolean => price === undefined || (typeof price === "number" && price >= 0);
  const isFine = (entry: unknown): boolean => {
    if (typeof entry !== "object" || entry === null) return false;
    const { input, output } = entry as Prices[string];
    return isPrice(input) && isPrice(output);
  };
  if (prices === undefined) return {};
  if (typeof prices === "object" && prices !== null && Object.values(prices).every(isFine)) return prices;
  const remedy = 'For example { "gpt-5": { input: 1.25, output: 10 } }, of a million tokens.';
  throw argumentError("prices", "an object of models and their prices", prices, remedy);
}

/** Tokens and time by model, from what is seen of each response. */
export class Savings {
  readonly #tally: Tally<keyof Row>;
  readonly #tell: Tell | undefined;
  readonly #failed: (error: unknown) => void;
  readonly #seen = new Set<string>();

  /** `tell` is the cache's own way to say what a response took; `failed` hears of a way that throws. */
  constructor(store: Store, tell: Tell | undefined, failed: (error: unknown) => void) {
    this.#tell = tell;
    this.#failed = failed;
    this.#tally = new Tally(store, META.savings, NONE);
  }

  /** A response was served that had been made before. */
  saved(response: unknown, options: Accounted): void {
    const usage = this.#usageOf(response, options);
    if (usage) this.#add(usage, { saved: 1, savedInput: usage.inputTokens, savedOutput: usage.outputTokens });
  }

  /** Without `ms`: elsewhere, and how long that took is not known. */
  made(response: unknown, options: Accounted, ms = 0): void {
    const usage = this.#usageOf(response, options);
    if (usage) this.#add(usage, { made: 1, usedInput: usage.inputTokens, usedOutput: usage.outputTokens, ms });
  }

  /** Of each model, the one that was spared most first. */
  *read(prices: Prices): Steps<ModelSavings[]> {
    const rows = [...(yield* this.#tally.read())].map(([model, row]) => savingsOf(model, row, prices[model]));
    return rows.sort((a, b) => b.callsSaved - a.callsSaved || (a.model < b.model ? -1 : 1));
  }

  reset(): void {
    this.#tally.reset();
  }

  save(): Steps<void> {
    return this.#tally.save();
  }

  /** Nothing where the user's function fails: accounts are worth no error. */
  #usageOf(response: unknown, { usage: tell = this.#tell }: Accounted): Usage | undefined {
    try {
      const usage = tell?.(response as never);
      return typeof usage?.model === "string" ? usage : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #add({ model }: Usage, numbers: { [K in keyof Row]?: number | undefined }): void {
    const isKnown = this.#seen.has(model) || this.#seen.size < MOST_MODELS;
    if (isKnown) this.#seen.add(model);
    for (const [name, n = 0] of Object.entries(numbers)) {
      // What a provider tells is not ours to trust.
      if (Number.isFinite(n) && n > 0) this.#tally.add(isKnown ? model : OTHERS, name as keyof Row, n);
    }
  }
}

function savingsOf(model: string, row: Readonly<Row>, price: Prices[string] | undefined): ModelSavings {
  const cost = (input: number, output: number): number | undefined =>
    price && (input * (price.input ?? 0) + output * (price.output ?? 0)) / PER;
  return {
    model,
    callsSaved: row.saved,
    inputTokensSaved: row.savedInput,
    outputTokensSaved: row.savedOutput,
    msSaved: row.made === 0 ? 0 : (row.saved * row.ms) / row.made,
    costSaved: cost(row.savedInput, row.savedOutput),
    callsMade: row.made,
    inputTokensUsed: row.usedInput,
    outputTokensUsed: row.usedOutput,
    costSpent: cost(row.usedInput, row.usedOutput),
  };
}
