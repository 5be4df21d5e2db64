import { MnemeError } from "../../src/index.ts";
import { LeftUndone } from "./dynamodb-error.ts";
import type { Link } from "./store-link.ts";

/** What is used of a client of `@aws-sdk/client-dynamodb`. */
export interface DynamoDBClient {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy?(): void;
}

type Command = new (input: never) => object;

const COMMANDS = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "PutItem",
  "BatchWriteItem",
  "TransactWriteItems",
  "CreateTable",
  "DescribeTable",
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What is used of the module `@aws-sdk/client-dynamodb`, version 3. */
export type AwsDynamoDB = { readonly DynamoDBClient: new (config: never) => DynamoDBClient } & {
  readonly [name in CommandName as `${name}Command`]: Command;
};

export interface ClientConfig {
  region?: string | undefined;
  endpoint?: string | undefined;
  credentials?: object | (() => Promise<object>) | undefined;
}

export interface Attribute {
  S?: string;
  N?: string;
  B?: Uint8Array;
  BOOL?: boolean;
}
export type Item = Record<string, Attribute>;

const LONGEST_PAUSE_MS = 1000;

/**
 * The way to the server: all traffic of the store goes through `send` and `sendAll`. Every request may be sent again when no answer
 * came: reads; writes that leave the same behind when done twice; and transactions, by whose token the server knows a repetition.
 */
export class Connection {
  readonly #aws: AwsDynamoDB;
  readonly #client: DynamoDBClient;
  readonly #own: boolean;
  readonly #link: Link;

  constructor(aws: AwsDynamoDB, client: DynamoDBClient | undefined, config: ClientConfig, link: Link) {
    this.#aws = aws;
    this.#own = client === undefined;
    // One attempt: the link has the others.
    this.#client = client ?? new aws.DynamoDBClient({ ...defined(config), maxAttempts: 1 } as never);
    this.#link = link;
  }

  /** A failure is thrown as the SDK throws it. */
  send<T>(name: CommandName, input: object): Promise<T> {
    return this.#link.read((signal) => this.#once(name, input, signal));
  }

  /** Of a batch a busy server may do a part: `rest` is asked for what is left, until that is nothing; `take` says whether an answer brought it on. */
  sendAll<T>(name: CommandName, rest: () => object | undefined, take: (answer: T) => boolean): Promise<void> {
    return this.#link.read(async (signal) => {
      for (let input = rest(); input !== undefined; input = rest()) {
        if (!take(await this.#once(name, input, signal))) throw new LeftUndone();
      }
    });
  }

  async #once<T>(name: CommandName, input: object, abortSignal: AbortSignal): Promise<T> {
    const command = new this.#aws[`${name}Command`](input as never);
    return (await this.#client.send(command as never, { abortSignal })) as T;
  }

  /** A client that was given stays its giver's. */
  close(): void {
    if (this.#own) this.#client.destroy?.();
  }
}

/** Longer with each attempt, and by chance, so that writers who met do not meet again. */
export function pause(attempt: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, 20 * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}

export async function loadAws(): Promise<AwsDynamoDB> {
  try {
    return (await import("@aws-sdk/client-dynamodb")) as AwsDynamoDB;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'The package "@aws-sdk/client-dynamodb" cannot be loaded.',
      'npm install @aws-sdk/client-dynamodb, or hand the module in as "aws".',
      { cause },
    );
  }
}

/** Left out is not the same as undefined: the SDK's own chain finds what is left out. */
function defined(config: ClientConfig): object {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}
