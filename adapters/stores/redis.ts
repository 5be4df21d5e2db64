import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type Entry,
  type Identity,
  MnemeError,
  type ScanOptions,
  type Store,
  type StoreCheck,
} from "../../src/index.ts";
import { booleanOf, encodedOf, listOf, numberOf, numbersOf, orNull } from "./redis-answer.ts";
import { commandOf, type RedisClient, type RedisCommand, sendsAny } from "./redis-client.ts";
import { isUnderWay, isUnknownScript, translated } from "./redis-error.ts";
import { argumentsOf, encodeText, entryOf, isId, type Row, textOf } from "./redis-row.ts";
import type { Script } from "./redis-script.ts";
import * as scripts from "./redis-scripts.ts";
import { scrubFiles } from "./redis-scrub.ts";
import { Link, type Patience } from "./store-link.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient, RedisCommand, UpstashClient } from "./redis-client.ts";
export type { Patience } from "./store-link.ts";

/** By default the server takes an expired entry away an hour after its end: clocks differ, and may be set back. */
const AFTER_EXPIRY_MS = 3_600_000;

export interface RedisOptions extends Patience {
  /** Of @upstash/redis, ioredis or node-redis, connected; or a function that sends a command. It is never closed. */
  client: RedisClient;
  /** Every key is called `{prefix}:…`. Default "mneme". */
  prefix?: string | undefined;
  /**
   * Whether the server, too, removes what has expired: an hour after, or so many milliseconds. Turn it off for a cache whose
   * clock does not go with real time. Default true.
   */
  nativeTtl?: boolean | { afterMs: number } | undefined;
}

/** The Store Protocol in Redis. Each call is one script: atomic, and one round trip. */
export function redisStore(options: RedisOptions): Store {
  const { client, prefix = "mneme", nativeTtl = true, ...patience } = options ?? ({} as RedisOptions);
  if (typeof prefix !== "string" || prefix === "" || /[{}\0]|\p{Surrogate}/u.test(prefix)) {
    throw new MnemeError("argument", "redisStore expected a prefix without braces.", 'For example "mneme".');
  }
  const margin = typeof nativeTtl === "object" ? nativeTtl?.afterMs : AFTER_EXPIRY_MS;
  if (!(Number.isSafeInteger(margin) && margin >= 0)) {
    const problem = "redisStore expected nativeTtl to be a boolean, or afterMs in it a whole number of milliseconds.";
    throw new MnemeError("argument", problem, "For example { afterMs: 60_000 }.");
  }
  const link = new Link("redis", patience);
  const command = commandOf(client);
  return new RedisStore(command, link, `{${prefix}}`, nativeTtl === false ? undefined : margin, sendsAny(client));
}

/** What a script's answer is taken for; throws where it is none. */
type Read<T> = (answer: unknown) => T;

class RedisStore implements Store {
  readonly name = "redis";
  /** Absent where the client sends scripts only. */
  readonly scrub: (() => Promise<void>) | undefined;
  readonly #command: RedisCommand;
  readonly #link: Link;
  readonly #base: string;
  readonly #margin: number | undefined;
  #state: "new" | "open" | "closed" = "new";

  constructor(command: RedisCommand, link: Link, base: string, margin: number | undefined, sendsAny: boolean) {
    this.#command = command;
    this.#link = link;
    this.#base = base;
    this.#margin = margin;
    if (sendsAny) this.scrub = () => this.#scrub();
  }

