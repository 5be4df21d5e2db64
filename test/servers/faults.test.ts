import { type CacheEvent, MnemeError, SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { OTHER, PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { type Direction, FAULTS, FaultProxy } from "./fault-proxy.ts";

/** A store whose server listens on a port of this machine, by a client of its own. */
export interface FaultyStore {
  /** What the server listens on. */
  port: number;
  /** With this much patience, and without: those that only look after what is there. */
  open(port: number, patience: object): Promise<{ store: Store; end: () => Promise<void> }>;
  /** What must not appear in any error. */
  secrets: readonly string[];
}

/** What stands between the two: bytes come to grief there, or requests. */
interface Between {
  readonly port: number;
  readonly struck: number;
  passed(direction: Direction): number;
  arm(fault: string, direction: Direction, pieces: number): void;
  heal(): Promise<void>;
  close(): Promise<void>;
}
export interface Line {
  faults: readonly string[];
  before(port: number): Promise<Between>;
}
const BYTES: Line = { faults: FAULTS, before: (port) => FaultProxy.before(port) };

const DIRECTIONS: readonly Direction[] = ["to the server", "to the client"];
/** What a call may take where nothing else is done. A machine that is busier gets twice as long until it is enough. */
const TIMEOUT_MS = 200;
const MOST_TIMEOUT_MS = 30_000;
const BREAKER = { failures: 5, rest: 20 };
/** Clients connect again in their own time. */
const BACK_IN_MS = 20_000;

/** Whatever happens between a store and its server, at any point: reads miss, writes tell, and nothing acknowledged is lost. */
export const faultTests =
  (faulty: FaultyStore, line = BYTES): Suite =>
  (test) => {
    for (const fault of line.faults) {
      for (const direction of DIRECTIONS) {
        test(`${fault}, ${direction}: a get misses, a put tells, and what was acknowledged is there`, async () => {
          const pieces = await pointsOf(faulty, line, direction);
          ok(pieces > 2, `${pieces} pieces pass`);
          let struck = 0;
          for (let point = 0; point < pieces; point++) struck += await strike(faulty, line, fault, direction, point);
          ok(struck > 0, "it never struck");
        });

        test(`${fault}, ${direction}: a swap that was done is told as done, or fails`, async () => {
          let point = 0;
          while (await strikeSwap(faulty, line, fault, direction, point)) point++;
          ok(point > 0, "it never struck");
        });
      }
    }
  };

/** How many pieces pass when nothing goes wrong. */
async function pointsOf(faulty: FaultyStore, line: Line, direction: Direction): Promise<number> {
  const proxy = await line.before(faulty.port);
  const { store, end } = await faulty.open(proxy.port, {});
  try {
    const cache = await SemanticCache.open({ embedder: WORDS, store, index: indexOf(store) });
    const namespace = newNamespace();
    await cache.put(QUESTION, "a", { namespace });
    const before = proxy.passed(direction);
    await use(cache, namespace);
    const after = proxy.passed(direction);
    await cache.close();
    return after - before;
  } finally {
    await end();
    await proxy.close();
  }
}

/** The calls that faults befall. */
async function use(cache: SemanticCache, namespace: string): Promise<Used> {
  const exact = await cache.get(QUESTION, { namespace });
  const put = await cache.put(OTHER, "b", { namespace }).then(
    (id) => ({ id }),
    (error: unknown) => ({ error }),
  );
  const semantic = await cache.get(PARAPHRASE, { namespace });
  const own = await cache.get(OTHER, { namespace });
  return { answers: [exact?.response, semantic?.response, own?.response], put };
}
interface Used {
  answers: (string | undefined)[];
  put: { id: number } | { error: unknown };
}

/** Answers how often the fault struck. */
async function strike(
  faulty: FaultyStore,
  line: Line,
  fault: string,
  direction: Direction,
  point: number,
): Promise<number> {
  const proxy = await line.before(faulty.port);
  const namespace = newNamespace();
  const events: CacheEvent[] = [];
  const at = `${fault}, ${direction}, piece ${point}`;
  const { cache, end } = await begun(faulty, proxy.port, namespace, (event) => events.push(event), at);
  try {
    events.length = 0;
    proxy.arm(fault, direction, point);
    const { answers, put } = await use(cache, namespace);
    const { struck } = proxy;

    const expected = ["a", "a", "b"];
    for (const [i, answer] of answers.entries()) {
      ok(answer === undefined || answer === expected[i], `${at}: ${expected[i]} became ${answer}`);
    }
    const misses = answers.slice(0, 2).filter((answer) => answer === undefined).length;
    const told = events.filter(({ type }) => type === "error" || type === "miss").length;
    ok(told >= misses, `${at}: ${misses} misses, ${told} events`);
    if ("error" in put) ok(put.error instanceof MnemeError, `${at}: put failed with ${put.error}`);
    const errors = [...events.flatMap((event) => (event.type === "error" ? [event.error] : []))];
    if ("error" in put) errors.push(put.error);
    for (const error of errors) keepsSecrets(error, faulty.secrets, at);

    await proxy.heal();
    await until(async () => (await cache.get(QUESTION, { namespace }))?.response === "a", `${at}: it never came back`);
    await check(faulty, namespace, "id" in put, at);
    await cache.close().catch(() => {});
    return struck;
  } finally {
    await end();
    await proxy.close();
  }
}

/** Nobody else swaps, so none can be told as not done. Answers whether the fault struck. */
async function strikeSwap(
  faulty: FaultyStore,
  line: Line,
  fault: string,
  direction: Direction,
  point: number,
): Promise<boolean> {
  const proxy = await line.before(faulty.port);
  const key = newNamespace();
  const at = `${fault}, ${direction}, piece ${point} of a swap`;
  const { store, end } = await faulty.open(proxy.port, { timeout: 5 * TIMEOUT_MS, breaker: BREAKER });
  let struck: number;
  let told: unknown;
  try {
    await until(() => happens(() => store.open(WORDS)), `${at}: it did not open`);
    await until(() => happens(() => store.setMeta(key, "0")), `${at}: it was not set`);
    proxy.arm(fault, direction, point);
    told = await Promise.resolve(store.swapMeta!(key, "0", "1")).catch((error: unknown) => error);
    struck = proxy.struck;
  } finally {
    await proxy.heal();
    await store.close();
    await end();
    await proxy.close();
  }
  ok(told === true || told instanceof MnemeError, `${at}: told ${told}`);
  keepsSecrets(told, faulty.secrets, at);
  const direct = await faulty.open(faulty.port, {}); // only now: a driver may have one address for all its clients
  try {
    await direct.store.open(WORDS);
    const value = await direct.store.getMeta(key);
    ok(value === "1" || (value === "0" && told !== true), `${at}: ${value}, told ${told}`);
    await direct.store.close();
  } finally {
    await direct.end();
  }
  return struck > 0;
}

async function happens(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

/** A cache with its first entry, and no more patience than this machine makes necessary just now. */
async function begun(
  faulty: FaultyStore,
  port: number,
  namespace: string,
  onEvent: (event: CacheEvent) => void,
  at: string,
): Promise<{ cache: SemanticCache; end: () => Promise<void> }> {
  let problem: unknown;
  for (let timeout = TIMEOUT_MS; timeout <= MOST_TIMEOUT_MS; timeout *= 2) {
    const { store, end } = await faulty.open(port, { timeout, breaker: BREAKER });
    try {
      const options = { embedder: WORDS, deadline: 2 * timeout, store, index: indexOf(store), onEvent } as const;
      const cache = await SemanticCache.open(options);
      await cache.put(QUESTION, "a", { namespace });
      return { cache, end };
    } catch (error) {
      problem = error;
      await end();
    }
  }
  throw new Error(`${at}: it did not begin: ${problem}`);
}

/** By a client that nothing happened to. */
async function check(faulty: FaultyStore, namespace: string, acknowledged: boolean, at: string): Promise<void> {
  const { store, end } = await faulty.open(faulty.port, {});
  try {
    const cache = await SemanticCache.open({ embedder: WORDS, store });
    equal((await cache.get(QUESTION, { namespace }))?.response, "a", at);
    const other = (await cache.get(OTHER, { namespace }))?.response;
    ok(other === "b" || (other === undefined && !acknowledged), `${at}: ${other}, acknowledged ${acknowledged}`);
    equal((await cache.stats(namespace)).entries, other === undefined ? 1 : 2, at);
    await cache.close();
  } finally {
    await end();
  }
}

function keepsSecrets(error: unknown, secrets: readonly string[], at: string): void {
  for (let cause: unknown = error; cause !== undefined; cause = (cause as Error | undefined)?.cause) {
    const text = cause instanceof Error ? `${cause.name} ${cause.message} ${cause.stack} ${JSON.stringify(cause)}` : "";
    for (const secret of secrets) ok(!text.includes(secret), `${at}: a secret is in ${text.replaceAll(secret, "…")}`);
  }
}

async function until<T>(found: () => Promise<T | undefined | false>, otherwise: string): Promise<T> {
  for (const end = performance.now() + BACK_IN_MS; performance.now() < end; ) {
    const answer = await found();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(otherwise);
}

function indexOf(store: Store): "exact" | "store" {
  return store.search === undefined ? "exact" : "store";
}

let made = 0;
function newNamespace(): string {
  return `fault ${Date.now()} ${made++}`;
}
