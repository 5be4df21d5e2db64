import { MnemeError } from "../error.ts";
import type { Entry, NewEntry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Engine } from "./engine.ts";

/** Somebody writes these very entries each time. */
const ATTEMPTS = 20;

/**
 * Removes entries unless others have written them since they were read: what `isMeant` says of them as they are then decides.
 * Answers those that went. The store removes on no condition but expiry, so in the same commit each is written on condition.
 */
export function* removeAsRead(
  engine: Engine,
  entries: readonly Entry[],
  isMeant: (entry: Entry) => boolean,
): Steps<Entry[]> {
  let there = [...entries];
  for (let attempt = 0; there.length > 0; attempt++) {
    const ids = there.map(({ id }) => id);
    try {
      const puts = there.map((entry) => ({ put: huskOf(entry), when: { revision: entry.revision } }));
      yield* engine.commit([...puts, { remove: ids }], { late: false });
      break;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
    const now = yield* step(engine.store.getMany(ids));
    there = now.filter((entry) => entry !== undefined).filter(isMeant);
  }
  for (const { id, namespace } of there) {
    engine.projection.remove(id);
    engine.population.removed(namespace, 1);
  }
  return there;
}

export function isConflict(error: unknown): boolean {
  return error instanceof MnemeError && error.code === "conflict";
}

/** Of the same name; nobody gets to see it. */
function huskOf({ namespace, key, createdAt }: Entry): NewEntry {
  return {
    ...{ namespace, key, text: "", value: "null", vector: null, metadata: {}, tags: [] },
    ...{ createdAt, expiresAt: createdAt },
  };
}
