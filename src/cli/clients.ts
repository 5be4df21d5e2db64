import { MnemeError } from "mneme";
import type { AwsDynamoDB } from "mneme/dynamodb";
import type { PostgresClient, PostgresJsClient, QueryClient } from "mneme/postgres";
import type { IoRedisClient, RedisClient, UpstashClient } from "mneme/redis";
import { imported } from "./module.ts";

// Clients of servers, by the packages that are installed. Each connects when it is first asked.

interface Ended<Client> {
  client: Client;
  end(): Promise<void>;
}

// Of each package what is used here.

interface IoRedisPackage {
  Redis: new (
    url: string,
    options: object,
  ) => IoRedisClient & { on(event: "error", listener: () => void): void; disconnect(): void };
}
interface NodeRedisPackage {
  createClient(options: object): {
    on(event: "error", listener: () => void): void;
    connect(): Promise<unknown>;
    sendCommand(command: string[]): Promise<unknown>;
    destroy(): void;
  };
}
interface PgPackage {
  default: {
    Pool: new (
      options: object,
    ) => QueryClient & { on(event: "error", listener: () => void): void; end(): Promise<void> };
  };
}
interface PostgresJsPackage {
  default: (url: string, options: object) => PostgresJsClient & { end(): Promise<void> };
}
interface UpstashPackage {
  Redis: new (options: object) => UpstashClient;
}

/** What a command fails with tells of it; nobody listens to the client itself. */
const unheard = (): void => {};

export async function redisClient(url: string): Promise<Ended<RedisClient>> {
  const ioredis = await installed<IoRedisPackage>("ioredis");
  if (ioredis !== undefined) {
    const client = new ioredis.Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
    client.on("error", unheard);
    return { client, end: async () => client.disconnect() };
  }
  const { createClient } = (await installed<NodeRedisPackage>("redis")) ?? missing("ioredis", "redis");
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", unheard);
  let connecting: Promise<unknown> | undefined;
  return {
    client: async (command) => {
      connecting ??= client.connect();
      await connecting;
      return client.sendCommand(command);
    },
    end: async () => {
      const connected = await connecting?.then(
        () => true,
        () => false,
      );
      if (connected) client.destroy();
    },
  };
}

export async function upstashClient(url: string, token: string): Promise<RedisClient> {
  const { Redis } = (await installed<UpstashPackage>("@upstash/redis")) ?? missing("@upstash/redis");
  return new Redis({ url, token, retry: false });
}

export async function postgresClient(url: string): Promise<Ended<PostgresClient>> {
  const pg = await installed<PgPackage>("pg");
  if (pg !== undefined) {
    const pool = new pg.default.Pool({ connectionString: url });
    pool.on("error", unheard);
    return { client: pool, end: () => pool.end() };
  }
  const { default: postgres } = (await installed<PostgresJsPackage>("postgres")) ?? missing("pg", "postgres");
  const client = postgres(url, { onnotice: unheard });
  return { client, end: () => client.end() };
}

export async function awsModule(): Promise<AwsDynamoDB> {
  return (await installed<AwsDynamoDB>("@aws-sdk/client-dynamodb")) ?? missing("@aws-sdk/client-dynamodb");
}

async function installed<Package>(name: string): Promise<Package | undefined> {
  try {
    return (await imported(name)) as Package;
  } catch {
    return undefined;
  }
}

function missing(name: string, other?: string): never {
  throw new MnemeError(
    "unsupported",
    `This address needs a client that is not installed here: ${name}${other ? `, or ${other}` : ""}.`,
    `npm install ${name}, in the folder the command runs in.`,
  );
}
