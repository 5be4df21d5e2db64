import { MnemeError } from "../../src/index.ts";

// What is called of a client, by structure: nobody's SDK is needed for its types. The client stays its owner's.

/** Sends one command, such as `["GET", "key"]`, and answers what the server does. */
export type RedisCommand = (command: string[]) => Promise<unknown>;

/** `new Redis({ url, token })` of @upstash/redis: HTTP, for edge functions and browsers. */
export interface UpstashClient {
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>;
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
}

/** `createClient()` of node-redis, connected. */
export interface NodeRedisClient {
  sendCommand(command: string[]): Promise<unknown>;
}

/** `new Redis()` or `new Cluster()` of ioredis. */
export interface IoRedisClient {
  call(command: string, args: string[]): Promise<unknown>;
}

export type RedisClient = UpstashClient | NodeRedisClient | IoRedisClient | RedisCommand;

/** Whether it sends whatever command it is given: @upstash/redis has a method for each, and a service behind it. */
export function sendsAny(client: RedisClient): boolean {
  return typeof client === "function" || has(client, "call") || has(client, "sendCommand");
}

/** Every command of the store is an EVALSHA or an EVAL with one key, but for those that scrub. */
export function commandOf(client: RedisClient): RedisCommand {
  if (typeof client === "function") return client;
  // ioredis has a sendCommand, too, which takes something else.
  if (has(client, "call")) return ([name, ...args]) => (client as IoRedisClient).call(name!, args);
  if (has(client, "sendCommand")) return (command) => (client as NodeRedisClient).sendCommand(command);
  if (has(client, "evalsha") && has(client, "eval")) {
    const upstash = client as UpstashClient;
    return ([name, script, , key, ...args]) => upstash[name === "EVAL" ? "eval" : "evalsha"](script!, [key!], args);
  }
  throw new MnemeError(
    "argument",
    "redisStore expected a client.",
    "Pass one of @upstash/redis, ioredis or node-redis, or a function that sends a command (string[]).",
  );
}

function has(client: object | null | undefined, method: string): boolean {
  return typeof (client as Record<string, unknown> | null | undefined)?.[method] === "function";
}
