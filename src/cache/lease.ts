import { drive } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { amendMeta } from "../store/swap-meta.ts";
import { sha256 } from "../text/sha256.ts";
import { pause } from "./pause.ts";

/** Leases are kept in so few values that a store never fills with them, and in so many that writers seldom meet. */
const SLOTS = 64;
/** How often one who waits looks, at first and at most. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;
/** What nobody renewed for so many times its length is swept out: nobody waits for it any more. */
const FORGOTTEN = 20;

interface Held {
  owner: string;
  /** Another number each time that the owner renews it. */
  beat: number;
  ms: number;
  /** When, by the owner's clock: only for sweeping. */
  at: number;
}

/** Who computes what, by name. */
type Slot = Record<string, Held>;

/** The right to compute, until it is given back; it is renewed meanwhile. */
export interface Lease {
  /** Never fails: what cannot be given back ends by itself. */
  end(): Promise<void>;
}

/**
 * Of all who want to compute something, in whatever process, one has the lease of its name at a time. No two machines' clocks
 * are compared: a lease is dead when whoever waits has seen it unchanged for its length.
 */
export class Leases {
  readonly #store: Store;
  readonly #name: string;
  readonly #key: string;
  readonly #ms: number;
  /** One that has been seen to be dead. */
  #dead: Held | undefined;

  constructor(store: Store, name: string, ms: number) {
    this.#store = store;
    this.#name = sha256(name).slice(0, 32);
    this.#key = `lease:${Number.parseInt(this.#name.slice(0, 2), 16) % SLOTS}`;
    this.#ms = ms;
  }

  /** The lease; or undefined when another one had it, and has given it back or is dead: then what it computed may be there. */
  async takeOrWait(signal: AbortSignal): Promise<Lease | undefined> {
    const owner = crypto.getRandomValues(new Uint32Array(3)).join("-"); // pages without TLS have no randomUUID
    let other: Held | undefined;
    await this.#amend((slot) => {
      other = slot[this.#name];
      if (other !== undefined && !isSame(other, this.#dead)) return false;
      slot[this.#name] = { owner, beat: 0, ms: this.#ms, at: Date.now() };
      other = undefined;
      return true;
    });
    if (other === undefined) return this.#owned(owner);
    await this.#ended(other, signal);
    return undefined;
  }

  #owned(owner: string): Lease {
    const renewing = setInterval(() => {
      this.#amend((slot) => {
        const own = slot[this.#name];
        if (own?.owner !== owner) return false;
        own.beat++;
        own.at = Date.now();
        return true;
      }).catch(() => {}); // the next beat may get through; if none does, others take over
    }, this.#ms / 3);
    // Where timers are objects: what hangs must not keep a program from ending.
    (renewing as unknown as { unref?(): void }).unref?.();
    return {
      end: async () => {
        clearInterval(renewing);
        const giving = this.#amend((slot) => slot[this.#name]?.owner === owner && delete slot[this.#name]);
        await giving.catch(() => {});
      },
    };
  }

  /** Waits until it has been given back, or is dead. */
  async #ended(first: Held, signal: AbortSignal): Promise<void> {
    let last = first;
    let since = performance.now();
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, LAST_LOOK_MS, last.ms / 4)) {
      await pause(wait, signal);
      const now = slotIn(await this.#store.getMeta(this.#key))[this.#name];
      if (now === undefined || now.owner !== first.owner) return;
      if (!isSame(now, last)) {
        last = now;
        since = performance.now();
      } else if (performance.now() - since >= last.ms) {
        this.#dead = last;
        return;
      }
    }
  }

  async #amend(change: (slot: Slot) => boolean): Promise<void> {
    const amending = amendMeta(this.#store, this.#key, (before) => {
      const slot = slotIn(before);
      if (!change(slot)) return undefined;
      for (const [name, { at, ms }] of Object.entries(slot)) if (Date.now() - at > FORGOTTEN * ms) delete slot[name];
      return JSON.stringify(slot);
    });
    await drive(amending);
  }
}

function isSame(a: Held, b: Held | undefined): boolean {
  return a.owner === b?.owner && a.beat === b.beat;
}

/** What cannot be read is no lease: at worst something is computed twice. */
function slotIn(text: string | undefined): Slot {
  try {
    const kept = Object.entries(JSON.parse(text ?? "{}") as Slot);
    return Object.fromEntries(kept.filter(([, held]) => typeof held?.owner === "string" && held.ms > 0));
  } catch {
    return {};
  }
}
