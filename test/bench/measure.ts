import { arch, cpus, platform } from "node:os";

export type Line = Record<string, string | number | boolean | null>;

interface BenchOptions {
  entries?: number | undefined;
  data?: string | undefined;
  million?: boolean | undefined;
  peers?: string | undefined;
  plot?: string | undefined;
  sets?: string[] | undefined;
}

/** What must be known to read it, what was measured, line by line, and further tables by name. */
export interface Result {
  notes: string[];
  lines: Line[];
  sections?: Record<string, Line[]>;
}

export type Bench = (options: BenchOptions) => Result | Promise<Result>;

export interface Spread {
  min: number;
  median: number;
  p99: number;
  mean: number;
  max: number;
}

export interface Comparison {
  /** Milliseconds a call. */
  subject: Spread;
  peer: Spread;
  /** Median over the rounds of peer ÷ subject: how many times faster the subject is. */
  ratio: number;
  /** Median over the rounds of subject − peer: milliseconds a call it takes longer. */
  difference: number;
}

const ROUNDS = 12;
const WARM_UP_MS = 150;
const SAMPLE_MS = 15;

/**
 * Times two functions against each other, in the order ABBA in every round: what disturbs the machine disturbs both.
 * A sample repeats a short function until the clock can tell.
 */
export function compare(subject: () => unknown, peer: () => unknown): Comparison {
  const repeats = [subject, peer].map(warmUp) as [number, number];
  const times = { subject: [] as number[], peer: [] as number[] };
  const ratios: number[] = [];
  const differences: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const a1 = sample(subject, repeats[0]);
    const b1 = sample(peer, repeats[1]);
    const b2 = sample(peer, repeats[1]);
    const a2 = sample(subject, repeats[0]);
    times.subject.push(a1, a2);
    times.peer.push(b1, b2);
    ratios.push((b1 + b2) / (a1 + a2));
    differences.push((a1 + a2 - b1 - b2) / 2);
  }
  return {
    subject: spread(times.subject),
    peer: spread(times.peer),
    ratio: spread(ratios).median,
    difference: spread(differences).median,
  };
}

/** Lets the engine compile it; returns how often to repeat it in a sample. */
function warmUp(run: () => unknown): number {
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < WARM_UP_MS) {
    run();
    calls++;
  }
  return Math.max(1, Math.round((calls * SAMPLE_MS) / (performance.now() - start)));
}

function sample(run: () => unknown, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return (performance.now() - start) / repeats;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { min: sorted[0]!, median: at(0.5), p99: at(0.99), mean, max: at(1) };
}

/** What the numbers were measured on. */
export function machine(): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    platform: `${platform()} ${arch()}`,
    runtime: runtime(),
  };
}

function runtime(): string {
  const { bun, deno, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno !== undefined ? `Deno ${deno}` : `Node ${node}`;
}
