import { MnemeError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import type { Change } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import type { MemoryEvent } from "./event.ts";
import { type Kept, keptIn } from "./record.ts";
import type { Row } from "./row.ts";

/** What is to be written at once: something new, and what that means for what is known. All of it happens, or nothing. */
export class Plan {
  readonly #engine: Engine;
  readonly #changed = new Map<number, { entry: Entry; before: Kept; after: Kept }>();
  readonly #others: Change[] = [];
  readonly #events: MemoryEvent[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Changes a memory, as the store or this plan has it, if the plan was made for it as it is now; `change` answers undefined if it is to stay as it is. */
  async change(seq: number, change: (kept: Kept) => Kept | undefined, event?: MemoryEvent): Promise<Kept | undefined> {
    const planned = this.#changed.get(seq);
    const entry = planned?.entry ?? (await this.#engine.store.getMany([seq]))[0];
    if (entry === undefined) return undefined; // gone meanwhile: there is nothing to change
    const row = this.#engine.catalogue.at(seq);
    if (row !== undefined && row.revision !== entry.revision) throw outOfDate(row);
    const before = planned?.before ?? keptIn(entry);
    const after = change(planned?.after ?? before);
    if (after === undefined) return undefined;
    this.#changed.set(seq, { entry, before, after });
    if (event !== undefined) this.#events.push(event);
    return after;
  }

  /** Puts a memory that was read into the place of what it was then. */
  replace(entry: Entry, before: Kept, after: Kept): void {
    this.#changed.set(entry.id, { entry, before, after });
  }

  add(...changes: readonly Change[]): void {
    this.#others.push(...changes);
  }

  /** Told once it is done. */
  tell(event: MemoryEvent): void {
    this.#events.push(event);
  }

  get isEmpty(): boolean {
    return this.#changed.size + this.#others.length === 0;
  }

  /** A `conflict` when something it changes has been changed since it was read: plan anew. */
  async carryOut(): Promise<void> {
    const changed = [...this.#changed.values()].flatMap(({ entry, before, after }) =>
      this.#engine.successionOf(entry, before, after),
    );
    if (!this.isEmpty) await this.#engine.commit([...this.#others, ...changed]);
    for (const event of this.#events) this.#engine.emit(event);
  }
}

function outOfDate({ id }: Row): MnemeError {
  const problem = `The memory ${JSON.stringify(id)} has changed since what becomes of it was decided.`;
  return new MnemeError("conflict", problem, "Decide anew.");
}
