import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import type { Kept } from "./record.ts";
import type { Row } from "./row.ts";

/** What repairing did. */
export interface Repaired {
  repaired: number;
  failed: number;
  /** Still without a vector, and not to be tried yet. */
  waiting: number;
}

const BATCH = 8;
/** How long one that is being tried belongs to who tries it. */
const LEASE = 10 * 60_000;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 30 * 60_000;
/** After so many attempts one is left alone for an hour. */
const ATTEMPTS = 12;
const PARKED = 3_600_000;

/**
 * Embeds what was stored without a vector. Each is claimed first, so that of several processes one tries it, and written only if
 * it still says what was embedded.
 */
export async function repair(
  engine: Engine,
  { signal, random = Math.random }: { signal?: AbortSignal | undefined; random?: () => number } = {},
): Promise<Repaired> {
  const done: Repaired = { repaired: 0, failed: 0, waiting: 0 };
  await engine.follow();
  const now = engine.now();
  const pending = [...engine.catalogue.pending];
  const due = pending.filter((row) => isDue(row, now));
  done.waiting = pending.length - due.length;
  for (let at = 0; at < due.length; at += BATCH) {
    signal?.throwIfAborted();
    const claimed = await claim(engine, due.slice(at, at + BATCH));
    done.waiting += Math.min(BATCH, due.length - at) - claimed.length;
    if (claimed.length === 0) continue;
    const ms = 6 * engine.settings.embedWithin.remember;
    const texts = claimed.map(({ memory }) => memory.content);
    const vectors = await vectorsOf(engine, texts, { operation: "repair", ms, signal });
    for (const [i, kept] of claimed.entries()) {
      const outcome = await conclude(engine, kept, vectors?.[i], random);
      if (outcome === "repaired") done.repaired++;
      else if (outcome !== undefined) done.failed++;
    }
  }
  return done;
}

function isDue({ repair }: Row, now: number): boolean {
  return (repair?.nextAt ?? 0) <= now;
}

/** Whether there is something to embed that may be tried now. */
export function hasDue(engine: Engine): boolean {
  const now = engine.now();
  for (const row of engine.catalogue.pending) if (isDue(row, now)) return true;
  return false;
}

/** Those of them that no other process got hold of. */
async function claim(engine: Engine, rows: readonly Row[]): Promise<Kept[]> {
  const claimed: Kept[] = [];
  for (const { namespace, id } of rows) {
    const now = engine.now();
    try {
      const { after } = await engine.amend(namespace, id, (kept) => {
        const { pending } = kept.memory;
        const { attempts = 0, nextAt = 0 } = kept.repair ?? {};
        if (!pending || nextAt > now) return undefined;
        return { ...kept, repair: { attempts: (attempts % ATTEMPTS) + 1, nextAt: now + LEASE } };
      });
      if (after !== undefined) claimed.push(after);
    } catch (error) {
      engine.emit({ type: "error", operation: "repair", error }); // forgotten meanwhile, most likely
    }
  }
  return claimed;
}

async function conclude(
  engine: Engine,
  claimed: Kept,
  vector: Float32Array | undefined,
  random: () => number,
): Promise<"repaired" | "failed" | "parked" | undefined> {
  const { namespace, id, content } = claimed.memory;
  const { attempts } = claimed.repair!;
  const outcome = vector !== undefined ? "repaired" : attempts >= ATTEMPTS ? "parked" : "failed";
  try {
    const { after } = await engine.amend(namespace, id, (kept) => {
      if (!kept.memory.pending || kept.memory.content !== content) return undefined;
      if (vector === undefined)
        return { ...kept, repair: { attempts, nextAt: engine.now() + waitOf(attempts, random) } };
      const { pending: _pending, ...memory } = kept.memory;
      const { repair: _repair, ...rest } = kept;
      return { ...rest, memory, vector };
    });
    if (after === undefined) return undefined;
    engine.emit({ type: "repair", namespace, id, outcome });
    return outcome;
  } catch (error) {
    engine.emit({ type: "error", operation: "repair", error });
    return undefined;
  }
}

/** Longer each time, and not all at once. */
function waitOf(attempts: number, random: () => number): number {
  if (attempts >= ATTEMPTS) return PARKED;
  return random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1));
}

/** As the store has it now. */
export async function vectorOf(engine: Engine, namespace: string, id: string): Promise<Float32Array | null> {
  const { kept } = await engine.read(namespace, id);
  return kept.vector;
}
