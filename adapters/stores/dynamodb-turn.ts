import type { Item } from "./dynamodb-client.ts";
import type { Layout } from "./dynamodb-layout.ts";
import { presentState, type State } from "./dynamodb-state.ts";
import type { Table } from "./dynamodb-table.ts";
import { transact } from "./dynamodb-transaction.ts";

// Commits begin without asking anybody, and the first to end wins: a slow writer might lose to a fast one for ever. After some
// failures it therefore writes its name into the state, and until it has committed no other commit succeeds.

/** So many looks at a writer whose turn it is before it is taken for dead: about half a second. */
const PATIENCE = 20;
const LOOK_MS = 25;

export class Turn {
  readonly #table: Table;
  readonly #layout: Layout;
  readonly #name = crypto.randomUUID();
  #taken = false;

  constructor(table: Table, layout: Layout) {
    this.#table = table;
    this.#layout = layout;
  }

  /** Part of the condition of every commit, which is also to say `REMOVE turn`. */
  readonly condition = "(attribute_not_exists(turn) OR turn = :me)";
  get values(): Item {
    return { ":me": { S: this.#name } };
  }

  /** Unless another has it. */
  async take(): Promise<void> {
    this.#taken = (await this.#write("SET turn = :me", this.condition, this.values)) === undefined;
  }

  isAnothers({ turn }: State): boolean {
    return turn !== undefined && turn !== this.#name;
  }

  /** Until the other has committed. One that does not get on loses its turn. */
  async wait({ turn }: State): Promise<void> {
    for (let look = 0; look < PATIENCE; look++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if ((await presentState(this.#table, this.#layout)).turn !== turn) return;
    }
    await this.#write("SET turn = :me", "turn = :other", { ...this.values, ":other": { S: turn! } });
    this.#taken = true;
  }

  /** A commit has been done, and with it the name was removed. */
  used(): void {
    this.#taken = false;
  }

  /** Leaves it to others when nothing has come of it. */
  async end(): Promise<void> {
    if (this.#taken) await this.#write("REMOVE turn", "turn = :me", this.values);
    this.#taken = false;
  }

  #write(UpdateExpression: string, ConditionExpression: string, ExpressionAttributeValues: Item) {
    const { name: TableName } = this.#table;
    const Key = this.#layout.state;
    return transact(this.#table, [
      { Update: { TableName, Key, UpdateExpression, ConditionExpression, ExpressionAttributeValues } },
    ]);
  }
}
