import { platformWaitUntil } from "#background";
import { drive } from "../store/steps.ts";
import { admit } from "./admission.ts";
import type { ComputeOptions } from "./call-options.ts";
import type { Engine } from "./engine.ts";
import type { Host } from "./host.ts";
import type { Flight } from "./single-flight.ts";
import type { Turn } from "./turns.ts";

/** Stores what was computed, unless it was forgotten meanwhile. A failing store costs the reuse of the response, never the response. */
export async function keep<V>(
  engine: Engine,
  host: Host<V>,
  { query, response, options }: { query: string; response: V; options: ComputeOptions<V> },
  { signal, keeping }: Flight,
): Promise<void> {
  try {
    await host.write(drive(admit(engine, { query, response, options: { ...options, signal: keeping } })));
  } catch (error) {
    signal.throwIfAborted();
    if (!keeping.aborted) engine.forgive("put", error);
  }
}

/** Waits for a write: not at all where the platform does that after the response, and no longer than until the deadline. Then others need not wait either. */
export async function settle(
  engine: Engine,
  keeping: Promise<void>,
  options: ComputeOptions<never>,
  turn: Turn | undefined,
): Promise<void> {
  const deadline = options.deadline ?? engine.settings.deadline;
  const settled = (deadline === undefined ? keeping : unlessLate(keeping, deadline)).finally(() => turn?.end());
  if (!goesOn(engine, options, Promise.allSettled([keeping, settled]))) await settled;
}

/** Whether the platform takes care that some work comes to its end, even when the request it was begun for is over. */
export function goesOn(engine: Engine, options: ComputeOptions<never>, work: Promise<unknown>): boolean {
  const waitUntil = options.waitUntil ?? engine.settings.waitUntil ?? platformWaitUntil();
  if (!waitUntil) return false;
  try {
    waitUntil(work.catch(() => {}));
    return true;
  } catch (error) {
    engine.emit({ type: "error", operation: "waitUntil", error }); // outside a request there is none
    return false;
  }
}

/** Goes on without it after so many milliseconds. */
async function unlessLate(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      work.catch(() => {}); // it has been told already, and nobody waits
      resolve();
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
