import type { Kernel } from "../kernel/kernel.ts";
import type { Arena } from "./arena.ts";
import type { Grace } from "./grace.ts";

/** What is listed of an arena. */
interface Listed {
  record: number;
  head: number;
  planes: number;
}

/** Where readers in other threads find the arenas of a memory (assembly/chains.ts). Empty as long as nobody shares it. */
export class Listing {
  readonly #kernel: Kernel;
  readonly #grace: Grace;
  readonly #listed = new Map<Arena, Listed>();
  /** By name: records of arenas that no search sees any more. */
  readonly #spare = new Map<string, number[]>();
  #isOpen = false;

  constructor(kernel: Kernel, grace: Grace) {
    this.#kernel = kernel;
    this.#grace = grace;
  }

  /** From now on arenas are listed, beginning with these. */
  open(arenas: Iterable<Arena>): void {
    if (this.#isOpen) return;
    const all = [...arenas];
    const records = all.map((arena) => this.#record(arena.namespace));
    this.#isOpen = true;
    for (const [i, arena] of all.entries()) {
      this.#listed.set(arena, { record: records[i]!, head: 0, planes: 0 });
      this.show(arena);
    }
  }

  /** Makes room for an arena: once it has rows it must not fail. */
  expect(arena: Arena): void {
    if (!this.#isOpen) return;
    this.#listed.set(arena, { record: this.#record(arena.namespace), head: 0, planes: 0 });
  }

  /** With the next version readers see the arena as it is now. */
  show(arena: Arena): void {
    const listed = this.#listed.get(arena);
    const { head, planes } = arena;
    if (listed === undefined || (listed.head === head && listed.planes === planes)) return;
    const isNew = listed.head === 0;
    this.#kernel.threads!.setChain(listed.record, head, planes);
    if (isNew) this.#kernel.threads!.beginChain(listed.record);
    listed.head = head;
    listed.planes = planes;
  }

  /** With the next version readers see it no more. */
  end(arena: Arena): void {
    const listed = this.#listed.get(arena);
    if (listed === undefined) return;
    this.#listed.delete(arena);
    const { record, head } = listed;
    if (head !== 0) this.#kernel.threads!.endChain(record);
    this.#grace.afterwards(() => {
      const spare = this.#spare.get(arena.namespace);
      if (spare === undefined) this.#spare.set(arena.namespace, [record]);
      else spare.push(record);
    });
  }

  #record(name: string): number {
    return this.#spare.get(name)?.pop() ?? this.#kernel.newRecord(name);
  }
}
