import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";

/** How many entries there are: counted once, then kept up with what this cache writes, as counting may take long. */
export class Population {
  readonly #store: Store;
  /** By namespace; undefined stands for all. */
  readonly #counts = new Map<string | undefined, number>();
  /** Entries with greater ids are new to us. */
  #greatest: number | undefined = 0;
  #changes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  *count(namespace?: string): Steps<number> {
    const known = this.#counts.get(namespace);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const counted = yield* step(this.#store.count(namespace));
    if (changes === this.#changes) this.#counts.set(namespace, counted); // else it is not known what it counted
    return counted;
  }

  /** An entry was written; if its id is greater than all before, it is a new one. */
  put(id: number, namespace: string): void {
    if (this.#greatest === undefined) this.forget();
    else if (id > this.#greatest) {
      this.#greatest = id;
      this.#add(namespace, 1);
    }
  }

  removed(namespace: string, n: number): void {
    this.#add(namespace, -n);
  }

  /** An entry there is; of whoever. */
  met(id: number): void {
    if (this.#greatest !== undefined) this.#greatest = Math.max(this.#greatest, id);
  }

  /** Nobody tells which entries there are: after every put they are counted anew. */
  ignore(): void {
    this.#greatest = undefined;
  }

  /** Others wrote, or it is not known what was: count anew. */
  forget(): void {
    this.#changes++;
    this.#counts.clear();
  }

  #add(namespace: string, n: number): void {
    this.#changes++;
    for (const name of [namespace, undefined]) {
      const count = this.#counts.get(name);
      if (count !== undefined) this.#counts.set(name, count + n);
    }
  }
}
