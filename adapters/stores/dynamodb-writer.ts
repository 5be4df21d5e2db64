import { type CommitResult, MnemeError } from "../../src/index.ts";
import { type Item, pause } from "./dynamodb-client.ts";
import { HEAD, type Head, headOf } from "./dynamodb-items.ts";
import { INDEXES, type Key, keyOf, type Layout, padded } from "./dynamodb-layout.ts";
import { commitLarge, type End, isSmall, settle } from "./dynamodb-log.ts";
import { conflict, type PackedChange, type Plan, planned } from "./dynamodb-plan.ts";
import { presentState, type State, stateOf } from "./dynamodb-state.ts";
import { inParallel, type Table } from "./dynamodb-table.ts";
import { transact } from "./dynamodb-transaction.ts";
import { Turn } from "./dynamodb-turn.ts";
import { entryWrites, feedWrite, growth, namespaceWrite, type Write } from "./dynamodb-writes.ts";

/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
export const REMEMBERED_COMMITS = 10_000;
/** Commits between two deletions of what the feed has forgotten: as many as one batch deletes. */
const TRIMMED_AT_ONCE = 25;
/** So many times a commit is tried whose ground others change; and after so many it waits no longer, but asks for its turn. */
const ATTEMPTS = 60;
const ATTEMPTS_WITHOUT_TURN = 3;
/** Reading the whole index of keys is done for so many entries per key looked for. */
const ENTRIES_PER_KEY = 50;
/** Touches that certainly fit into one transaction. */
const FEW_TOUCHES = 90;

