import { randomVector, seeded } from "./vectors.ts";

/** Sets of rows that are hard on bounds: each of so many rows, from a seed. Not normalised, none of length zero. */
export const HOSTILE: Record<string, (rows: number, dimensions: number, seed: number) => number[][]> = {
  isotropic: (n, d, seed) => from(seed, (random) => Array.from({ length: n }, () => gaussian(d, random))),

  /** Few directions hold nearly all there is, as embeddings have it; and a mean that is far from zero. */
  anisotropic: (n, d, seed) =>
    from(seed, (random) => {
      const mean = gaussian(d, random);
      return Array.from({ length: n }, () =>
        gaussian(d, random).map((x, i) => 0.4 * mean[i]! * (i < 20 ? 1 : 0.2) + (4 * x) / (1 + i) ** 0.8),
      );
    }),

  "all equal": (n, d, seed) => from(seed, (random) => repeat(n, gaussian(d, random))),
  "two kinds": (n, d, seed) =>
    from(seed, (random) => {
      const kinds = [gaussian(d, random), gaussian(d, random)] as const;
      return Array.from({ length: n }, (_, i) => [...kinds[i % 7 === 0 ? 1 : 0]]);
    }),

  "unit basis vectors": (n, d) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, j) => (j === i % d ? (i < d ? 1 : -1) : 0))),

  /** One row, moved by so little that float32 hardly tells. */
  "near ties": (n, d, seed) =>
    from(seed, (random) => {
      const row = gaussian(d, random);
      return Array.from({ length: n }, (_, i) => row.map((x) => x + random() * 10 ** -(3 + (i % 6))));
    }),

  duplicates: (n, d, seed) =>
    from(seed, (random) => {
      const few = Array.from({ length: Math.ceil(n / 3) }, () => gaussian(d, random));
      return Array.from({ length: n }, (_, i) => [...few[i % few.length]!]);
    }),

  clusters: (n, d, seed) =>
    from(seed, (random) => {
      const centres = Array.from({ length: 8 }, () => gaussian(d, random));
      return Array.from({ length: n }, () => {
        const centre = centres[Math.floor(4 + 4 * random()) % 8]!;
        const spread = 10 ** (-2 + 2 * random());
        return centre.map((x) => x + spread * random());
      });
    }),

  sparse: (n, d, seed) =>
    from(seed, (random) =>
      Array.from({ length: n }, (_, i) => {
        const row = new Array<number>(d).fill(0);
        for (let k = 0; k < 3; k++) row[Math.floor(((random() + 1) / 2) * d) % d] = random();
        row[i % d] = row[i % d]! + 0.5;
        return row;
      }),
    ),

  /** Numbers of every size that float32 has, denormal ones included. */
  "wide range": (n, d, seed) =>
    from(seed, (random) =>
      Array.from({ length: n }, () => gaussian(d, random).map((x) => x * 10 ** (-22 + 22 * random()))),
    ),

  /** Rows that the sample says nothing about: what is learnt from the first eighth does not hold for the rest. */
  surprising: (n, d, seed) =>
    from(seed, (random) =>
      Array.from({ length: n }, (_, i) => gaussian(d, random).map((x, j) => (i < n / 8 === j < d / 4 ? x : 0.001 * x))),
    ),

  "one odd row": (n, d, seed) =>
    from(seed, (random) =>
      Array.from({ length: n }, (_, i) =>
        gaussian(d, random).map((x, j) => (i === n - 1 ? (j === d - 1 ? 1 : 0) : j < 10 ? x : 0.01 * x)),
      ),
    ),
};

function from<T>(seed: number, make: (random: () => number) => T): T {
  return make(seeded(seed));
}

function repeat(n: number, row: number[]): number[][] {
  return Array.from({ length: n }, () => [...row]);
}

/** Near enough: the sum of four. */
function gaussian(d: number, random: () => number): number[] {
  const sum = randomVector(d, random);
  for (let part = 1; part < 4; part++) for (let i = 0; i < d; i++) sum[i]! += Math.fround(random());
  return sum.map((x) => x || 1);
}
