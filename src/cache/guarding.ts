import { argumentError, MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import type { Guard } from "../text/guards/guard.ts";
import type { Reading } from "../text/guards/reading.ts";
import { hasContext } from "../text/scope.ts";

/** What is loaded with guards on; nothing of it where a bundle left guards out. */
type Kit = typeof import("#guards");
export type LoadGuards = () => Awaitable<Kit>;

/** False: none. A list: these. A function: what it makes of the default ones. */
export type GuardsOption = false | readonly Guard[] | ((defaults: readonly Guard[]) => readonly Guard[]);

export interface GuardRefusal {
  guard: string;
  /** Why. */
  detail: string;
}

/** Texts that were taken apart are kept, so many of them: the same questions are near over and over. */
const READINGS = 1000;
/** Of longer texts none is kept: memory stays bounded. */
const LONGEST_KEPT = 2000;

export function checkGuards(guards: GuardsOption = (defaults) => defaults): GuardsOption {
  if (guards === false || typeof guards === "function" || Array.isArray(guards)) return guards;
  throw argumentError("guards", "false, a list of guards or a function", guards, "Leave it out for the default ones.");
}

/** The guards of an open cache. */
export class Guarding {
  readonly #guards: readonly Guard[];
  readonly #kit: Kit;
  readonly #readings = new Map<string, Reading>();

  static *open(option: GuardsOption, load: LoadGuards): Steps<Guarding | undefined> {
    if (option === false) return undefined;
    const kit = yield* step(load());
    if (kit.defaultGuards === undefined) {
      const problem = "Guards were left out of this bundle.";
      throw new MnemeError("unsupported", problem, 'Open with guards: false, or build without "mneme-no-guards".');
    }
    const guards = typeof option === "function" ? option(kit.defaultGuards) : option;
    if (!Array.isArray(guards) || guards.some((guard) => typeof guard?.check !== "function")) {
      throw argumentError("guards", "a list of { name, check(asked, stored) }", guards, "See docs/guards.md.");
    }
    return new Guarding(kit, guards);
  }

  private constructor(kit: Kit, guards: readonly Guard[]) {
    this.#kit = kit;
    this.#guards = guards;
  }

  /** Whether it cannot be understood without what was said before, and that is not in its scope. */
  isFollowUp(query: string, scope: unknown): boolean {
    return !hasContext(scope) && this.#kit.isFollowUp!(this.#read(query));
  }

  /** The first guard's that refuses to answer one question with what is stored for the other. */
  refusal(asked: string, stored: string): GuardRefusal | undefined {
    for (const { guard, detail } of this.verdicts(asked, stored)) if (detail !== undefined) return { guard, detail };
    return undefined;
  }

  /** What each says, as far as one reads on. */
  *verdicts(asked: string, stored: string): Generator<{ guard: string; detail: string | undefined }> {
    if (asked === stored) return;
    const [ours, theirs] = [this.#read(asked), this.#read(stored)];
    for (const guard of this.#guards) yield { guard: guard.name, detail: verdictOf(guard, ours, theirs) };
  }

  #read(text: string): Reading {
    const known = this.#readings.get(text);
    if (known !== undefined) {
      // What was read last goes last.
      this.#readings.delete(text);
      this.#readings.set(text, known);
      return known;
    }
    const reading = new this.#kit.Reading!(text);
    if (text.length > LONGEST_KEPT) return reading;
    this.#readings.set(text, reading);
    if (this.#readings.size > READINGS) this.#readings.delete(this.#readings.keys().next().value!);
    return reading;
  }
}

/** A guard that fails has not seen that all is well. */
function verdictOf(guard: Guard, asked: Reading, stored: Reading): string | undefined {
  try {
    return guard.check(asked, stored);
  } catch (error) {
    return `it failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