  async identify(): Promise<Identity | undefined> {
    if (this.#state === "closed") throw closedError(true);
    const stamped = await this.#send("identify", scripts.identify, [], stampOf);
    return stamped[0] === null ? undefined : identityOf(stamped);
  }

  async open({ fingerprint, dimensions }: Identity): Promise<void> {
    if (this.#state === "closed") throw closedError(true);
    const identity = { fingerprint, dimensions };
    const stamped = await this.#send("open", scripts.open, [encodeText(JSON.stringify(identity))], stampOf);
    checkIdentity(this.name, identityOf(stamped), identity);
    if (this.#isClosed()) throw closedError(true);
    this.#state = "open";
  }

  async get(namespace: string, key: string): Promise<Entry | undefined> {
    const row = await this.#run("get", scripts.get, [encodeText(namespace), encodeText(key)], orNull(listOf));
    return row === null ? undefined : entryOf(row);
  }

  async getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    const known = [...new Set(ids)].filter(isId);
    const rows = await this.#run("getMany", scripts.getMany, known.map(String), rowsOf);
    const byId = new Map(known.map((id, i) => [id, rows[i]]));
    return [...ids].map((id) => {
      const row = byId.get(id);
      return row ? entryOf(row) : undefined;
    });
  }

  async *scan(options: ScanOptions = {}): AsyncIterable<Entry> {
    const { namespace, fields = "all" } = options;
    const script = fields === "all" ? scripts.scan : scripts.scanVectors;
    for (let after = options.after ?? 0; ; ) {
      const args = [String(after), ...within(namespace)];
      const [next, rows] = await this.#run("scan", script, args, (answer) => {
        const [next, rows] = listOf(answer);
        return [numberOf(next), listOf(rows).map(listOf)] as const;
      });
      for (const row of rows) {
        yield entryOf(row);
        this.#ensureOpen(); // closed meanwhile, it must not end as if that were all
      }
      after = next;
      if (after === 0) return;
    }
  }

  async oldest(n: number, namespace?: string): Promise<number[]> {
    const last = Math.min(Math.floor(n), 2 ** 32) - 1;
    if (!(last >= 0)) {
      this.#ensureOpen();
      return []; // to the server -1 is the last of all
    }
    return this.#run("oldest", scripts.oldest, [String(last), ...within(namespace)], numbersOf);
  }

  async count(namespace?: string): Promise<number> {
    return this.#run("count", scripts.count, within(namespace), numberOf);
  }

