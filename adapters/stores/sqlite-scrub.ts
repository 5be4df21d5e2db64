import { type Steps, step } from "../../src/index.ts";
import type { SqliteDriver } from "./sqlite-driver.ts";
import { translated } from "./sqlite-error.ts";
import { run } from "./sqlite-stamp.ts";
import * as statements from "./sqlite-statements.ts";

/** Nothing of what was removed or overwritten is left in the files. */
export function* scrub(driver: SqliteDriver): Steps<void> {
  try {
    const [samples] = yield* run(driver, [statements.hasSamples], "read");
    if (samples!.length > 0) yield* run(driver, [statements.forgetSamples], "write");
    yield* step(driver.scrub!());
  } catch (error) {
    throw translated("scrub", error);
  }
}
