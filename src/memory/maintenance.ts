import { drive } from "../store/steps.ts";
import { amendMeta } from "../store/swap-meta.ts";
import { type Deduped, dedup } from "./dedup.ts";
import type { Engine } from "./engine.ts";
import { type Promoted, promote } from "./promote.ts";
import { type Repaired, repair } from "./repair.ts";
import { META } from "./shelf.ts";
import { type Swept, sweep } from "./sweep.ts";

/** What was due, and what it did. */
export interface Maintained {
  repair?: Repaired;
  sweep?: Swept;
  promote?: Promoted;
  dedup?: Deduped;
}

const HOUR = 3_600_000;

/** How often each is due. */
const EVERY = { repair: 60_000, sweep: HOUR, promote: 24 * HOUR, dedup: 24 * HOUR } as const;
type Task = keyof typeof EVERY;

/** Does what is due, of all processes that share the store in one. What fails is told, and is due again the next time. */
export async function maintain(engine: Engine, signal?: AbortSignal): Promise<Maintained> {
  const tasks: { [T in Task]: () => Promise<Maintained[T]> } = {
    repair: () => repair(engine, { signal }),
    sweep: () => sweep(engine, signal),
    promote: () => promote(engine, { signal }),
    dedup: () => dedup(engine, { signal }),
  };
  const done: Maintained = {};
  for (const task of Object.keys(tasks) as Task[]) {
    signal?.throwIfAborted();
    if (!(await take(engine, task))) continue;
    try {
      Object.assign(done, { [task]: await engine.timed<unknown>(task, tasks[task]) });
    } catch (error) {
      signal?.throwIfAborted();
      engine.emit({ type: "error", operation: `maintain: ${task}`, error });
    }
  }
  return done;
}

/** Whether it is due; then it is this process's. A clock that was set back does not put it off for ever. */
async function take(engine: Engine, task: Task): Promise<boolean> {
  const now = engine.now();
  const taken = await drive(
    amendMeta(engine.store, META.done(task), (before) => {
      const last = Number(before ?? Number.NEGATIVE_INFINITY);
      return last <= now && now - last < EVERY[task] ? undefined : String(now);
    }),
  );
  return taken !== undefined;
}
