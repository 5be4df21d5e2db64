/** What kind of memory it is, and so how long it lives and how it is ranked. */
export type Tier = "working" | "episodic" | "semantic" | "procedural";

interface Traits {
  /** How long one lives of whose lifetime nothing is said, in milliseconds; null = for ever. */
  readonly ttl: number | null;
  /** Its share in how much a memory matters. */
  readonly weight: number;
  /** The importance of one of which nothing is said. */
  readonly importance: number;
  /** Knowledge that stays, rather than what happened. Only such is seen from other namespaces. */
  readonly durable: boolean;
}

const HOUR = 3_600_000;

export const TRAITS: Readonly<Record<Tier, Traits>> = {
  working: { ttl: 72 * HOUR, weight: 0.3, importance: 0.1, durable: false },
  episodic: { ttl: 30 * 24 * HOUR, weight: 0.55, importance: 0.3, durable: false },
  semantic: { ttl: null, weight: 0.9, importance: 0.6, durable: true },
  procedural: { ttl: null, weight: 0.95, importance: 0.6, durable: true },
};

export const TIERS = Object.keys(TRAITS) as readonly Tier[];

export function isDurable(tier: Tier): boolean {
  return TRAITS[tier].durable;
}
