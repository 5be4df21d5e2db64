import { type Steps, step } from "../../src/index.ts";
import type { SqliteDriver } from "./sqlite-driver.ts";
import { translated } from "./sqlite-error.ts";
import { createNew } from "./sqlite-file.ts";

/** A consistent copy in a file that was not there. */
export function* writeSnapshot(driver: SqliteDriver, path: string): Steps<void> {
  try {
    const discard = createNew(path);
    try {
      yield* step(driver.snapshot!(path));
    } catch (error) {
      discard(); // half a copy must not be taken for one
      throw error;
    }
  } catch (error) {
    throw translated("snapshot", error);
  }
}
