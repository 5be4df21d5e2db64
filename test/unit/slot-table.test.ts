import fc from "fast-check";
import { SlotTable } from "../../src/vectors/slot-table.ts";
import { equal } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

/** Ids that meet: those whose halves are the same but for what cancels out stand at one place of the table. */
const id = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 40 }).map((high) => high * 2 ** 32 + (high ^ 5)),
  fc.integer({ min: 0, max: 30 }).map((less) => Number.MAX_SAFE_INTEGER - less),
  fc.maxSafeNat().map((n) => Math.max(1, n)),
);

export const slotTableTests: Suite = (test) => {
  test("any sequence of changes leaves what a map holds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id, remove: fc.boolean() }), { maxLength: 400 }),
        fc.array(id, { maxLength: 20 }),
        (changes, others) => {
          const ids = new Map<number, number>();
          const table = new SlotTable((slot) => ids.get(slot) ?? 0);
          const model = new Map<number, number>();
          for (const [i, change] of changes.entries()) {
            const slot = 64 * (i + 1) + (i % 16) + 2 ** 31; // past 2 GiB too
            if (change.remove) {
              table.delete(change.id);
              model.delete(change.id);
            } else {
              ids.set(slot, change.id);
              table.set(change.id, slot);
              model.set(change.id, slot);
            }
            equal(table.size, model.size);
            equal(table.get(change.id), model.get(change.id));
          }
          for (const known of [...model.keys(), ...changes.map(({ id }) => id), ...others, 0, 0.5, -1]) {
            equal(table.get(known), model.get(known), `id ${known}`);
          }
          equal([...table.slots()].sort(), [...model.values()].sort());
        },
      ),
      { numRuns: cases(300) },
    );
  });

  test("it grows with what it holds, four bytes a slot and at most five to eight times as many places", () => {
    const table = new SlotTable((slot) => slot - 100);
    for (let i = 1; i <= 100_000; i++) table.set(i, i + 100);
    equal(table.bytes, 4 * 131_072);
    for (let i = 1; i <= 100_000; i += 2) table.delete(i);
    for (let i = 1; i <= 100_000; i++) equal(table.get(i), i % 2 ? undefined : i + 100);
  });
};
