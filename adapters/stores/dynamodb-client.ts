import { MnemeError } from "../../src/index.ts";
import { isBusy, unanswered } from "./dynamodb-error.ts";

/** What is used of a client of `@aws-sdk/client-dynamodb`. */
export interface DynamoDBClient {
  send(command: never): Promise<unknown>;
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

/** So many times a call is repeated that the server was too busy for: some ten seconds in all. */
const ATTEMPTS = 14;
/** And so many times one that no answer came to, after the SDK's own attempts: it has them where it knows the failure. */
const UNANSWERED_ATTEMPTS = 2;
const LONGEST_PAUSE_MS = 1000;

/**
 * The way to the server: every call of the store goes through `send`. All of them may be repeated: reads; writes that leave
 * the same behind when done twice; and transactions, which carry a token by which the server knows a repetition.
 */
export class Connection {
  readonly #aws: AwsDynamoDB;
  readonly #client: DynamoDBClient;
  readonly #own: boolean;

  constructor(aws: AwsDynamoDB, client: DynamoDBClient | undefined, config: ClientConfig) {
    this.#aws = aws;
    this.#own = client === undefined;
    this.#client = client ?? new aws.DynamoDBClient(defined(config) as never);
  }

  /** Answers of a busy server are waited out, and what no answer came to is tried again; every other failure is thrown as the SDK throws it. */
  async send<T>(name: CommandName, input: object): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        const command = new this.#aws[`${name}Command`](input as never);
        return (await this.#client.send(command as never)) as T;
      } catch (error) {
        if (attempt >= (isBusy(error) ? ATTEMPTS : unanswered(error) ? UNANSWERED_ATTEMPTS : 0)) throw error;
        await pause(attempt);
      }
    }
  }

  /** A client that was given stays its giver's. */
  close(): void {
    if (this.#own) this.#client.destroy?.();
  }
}

/** Longer with each attempt, and by chance, so that those who met do not meet again. */
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
