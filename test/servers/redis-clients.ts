import type { RedisClient, UpstashClient } from "../../adapters/stores/redis.ts";
import { installed } from "../stage.ts";

/** Clients over TCP, connected to an address, and what ends them. */
export const TCP_CLIENTS: Record<string, (url: string) => Promise<{ client: RedisClient; end(): void }>> = {
  ioredis: async (url) => {
    const { Redis } = await installed<{ Redis: new (url: string) => IoRedis }>("ioredis");
    const client = new Redis(url);
    return { client, end: () => client.disconnect() };
  },
  /** What the connection does not take at once fails; and nothing is sent twice. */
  "ioredis, impatient": async (url) => {
    const { Redis } = await installed<{ Redis: new (url: string, options: object) => IoRedis }>("ioredis");
    const client = new Redis(url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 20,
    });
    client.on("error", () => {}); // commands tell
    await new Promise((resolve) => client.once("ready", resolve));
    return { client, end: () => client.disconnect() };
  },
  "ioredis, a cluster": async (url) => {
    const { Cluster } = await installed<{ Cluster: new (nodes: string[], options: object) => IoRedis }>("ioredis");
    const client = new Cluster([url], { redisOptions: { password: new URL(url).password } });
    return { client, end: () => client.disconnect() };
  },
  "node-redis": async (url) => {
    const { createClient } = await installed<NodeRedisPackage>("redis");
    const client = createClient({ url });
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

export async function upstashClient(options: object): Promise<UpstashClient> {
  const { Redis } = await installed<{ Redis: new (options: object) => UpstashClient }>("@upstash/redis");
  return new Redis(options);
}

interface IoRedis {
  call(command: string, args: string[]): Promise<unknown>;
  disconnect(): void;
  on(event: string, listener: () => void): unknown;
  once(event: string, listener: (value?: unknown) => void): unknown;
}
interface NodeRedisPackage {
  createClient(options: object): {
    connect(): Promise<unknown>;
    destroy(): void;
    sendCommand(command: string[]): Promise<unknown>;
  };
}
