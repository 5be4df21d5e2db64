import { existsSync } from "node:fs";
import { join } from "node:path";
import { RUNTIMES } from "../stage.ts";
import { SEAMS, type Seam } from "./llm-seams.ts";
import { type Bench, type Line, spread } from "./measure.ts";

const ROUNDS = 300;
const REPLAYS = 30;
/** Of a replay. */
const CHUNKS = 200;
/** So long a model takes while many ask at once. */
const UPSTREAM_MS = 50;

/** The seam that is held to these. */
const HELD = "mneme/ai-sdk";
const TARGETS = { hit: 0.3, replay: 5 };

const NOTES = [
  "Milliseconds, medians; the embedder takes next to nothing. A miss includes a model that answers in the next turn of the event loop, and storing.",
  `Beyond: of a hit, what it takes longer than the cache's own get of the same. Upstream: how often a model that takes ${UPSTREAM_MS} ms is asked by calls at once.`,
  "The index of @upstash/semantic-cache is in this process; its service would add a round trip or two to each call.",
];

/** What each seam costs, and how often the model is asked by many at once. */
export const benchLlm: Bench = async () => {
  if (!existsSync(join(RUNTIMES, "node_modules/llm-semantic-cache"))) {
    throw new Error("The seams are measured with the SDKs of the tests: node test/setup.mjs --all");
  }
  const lines: Line[] = [];
  const atOnce: Line[] = [];
  for (const [name, make] of Object.entries(SEAMS)) {
    const seam = await make({ ms: 0, chunks: CHUNKS });
    lines.push({ seam: name, ...(await costs(seam, name === HELD)) });
    await seam.close?.();
    const line: Line = { seam: name };
    for (const count of [20, 1000]) {
      line[`${count} identical`] = await upstream(name, count, () => question(0));
      line[`${count} that mean the same`] = await upstream(name, count, question);
    }
    atOnce.push(line);
  }
  return { notes: NOTES, lines, sections: { "upstream calls of many at once": atOnce } };
};

async function costs(seam: Seam, isHeld: boolean): Promise<Line> {
  let n = 0;
  const miss = await median(ROUNDS, () => seam.ask(`${other(n++)}`));
  const asked = question(0);
  await seam.ask(asked);
  const hit = await median(ROUNDS, () => seam.ask(asked));
  const get = seam.cache && (await own(seam));
  let replay: number | null = null;
  if (seam.stream !== undefined) {
    await seam.stream(other(-1));
    replay = await median(REPLAYS, () => seam.stream!(other(-1)));
  }
  const beyond = get === undefined ? null : round(hit - get);
  return {
    "miss ms": round(miss),
    "hit ms": round(hit),
    "beyond ms": beyond,
    [`replay of ${CHUNKS} ms`]: replay === null ? null : round(replay),
    reached: isHeld ? beyond! < TARGETS.hit && replay! < TARGETS.replay : null,
  };
}

/** A hit of the cache alone, with an answer of the same size. */
async function own({ cache }: Seam): Promise<number> {
  await cache!.put(question(0), "Follow the link below the form, then choose a new one. ");
  return median(ROUNDS, () => cache!.get(question(0)));
}

async function upstream(name: string, count: number, asked: (i: number) => string): Promise<number> {
  const seam = await SEAMS[name]!({ ms: UPSTREAM_MS, chunks: 5 });
  await Promise.all(Array.from({ length: count }, (_, i) => seam.ask(asked(i))));
  await seam.close?.();
  return seam.asked();
}

/** Words that ask for nothing, three at a time. */
const FILLERS = ["please", "hello", "hi", "thanks", "kindly", "hey", "ok", "well", "so", "actually", "just", "really"];
const POLITE = FILLERS.flatMap((a) => FILLERS.flatMap((b) => FILLERS.map((c) => [a, b, c] as const))).filter(
  (words) => new Set(words).size === words.length,
);

/** All mean the same. */
function question(i: number): string {
  const plain = "how do I reset the password of my account on the web site of the shop";
  if (i === 0) return plain;
  const [first, second, last] = POLITE[i]!;
  return `${first} ${second} ${plain} ${last}`;
}

function other(i: number): string {
  return `${letters(i + 7)} ${letters(3 * i + 11)} ${letters(7 * i + 5)}`;
}

function letters(i: number): string {
  return `q${Math.abs(i)
    .toString(26)
    .replace(/\d/g, (digit) => "uvwxyzklmn"[Number(digit)]!)}`;
}

async function median(rounds: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await run();
    if (i >= rounds / 10) times.push(performance.now() - start);
  }
  return spread(times).median;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
