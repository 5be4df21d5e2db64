import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SemanticCache } from "mneme";
import { type Command, parsed, wholeNumber } from "./command.ts";
import { printJson, printTable, size } from "./output.ts";
import { Shown } from "./progress.ts";

const ENTRIES = 10_000;
const DIMENSIONS = 384;
const SAMPLES = 1000;
/** Questions of one topic are near each other, as those of people are. */
const TOPICS = 200;
const WITHIN_TOPIC = 0.6;
const PARAPHRASE = 0.2;
const BATCH = 500;

export const bench: Command = {
  what: "how fast a cache is on this machine, with generated vectors",
  usage: `[--entries N] [--dimensions N] [--sqlite]

  --entries N      that the cache holds (${ENTRIES})
  --dimensions N   of the vectors (${DIMENSIONS})
  --sqlite         in a SQLite file of the temporary folder, not in memory
  --json           one JSON document`,

  async run(args, signal) {
    const options = {
      entries: { type: "string" },
      dimensions: { type: "string" },
      sqlite: { type: "boolean" },
    } as const;
    const { values, json } = parsed(args, [], options);
    const entries = wholeNumber(values, "entries", 1) ?? ENTRIES;
    const dimensions = wholeNumber(values, "dimensions", 2) ?? DIMENSIONS;
    const folder = values.sqlite === true ? await mkdtemp(join(tmpdir(), "mneme-bench-")) : undefined;
    try {
      const result = await measured(entries, new Questions(dimensions), folder && join(folder, "bench.db"), signal);
      if (json) printJson(result);
      else {
        const rows = Object.entries(result.milliseconds).map(([name, { p50, p99 }]) => [name, p50, p99]);
        printTable(rows, ["milliseconds", "p50", "p99"]);
        const { kernel, indexBytes, openMs } = result;
        process.stdout.write(
          `\n${entries} entries of ${dimensions} dimensions in ${result.store}; kernel ${kernel}, index ${size(indexBytes)}${openMs === null ? "" : `, opened in ${openMs} ms`}\n`,
        );
      }
      return 0;
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Each text stands for a question whose vector is made when it is asked for. */
class Questions {
  readonly dimensions: number;
  readonly fingerprint = "mneme-bench";

  constructor(dimensions: number) {
    this.dimensions = dimensions;
  }

  /** "TOPIC QUESTION PARAPHRASE" */
  embed(texts: readonly string[]): Float32Array[] {
    return texts.map((text) => {
      const [topic, question, wording] = text.split(" ").map(Number) as [number, number, number];
      const vector = noise(topic, this.dimensions, 1);
      add(vector, noise(1e6 + question, this.dimensions, WITHIN_TOPIC));
      if (wording > 0) add(vector, noise(2e6 + question + wording * 1e7, this.dimensions, PARAPHRASE));
      return vector;
    });
  }
}

async function measured(entries: number, embedder: Questions, path: string | undefined, signal: AbortSignal) {
  const shown = new Shown();
  const text = (i: number, wording = 0): string => `${i % TOPICS} ${i} ${wording}`;
  // The numbers in these texts are no questions: guards would tell every two of them apart.
  const options = { embedder, guards: false as const, ...(path === undefined ? {} : { path }) };
  let cache = await SemanticCache.open(options);
  try {
    for (let i = 0; i < entries; i += BATCH) {
      signal.throwIfAborted();
      const items = Array.from({ length: Math.min(BATCH, entries - i) }, (_, j) => ({
        query: text(i + j),
        response: "x",
      }));
      await cache.putMany(items);
      shown.tell(() => `${i} of ${entries} entries put`);
    }
    let openMs: number | null = null;
    if (path !== undefined) {
      await cache.close();
      const start = performance.now();
      cache = await SemanticCache.open(options);
      openMs = Math.round(performance.now() - start);
    }
    await new Promise((resolve) => setTimeout(resolve, 500)); // what the index learns, it learns between other things
    const pick = (i: number): number => (i * 7919) % entries;
    const get = (query: string, embedding: Float32Array) => cache.get(query, { embedding });
    const put = (query: string, embedding: Float32Array) => cache.put(query, "x", { embedding });
    const milliseconds = {
      "exact hit": await timed(
        (i) => text(pick(i)),
        (query) => cache.get(query),
        signal,
      ),
      "semantic hit": await timed((i) => text(pick(i), 1 + i), get, signal),
      miss: await timed((i) => text(entries + i), get, signal),
      put: await timed((i) => text(2 * entries + i), put, signal),
    };
    const { kernel, indexBytes, hitsExact, hitsSemantic } = await cache.stats();
    const store = path === undefined ? "memory" : "SQLite";
    return {
      entries,
      dimensions: embedder.dimensions,
      store,
      kernel,
      indexBytes,
      openMs,
      milliseconds,
      hitsExact,
      hitsSemantic,
    };
  } finally {
    shown.end();
    await cache.close();
  }

  /** Without the embedding, which is the embedder's time. */
  async function timed(
    textOf: (i: number) => string,
    run: (query: string, embedding: Float32Array) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<{ p50: number; p99: number }> {
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      signal.throwIfAborted();
      const query = textOf(i);
      const [embedding] = embedder.embed([query]);
      const start = performance.now();
      await run(query, embedding!);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const at = (share: number): number => Number(times[Math.floor(share * (times.length - 1))]!.toPrecision(3));
    return { p50: at(0.5), p99: at(0.99) };
  }
}

function noise(seed: number, dimensions: number, length: number): Float32Array {
  const vector = new Float32Array(dimensions);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let j = 0; j < dimensions; j++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    vector[j] = state / 2 ** 31 / Math.sqrt(1 + j / 8); // fewer directions matter than there are, as in a model's
  }
  const norm = Math.hypot(...vector);
  return vector.map((x) => (x * length) / norm);
}

function add(vector: Float32Array, other: Float32Array): void {
  for (const [j, x] of other.entries()) vector[j]! += x;
}
