import type { Engine } from "./engine.ts";

/** What is being computed, by what it means. */
export interface Meaning {
  /** Of its flight. */
  readonly name: string;
  readonly namespace: string;
  readonly scope: string;
  readonly query: string;
  readonly vector: Float32Array;
}

export interface Underway extends Meaning {
  /** Settles when its response has been stored, or will not be. */
  readonly landed: Promise<void>;
}

/** Of more than these only the latest are compared: whoever computes so much at once is not waiting for a comparison. */
const MOST = 256;

/** What is being computed now, for those who ask the same in other words. */
export class InFlight {
  readonly #underway = new Set<Underway>();

  /** The nearest that would answer this, by similarity and guards. */
  nearest(engine: Engine, { namespace, scope, query, vector }: Meaning, threshold: number): Underway | undefined {
    let best: Underway | undefined;
    let least = threshold;
    for (const one of [...this.#underway].slice(-MOST)) {
      if (one.namespace !== namespace || one.scope !== scope) continue;
      const similarity = dot(one.vector, vector);
      if (!(similarity >= least) || engine.guards?.refusal(query, one.query) !== undefined) continue;
      best = one;
      least = similarity;
    }
    return best;
  }

  /** Nobody waits for these any more: what they compute was asked for before it was forgotten. */
  abandon(concerned: (name: string) => boolean): void {
    for (const one of this.#underway) if (concerned(one.name)) this.#underway.delete(one);
  }

  /** Call what it returns when it has landed. */
  add(meaning: Meaning): () => void {
    let land!: () => void;
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    const underway = { ...meaning, landed };
    this.#underway.add(underway);
    return () => {
      this.#underway.delete(underway);
      land();
    };
  }
}

/** Of two vectors of length 1. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