/** Commits: one after the other here, and by the state's version among all who write. */
export class Writer {
  readonly #table: Table;
  readonly #layout: Layout;
  readonly #turn: Turn;
  /** As it was last seen. It may be old: then the transaction is refused, and says what it is. */
  #seen: State | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(table: Table, layout: Layout) {
    this.#table = table;
    this.#layout = layout;
    this.#turn = new Turn(table, layout);
  }

  /** The changes are asked for when it is their turn. */
  commit(changes: () => Promise<PackedChange[]>): Promise<CommitResult> {
    const result = this.#last.then(async () => this.#inTurn(await changes()));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Ends a large commit whose writer died. */
  async settle(state: State): Promise<void> {
    if (state.pending !== undefined) await settle(this.#table, this.#layout, state);
  }

  async #inTurn(changes: readonly PackedChange[]): Promise<CommitResult> {
    try {
      return await this.#commit(changes);
    } finally {
      await this.#turn.end().catch(() => {}); // others wait for it no longer than for a dead one
    }
  }

  async #commit(changes: readonly PackedChange[]): Promise<CommitResult> {
    const touches = changes.flatMap((change) => ("touch" in change ? change.touch : []));
    const few = touches.length <= FEW_TOUCHES && changes.every((change) => "touch" in change);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt >= ATTEMPTS_WITHOUT_TURN && !few) {
        await this.#turn.take();
        this.#seen = undefined;
      } else if (attempt > 1) await pause(Math.min(attempt - 2, 4));
      // Whoever raises the version must know it before reading anything else; touches only tell it.
      const state = few ? undefined : await this.#settled();
      const [{ heads, counts }, told] = await Promise.all([this.#look(changes, state), state ?? this.#read()]);
      const plan = planned(changes, heads, told);
      const result = await this.#perform(plan, told, state === undefined, counts);
      if (result !== undefined) return result;
    }
    throw new MnemeError(
      "store",
      "Others changed the dynamodb store again and again while a commit was under way.",
      "Write from fewer places at once, or gather changes into fewer commits.",
    );
  }

  /** Undefined: the ground has changed, all is to be done anew. */
  async #perform(
    plan: Plan | "conflict",
    state: State,
    fresh: boolean,
    counts: Map<string, Item>,
  ): Promise<CommitResult | undefined> {
    const { name } = this.#table;
    if (plan === "conflict") {
      // What was read may be of different moments. If it is not, nothing has happened since the version was seen.
      if ((await this.#read()).version === state.version) throw conflict();
      return undefined;
    }
    const writes = entryWrites(name, this.#layout, plan);
    if (!plan.raised) {
      if (writes.length === 0) return { version: (fresh ? state : await this.#read()).version, applied: plan.applied };
      const done = isSmall(writes)
        ? (await transact(this.#table, writes)) === undefined
        : await this.#large(state, writes, state);
      if (!done) this.#seen = undefined;
      return done ? { version: (fresh ? state : await this.#read()).version, applied: plan.applied } : undefined;
    }
    const version = state.version + 1;
    const growing = growth(plan);
    const counting = await this.#namespaceWrites(growing, counts);
    if (counting === undefined) return undefined;
    writes.push(...counting, feedWrite(name, this.#layout, plan, version));
    const total = [...growing.values()].reduce((sum, { by }) => sum + by, state.total);
    const end = { version, lastId: plan.lastId, total };
    const done = isSmall(writes) ? await this.#small(state, writes, end) : await this.#large(state, writes, end);
    if (!done) return undefined;
    this.#seen = { ...state, ...end };
    if (version % TRIMMED_AT_ONCE === 0) await this.#trim(version);
    return { version, applied: plan.applied };
  }

  async #small(state: State, writes: readonly Write[], end: End): Promise<boolean> {
    const reasons = await transact(this.#table, [this.#raise(state, end), ...writes]);
    if (reasons === undefined) {
      this.#turn.used();
      return true;
    }
    const found = reasons[0]!.Item as Item | undefined;
    this.#seen = found && stateOf(found);
    return false;
  }

  async #large(state: State, writes: readonly Write[], end: End): Promise<boolean> {
    this.#seen = undefined;
    return commitLarge(this.#table, this.#layout, this.#turn, state, writes, end);
  }

  #raise(state: State, end: End): Write {
    return {
      Update: {
        TableName: this.#table.name,
        Key: this.#layout.state,
        UpdateExpression: "SET version = :version, lastId = :lastId, entries = :total REMOVE turn",
        ConditionExpression: `version = :was AND attribute_not_exists(pending) AND ${this.#turn.condition}`,
        ExpressionAttributeValues: {
          ...this.#turn.values,
          ":was": { N: String(state.version) },
          ":version": { N: String(end.version) },
          ":lastId": { N: String(end.lastId) },
          ":total": { N: String(end.total) },
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    };
  }

  /** Undefined when what is counted shows that others have changed it. */
  async #namespaceWrites(growing: ReturnType<typeof growth>, known: Map<string, Item>): Promise<Write[] | undefined> {
    const changed = [...growing].filter(([, { by }]) => by !== 0);
    const unknown = changed.filter(([digest]) => !known.has(digest)).map(([digest]) => this.#countKey(digest));
    for (const item of await this.#table.batchGet(unknown)) known.set(item.sk!.S!, item);
    const writes: Write[] = [];
    for (const [digest, { by, name }] of changed) {
      const item = known.get(digest);
      const count = (item === undefined ? 0 : Number(item.n!.N)) + by;
      const called = item?.name ?? (name === undefined ? undefined : { S: JSON.stringify(name) });
      if (count < 0 || called === undefined) {
        this.#seen = undefined;
        return undefined;
      }
      writes.push(namespaceWrite(this.#table.name, this.#layout, digest, count, called));
    }
    return writes;
  }

  #countKey(digest: string): Key {
    return keyOf(this.#layout.namespaces, digest);
  }

  async #settled(): Promise<State> {
    let state = this.#seen ?? (await this.#read());
    while (state.pending !== undefined || this.#turn.isAnothers(state)) {
      if (state.pending !== undefined) await settle(this.#table, this.#layout, state);
      else await this.#turn.wait(state);
      state = await this.#read();
    }
    return state;
  }

  async #read(): Promise<State> {
    this.#seen = await presentState(this.#table, this.#layout);
    return this.#seen;
  }

  /** What is stored of the entries that the changes are about, and the counts of the namespaces that are put into. */
  async #look(
    changes: readonly PackedChange[],
    state: State | undefined,
  ): Promise<{ heads: Head[]; counts: Map<string, Item> }> {
    const ids = new Set<number>();
    const digests = new Set<string>();
    const namespaces = new Set<string>();
    for (const change of changes) {
      if ("put" in change) {
        digests.add(change.digests.keyDigest);
        namespaces.add(change.digests.namespaceDigest);
      } else for (const id of "touch" in change ? change.touch : change.remove) ids.add(id);
    }
    const bulk = digests.size > 1 && (state?.total ?? 0) <= ENTRIES_PER_KEY * digests.size;
    if (bulk) for (const id of await this.#idsOf(digests)) ids.add(id);
    const keys = [...ids].filter((id) => Number.isSafeInteger(id) && id > 0).map((id) => this.#layout.entry(id));
    const [byId, counts, byKey] = await Promise.all([
      this.#table.batchGet(keys, HEAD),
      this.#table.batchGet([...namespaces].map((digest) => this.#countKey(digest))),
      bulk ? [] : inParallel([...digests], (digest) => this.#headOf(digest)),
    ]);
    const heads = new Map(byId.map((item) => [Number(item.sk!.S), headOf(item)]));
    for (const head of byKey) if (head !== undefined) heads.set(head.id, head);
    return { heads: [...heads.values()], counts: new Map(counts.map((item) => [item.sk!.S!, item])) };
  }

  async #headOf(keyDigest: string): Promise<Head | undefined> {
    const [item] = await this.#table.all({
      IndexName: "key",
      KeyConditionExpression: `pk = :pk AND ${INDEXES.key} = :k`,
      ExpressionAttributeValues: { ":pk": { S: this.#layout.entries }, ":k": { S: keyDigest } },
      ProjectionExpression: HEAD,
    });
    return item && headOf(item);
  }

  /** The ids of these keys, from one reading of the index, for many keys in a store that has few. */
  async #idsOf(digests: ReadonlySet<string>): Promise<number[]> {
    const items = await this.#table.all({
      IndexName: "key",
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: this.#layout.entries } },
    });
    return items.filter(({ k }) => digests.has(k!.S!)).map(({ sk }) => Number(sk!.S));
  }

  /** Deletes what the feed has forgotten, and logs that nobody needs. It may fail: what is left is in nobody's way. */
  async #trim(version: number): Promise<void> {
    try {
      const oldest = version - REMEMBERED_COMMITS;
      const forgotten = Array.from({ length: TRIMMED_AT_ONCE }, (_, i) => oldest - i)
        .filter((old) => old > 0)
        .map((old) => keyOf(this.#layout.feed, padded(old)));
      const logs = await this.#table.all({
        KeyConditionExpression: "pk = :pk AND sk < :version",
        ExpressionAttributeValues: { ":pk": { S: this.#layout.log }, ":version": { S: padded(version) } },
        ProjectionExpression: "pk, sk",
      });
      const keys = [...forgotten, ...logs.map(({ pk, sk }) => ({ pk, sk }))];
      await this.#table.batchWrite(keys.map((Key) => ({ DeleteRequest: { Key } })));
    } catch {}
  }
}
