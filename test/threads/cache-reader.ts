import { type CacheEvent, type Hit, MnemeError, SemanticCache, type SharedMemory } from "../../src/index.ts";
import { seeded } from "../unit/vectors.ts";
import {
  CacheHistory,
  CLUSTERS,
  cosine,
  entryOf,
  NAMESPACES,
  partsOf,
  THRESHOLD,
  textOf,
  trialEmbedder,
  WORDINGS,
} from "./cache-trial.ts";

/** What a reader's thread is given. */
export interface CacheTrial {
  mode: SharedMemory;
  path: string;
  history: Int32Array;
  seed: number;
}

export interface CacheFindings {
  gets: number;
  exact: number;
  semantic: number;
  /** Gets in whose course something was done to an entry that might have been the answer. */
  meanwhile: number;
  wrong: string[];
}

const ENOUGH_WRONG = 5;
const ROUNDING = 1e-5;
/** So many more gets until the writer must have closed. */
const PATIENCE_MS = 30_000;

/** Asks until the writer closes. Every answer must be one that was there, and the best of those that were there all the time. */
export async function readCache({ mode, path, history, seed }: CacheTrial, ready: () => void): Promise<CacheFindings> {
  const findings: CacheFindings = { gets: 0, exact: 0, semantic: 0, meanwhile: 0, wrong: [] };
  const entries = new CacheHistory(history);
  const embedder = trialEmbedder();
  const random = seeded(2000 + seed);
  const pick = (n: number): number => Math.min(n - 1, Math.floor(((random() + 1) / 2) * n));
  const failures: unknown[] = [];
  const onEvent = (event: CacheEvent): void => void (event.type === "error" && failures.push(event.error));
  const cache = await SemanticCache.open<number>({
    guards: false,
    embedder,
    path,
    mode,
    threshold: THRESHOLD,
    onEvent,
  });
  ready();
  while (!entries.isOver && findings.wrong.length < ENOUGH_WRONG) {
    const asked = { namespace: pick(NAMESPACES.length), cluster: pick(CLUSTERS), wording: pick(WORDINGS) };
    const problem = await ask(asked);
    if (problem !== undefined) findings.wrong.push(`${JSON.stringify(asked)}: ${problem}`);
    if (failures.length > 0) break;
  }
  await seeClosing();
  await cache.close();
  return findings;

  async function ask({ namespace, cluster, wording }: ReturnType<typeof partsOf>): Promise<string | undefined> {
    const query = textOf(cluster, wording);
    const [vector] = embedder.embed([query]);
    const nearby = Array.from({ length: WORDINGS }, (_, other) => entryOf(namespace, cluster, other));
    const before = nearby.map((entry) => entries.done(entry));
    const hit = await cache.get(query, { namespace: NAMESPACES[namespace]! });
    if (failures.length > 0) return undefined;
    const after = nearby.map((entry) => entries.begun(entry));
    findings.gets++;
    if (after.some((number, i) => number !== before[i])) findings.meanwhile++;
    if (hit !== undefined) findings[hit.layer]++;
    const found = nearby.findIndex((entry) => textOf(cluster, partsOf(entry).wording) === hit?.query);
    const story = (i: number): string => `${i}: ${before[i]}…${after[i]}, found ${JSON.stringify(hit)}`;
    if (hit !== undefined) {
      if (found < 0 || hit.namespace !== NAMESPACES[namespace]) return `of elsewhere: ${JSON.stringify(hit)}`;
      if (hit.response % 2 === 0 || hit.response < before[found]! || hit.response > after[found]!) {
        return `was not there, ${story(found)}`;
      }
      const is = hit.layer === "exact" ? 1 : cosine(vector!, embedder.embed([hit.query])[0]!);
      if (Math.abs(hit.similarity - is) > ROUNDING || is < THRESHOLD - ROUNDING) return `is ${is}, ${story(found)}`;
      // Put after the exact layer was asked, the very question is found by the semantic one.
      const justPut = found === wording && before[found] !== after[found];
      if ((hit.layer === "exact") !== (found === wording) && !justPut) return `of the wrong layer, ${story(found)}`;
    }
    return passedOver(nearby, before, after, vector!, hit, wording, story);
  }

  /** What was there from beginning to end must have been found, unless something nearer was. */
  function passedOver(
    nearby: readonly number[],
    before: readonly number[],
    after: readonly number[],
    vector: Float32Array,
    hit: Hit<number> | undefined,
    wording: number,
    story: (i: number) => string,
  ): string | undefined {
    if (hit?.layer === "exact") return undefined;
    const least = Math.max(hit?.similarity ?? -1, THRESHOLD) + ROUNDING;
    for (const [i, entry] of nearby.entries()) {
      if (before[i]! % 2 === 0 || before[i] !== after[i]) continue;
      const { cluster } = partsOf(entry);
      const nearness = i === wording ? 2 : cosine(vector, embedder.embed([textOf(cluster, i)])[0]!);
      if (nearness > least) return `passed over, ${story(i)}`;
    }
    return undefined;
  }

  /** A writer that closes is told of: by a miss, and once; by nothing else. */
  async function seeClosing(): Promise<void> {
    for (const start = Date.now(); failures.length === 0 && Date.now() - start < PATIENCE_MS; ) {
      await cache.get(textOf(pick(CLUSTERS), pick(WORDINGS)), { namespace: NAMESPACES[pick(NAMESPACES.length)]! });
    }
    const [error] = failures;
    if (!(error instanceof MnemeError && error.code === "closed")) findings.wrong.push(`at the end: ${error}`);
    failures.length = 0;
    const query = textOf(CLUSTERS, seed);
    await cache.put(query, seed);
    if ((await cache.get(query))?.layer !== "exact") findings.wrong.push("what it puts itself is not found");
    if ((await cache.get(`${query} please`)) !== undefined) findings.wrong.push("who told it?");
    if (failures.length === 0) findings.wrong.push("it does not say that its writer has closed");
  }
}
