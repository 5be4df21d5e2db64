import { LateWrites, type Taken } from "../../src/cache/late-writes.ts";
import { equal } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";

export const lateWritesTests: Suite = (test) => {
  const touched = (count: number): LateWrites => {
    const late = new LateWrites();
    for (let i = 0; i < count; i++) late.touch(i, 1000);
    return late;
  };
  const uses = ({ changes }: Taken): number =>
    changes.reduce((sum, change) => sum + ("touch" in change ? change.touch.length : 0), 0);

  test("256 uses, or expired entries met, are enough to be written", () => {
    equal([touched(255).full, touched(256).full], [false, true]);
    const late = touched(255);
    late.expire(9, "n", 2000);
    equal(late.full, true);
    late.take();
    equal([late.full, late.take().changes], [false, []]);
  });

  test("what could not be written is kept, up to a bound", () => {
    const failed = touched(3).take();
    for (const [gathered, kept] of [
      [0, 3],
      [1021, 1024],
      [1022, 1022],
    ] as const) {
      const late = touched(gathered);
      late.giveBack(failed);
      equal(uses(late.take()), kept, `${gathered} gathered meanwhile`);
    }
    const late = new LateWrites();
    for (let i = 0; i < 100; i++) {
      for (let use = 0; use < 256; use++) late.touch(use, i);
      const taken = late.take();
      late.giveBack(taken); // a store that is gone for good
    }
    const left = uses(late.take());
    equal(left <= 1024, true, `${left} are left`);
  });

  test("what is given back comes before what came meanwhile, and still counts", () => {
    const late = new LateWrites();
    late.touch(1, 1000);
    late.expire(2, "n", 1000);
    const failed = late.take();
    late.touch(1, 3000);
    late.expire(3, "m", 2000);
    late.giveBack(failed);
    const { changes, expired } = late.take();
    equal(changes, [
      { touch: [1], at: 1000 },
      { touch: [1], at: 3000 },
      { remove: [3, 2], when: { expiredAt: 2000 } },
    ]);
    equal([...expired].sort(), [
      [2, "n"],
      [3, "m"],
    ]);
    for (let i = 0; i < 252; i++) late.touch(i, 4000);
    late.giveBack(failed); // two more
    equal(late.full, false);
    late.touch(1, 5000);
    late.touch(1, 5000);
    equal(late.full, true, "what was given back is counted");
  });
};
