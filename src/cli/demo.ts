import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CacheEvent, type Embedder, type Hit, MnemeError, SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";
import type { Command } from "./command.ts";
import { bold, dim, green, milliseconds, yellow } from "./terminal.ts";

/** How long the pretended model thinks. Nothing else here is pretended: every hit is looked up and every time measured. */
const THINKING_MS = 800;

const ANSWERS: [about: RegExp, answer: string][] = [
  [/router/i, "Hold the button at the back for ten seconds."],
  [/password/i, "Click “Forgot password” on the sign-in page; a link comes by mail."],
  [/order|package/i, "Open “My orders”: each one shows where it is."],
  [/refund/i, "Within 30 days, yes: “My orders”, then “Return”."],
  [/subscription/i, "Account, Plan, “Cancel”. It runs to the end of the month."],
  [/ship/i, "Yes, to all of Europe, in three to five days."],
];

const MORNING = [
  "How do I reset my password?",
  "how do i reset my   PASSWORD?",
  "I forgot my password, how can I reset it?",
  "How do I reset my router?",
  "Where is my order?",
  "where is my order right now",
  "Can I get a refund?",
  "Could I get a refund, please?",
  "How do I cancel my subscription?",
];
const AT_ONCE = ["Do you ship to Norway?", "Do you ship to Norway?", "Do you ship to Norway?"];
/** Of those answered before they differ in a word, and more alike than paraphrases are. */
const OTHERS = ["Do you ship to Sweden?", "How do I cancel my order?", "Can I get 2 refunds?"];
const AFTERNOON = [
  "How can I reset my password?",
  "Can you tell me where my order is?",
  "can you ship to Norway",
  "How can I cancel my subscription",
];

const WIDTH = 46;

/** A scripted session of support questions; ends by itself and leaves nothing behind. */
export const demo: Command = {
  what: "a support bot in front of a slow model, with real sentence embeddings",
  usage: "",

  async run() {
    const folder = await mkdtemp(join(tmpdir(), "mneme-demo-"));
    try {
      await session(join(folder, "answers.db"));
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function session(path: string): Promise<void> {
  console.log(bold("A support bot in front of a slow model"));
  console.log(`model      pretended: it thinks for ${THINKING_MS} ms, then answers from a list`);
  const embedder = energeticEmbedder();
  const start = performance.now();
  await embedder.embed(["warm up"]);
  const loading = milliseconds(performance.now() - start);
  console.log(`embedder   Universal Sentence Encoder lite, ${embedder.dimensions} dimensions, loaded in ${loading}`);

  const log = new Log();
  const onEvent = (event: CacheEvent): void => log.hear(event);
  const { cache, durable } = await openCache({ embedder, path, onEvent });
  const { kernel } = await cache.stats();
  console.log(`store      ${durable ? "SQLite, in a file" : "memory: this Node has no SQLite of its own (22.13 has)"}`);
  console.log(`kernel     ${kernel}`);

  log.head("Morning: questions come, some of them again");
  for (const question of MORNING) await log.ask(cache, question);

  log.head("Three customers ask the same at the same moment: one call");
  await Promise.all(AT_ONCE.map((question) => log.ask(cache, question)));

  log.head("Questions that only look the same");
  for (const question of OTHERS) await log.ask(cache, question);

  let open = cache;
  if (durable) {
    await cache.close();
    open = (await openCache({ embedder, path, onEvent })).cache;
    log.head("Afternoon: the process was restarted, the file opened again");
  } else {
    log.head("Afternoon");
  }
  for (const question of AFTERNOON) await log.ask(open, question);
  await open.close();
  log.total();
}

interface DemoOptions {
  embedder: Embedder;
  path: string;
  onEvent: (event: CacheEvent) => void;
}

async function openCache({ path, ...options }: DemoOptions): Promise<{ cache: SemanticCache; durable: boolean }> {
  try {
    return { cache: await SemanticCache.open({ ...options, path }), durable: true };
  } catch (error) {
    if (!(error instanceof MnemeError) || error.code !== "unsupported") throw error;
    return { cache: await SemanticCache.open(options), durable: false };
  }
}

async function slowModel(question: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, THINKING_MS));
  return ANSWERS.find(([about]) => about.test(question))?.[1] ?? "I will ask a colleague.";
}

/** One line a question, and the sums. */
class Log {
  readonly #layers: Record<string, number> = { model: 0, joined: 0, exact: 0, semantic: 0 };
  readonly #modelTimes: number[] = [];
  #spent = 0;
  #asked = 0;
  /** Why the nearest stored answer was not given to the question being asked. */
  #refusal: string | undefined;

  head(text: string): void {
    console.log(`\n${bold(text)}`);
    console.log(dim(`  ${"question".padEnd(WIDTH)}  answered by  similarity      time     saved`));
  }

  hear(event: CacheEvent): void {
    if (event.type === "reject") this.#refusal ??= event.detail;
  }

  async ask(cache: SemanticCache, question: string): Promise<void> {
    this.#refusal = undefined;
    const start = performance.now();
    let called = false;
    const { hit } = await cache.wrap(question, () => {
      called = true;
      return slowModel(question);
    });
    this.#line(question, hit, called, performance.now() - start);
  }

  #line(question: string, hit: Hit | undefined, called: boolean, ms: number): void {
    const layer = hit?.layer ?? (called ? "model" : "joined");
    this.#layers[layer]!++;
    this.#asked++;
    this.#spent += ms;
    if (called) this.#modelTimes.push(ms);
    const colour = layer === "model" ? yellow : green;
    const similarity = hit === undefined ? "" : hit.similarity.toFixed(3);
    const saved = hit === undefined ? "" : milliseconds(Math.max(0, this.#modelTime() - ms));
    const cells = [colour(layer.padEnd(11)), similarity.padStart(10), milliseconds(ms).padStart(8), saved.padStart(8)];
    console.log(`  ${question.padEnd(WIDTH)}  ${cells.join("  ")}`);
    if (called && this.#refusal !== undefined) console.log(dim(`    ↳ a near one is not given: ${this.#refusal}`));
    if (hit?.layer === "semantic") console.log(dim(`    ↳ as for “${hit.query}”`));
  }

  total(): void {
    const { model, joined, exact, semantic } = this.#layers as Record<
      "model" | "joined" | "exact" | "semantic",
      number
    >;
    const without = this.#asked * this.#modelTime();
    console.log(`\n${bold("Totals")}`);
    console.log(
      `  ${this.#asked} questions: ${exact} exact, ${semantic} semantic, ${joined} joined, ${model} asked the model`,
    );
    console.log(`  ${milliseconds(this.#spent)} of waiting instead of ${milliseconds(without)}`);
  }

  /** What a call of the model took here, on average. */
  #modelTime(): number {
    return this.#modelTimes.reduce((sum, ms) => sum + ms, 0) / Math.max(1, this.#modelTimes.length);
  }
}
