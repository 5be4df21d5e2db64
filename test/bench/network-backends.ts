import { type AwsDynamoDB, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { redisStore } from "../../adapters/stores/redis.ts";
import type { Store } from "../../src/index.ts";
import { startDynamoDB } from "../servers/dynamodb-server.ts";
import { CREDENTIALS } from "../servers/dynamodb-stores.ts";
import { startNeonFront } from "../servers/neon-front.ts";
import { CLIENTS } from "../servers/postgres-clients.ts";
import { startPostgres } from "../servers/postgres-server.ts";
import { TCP_CLIENTS, upstashClient } from "../servers/redis-clients.ts";
import { startRedis } from "../servers/redis-server.ts";
import { startUpstashFront } from "../servers/upstash-front.ts";
import { installed } from "../stage.ts";

/** A networked store by one of its clients. */
export interface Backend {
  name: string;
  /** What the client connects to, on this machine. */
  port: number;
  index: "exact" | "store";
  /** Those that are alike find the same entries. */
  data: string;
  /** Filled with no more than this, where it takes its time. */
  most?: number;
  /** By a client of its own, to this port. */
  connect(port: number): Promise<Connection>;
}
export interface Connection {
  /** Not opened yet. */
  store(): Store;
  end(): Promise<void>;
}

type Serve = (use: (backend: Backend) => Promise<void>) => Promise<void>;

/** Each starts a server, and ends it when it has been used. */
export const SERVERS: Record<string, Serve> = {
  async redis(use) {
    const server = await startRedis();
    const front = await startUpstashFront(server.url);
    try {
      await use({
        name: "Redis, TCP (ioredis)",
        data: "redis",
        port: portOf(server.url),
        index: "exact",
        async connect(port) {
          const { client, end } = await TCP_CLIENTS.ioredis!(withPort(server.url, port));
          return { store: () => redisStore({ client }), end: async () => end() };
        },
      });
      await use({
        name: "Redis, HTTP (@upstash/redis)",
        data: "redis",
        port: portOf(front.url),
        index: "exact",
        async connect(port) {
          const client = await upstashClient({ url: withPort(front.url, port), token: front.token, retry: false });
          return { store: () => redisStore({ client }), end: async () => {} };
        },
      });
    } finally {
      await front.close();
      await server.close();
    }
  },

  async postgres(use) {
    const server = await startPostgres();
    const front = await startNeonFront();
    const frontPort = portOf(`http://${front.address}`);
    const overHttp = async (port: number, options: { schema?: string; vectors?: "pgvector" }): Promise<Connection> => {
      const { client, end } = await CLIENTS["neon HTTP"]!(server.url, `127.0.0.1:${port}`);
      return { store: () => postgresStore({ client, ...options }), end };
    };
    try {
      await use({
        name: "Postgres, TCP (pg)",
        data: "postgres",
        port: server.port,
        index: "exact",
        async connect(port) {
          const { client, end } = await CLIENTS.pg!(withPort(server.url, port), front.address);
          return { store: () => postgresStore({ client }), end };
        },
      });
      await use({
        name: "Postgres, HTTP (Neon's driver)",
        data: "postgres",
        port: frontPort,
        index: "exact",
        connect: (port) => overHttp(port, {}),
      });
      await use({
        name: 'Postgres, HTTP, index: "store"',
        data: "postgres, searched",
        port: frontPort,
        index: "store",
        connect: (port) => overHttp(port, { schema: "searched", vectors: "pgvector" }),
      });
    } finally {
      await front.close();
      await server.close();
    }
  },

  async dynamodb(use) {
    const server = await startDynamoDB();
    const aws = await installed<AwsDynamoDB>("@aws-sdk/client-dynamodb");
    try {
      await use({
        name: "DynamoDB Local",
        data: "dynamodb",
        most: 2000,
        port: portOf(server.endpoint),
        index: "exact",
        async connect(port) {
          const endpoint = withPort(server.endpoint, port);
          const client = new aws.DynamoDBClient({ endpoint, region: "local", credentials: CREDENTIALS } as never);
          return {
            store: () => dynamodbStore({ table: "bench", createTable: true, client, aws }),
            end: async () => client.destroy?.(),
          };
        },
      });
    } finally {
      await server.close();
    }
  },
};

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function withPort(url: string, port: number): string {
  return url.replace(/:\d+$|:\d+(?=\/)/, `:${port}`);
}