  async namespaces(): Promise<string[]> {
    return (await this.#run("namespaces", scripts.namespaces, [], listOf)).map(textOf).sort();
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    const margin = this.#margin === undefined ? "" : String(this.#margin);
    const answer = await this.#run("commit", scripts.commit, [margin, ...argumentsOf(changes)], (answer) => {
      if (answer === "conflict" || answer === "gone") return answer;
      const [version, applied] = listOf(answer);
      return { version: numberOf(version), applied: listOf(applied).map(numbersOf) };
    });
    if (answer === "conflict") throw conflictError();
    if (answer === "gone") throw goneError();
    return answer;
  }

  async removeExpired(now: number, namespace?: string): Promise<number[]> {
    const args = [String(now), ...within(namespace)];
    return this.#run("removeExpired", scripts.removeExpired, args, numbersOf);
  }

  async clear(namespace?: string): Promise<number> {
    return this.#run("clear", scripts.clear, within(namespace), numberOf);
  }

  async version(): Promise<number> {
    return this.#run("version", scripts.version, [], numberOf);
  }

  async changesSince(version: number): Promise<ChangeFeed | undefined> {
    const since = String(Number.isNaN(version) ? -1 : version);
    const answer = await this.#run("changesSince", scripts.changesSince, [since], orNull(listOf));
    if (answer === null) return undefined;
    const [present, removed, rows] = answer;
    return { version: numberOf(present), puts: listOf(rows).map(listOf).map(entryOf), removed: numbersOf(removed) };
  }

  async getMeta(key: string): Promise<string | undefined> {
    return (await this.#run("getMeta", scripts.getMeta, [encodeText(key)], orNull(encodedOf))) ?? undefined;
  }

  async getMetas(keys: readonly string[]): Promise<(string | undefined)[]> {
    const values = await this.#run("getMetas", scripts.getMetas, keys.map(encodeText), listOf);
    return values.map(orNull(encodedOf)).map((value) => value ?? undefined);
  }

  async setMeta(key: string, value: string): Promise<void> {
    await this.#run("setMeta", scripts.setMeta, [encodeText(key), encodeText(value)], numberOf);
  }

  async swapMeta(key: string, before: string | undefined, after: string): Promise<boolean> {
    const token = crypto.getRandomValues(new Uint32Array(4)).join("-"); // pages without TLS have no randomUUID
    const args = [encodeText(key), before === undefined ? "" : encodeText(before), encodeText(after), token];
    return this.#run("swapMeta", scripts.swapMeta, args, booleanOf);
  }

  async check(): Promise<StoreCheck> {
    try {
      const reason = await this.#run("check", scripts.check, [], encodedOf);
      return reason === "" ? { ok: true } : { ok: false, reason };
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    this.#state = "closed";
  }

  /** Each question in the time a call may take; a server writes its files for as long as it needs. */
  async #scrub(): Promise<void> {
    const server = await this.#run("scrub", scripts.server, [], encodedOf);
    const asked = async (reads: boolean, command: string[]): Promise<unknown> => {
      try {
        return await this.#command(command);
      } catch (error) {
        if (!reads && isUnderWay(error)) return undefined;
        throw translated("scrub", reads, error);
      }
    };
    const info = (): Promise<string> => this.#link.read(async () => String(await asked(true, ["INFO"])));
    await scrubFiles({ info, begin: (command) => this.#link.write(() => asked(false, command)) }, server);
  }

  async #run<T>(operation: string, script: Script, args: readonly string[], read: Read<T>): Promise<T> {
    this.#ensureOpen();
    for (;;) {
      const done = await this.#send(operation, script, args, (answer) =>
        // There were more ghosts than a script takes away in one go.
        answer === "again" ? undefined : { answer: read(answer) },
      );
      if (done !== undefined) return done.answer;
    }
  }

  /** All traffic with the server. A script that only reads may be sent again. What cannot be read counts as a failure of it. */
  #send<T>(operation: string, script: Script, args: readonly string[], read: Read<T>): Promise<T> {
    const attempt = async (): Promise<T> => read(await this.#attempt(operation, script, ["1", this.#base, ...args]));
    return script.reads ? this.#link.read(attempt) : this.#link.write(attempt);
  }

  async #attempt(operation: string, script: Script, rest: readonly string[]): Promise<unknown> {
    try {
      try {
        return await this.#command(["EVALSHA", script.sha, ...rest]);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        return await this.#command(["EVAL", script.text, ...rest]);
      }
    } catch (error) {
      throw translated(operation, script.reads, error);
    }
  }

  #ensureOpen(): void {
    if (this.#state !== "open") throw closedError(this.#isClosed());
  }

  /** A method, as it may change between two looks. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}

/** Without its mark it says nothing. */
function stampOf(answer: unknown): readonly unknown[] {
  return answer === "lost" ? [] : listOf(answer);
}

function rowsOf(answer: unknown): (Row | null)[] {
  return listOf(answer).map(orNull(listOf));
}

function within(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : [encodeText(namespace)];
}

function identityOf([schema, identity]: readonly unknown[]): Identity {
  if (Number(schema) > scripts.SCHEMA) {
    throw new MnemeError(
      "newer",
      `The redis store has schema ${Number(schema)}; this mneme knows ${scripts.SCHEMA}.`,
      "Update mneme, or use another prefix.",
    );
  }
  try {
    return JSON.parse(textOf(identity)) as Identity;
  } catch {
    const problem = "The redis store does not say which embedder filled it.";
    throw new MnemeError("corrupt", problem, "Restore a backup, or use another prefix.");
  }
}

function conflictError(): MnemeError {
  return new MnemeError(
    "conflict",
    "The redis store failed in commit. A put's condition did not hold: the key was there, or not at the revision expected.",
    "Read the entry again and decide anew.",
  );
}

function goneError(): MnemeError {
  return new MnemeError(
    "store",
    "What the redis store held is gone: its keys were deleted while it was open.",
    "Open the cache again.",
  );
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The redis store is closed.", "Make a new one, with the same client.")
    : new MnemeError("closed", "The redis store is not open yet.", "Call open() first.");
}
