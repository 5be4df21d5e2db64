import type { Store } from "mneme";
import { dynamodbStore } from "mneme/dynamodb";
import { postgresStore } from "mneme/postgres";
import { redisStore } from "mneme/redis";
import type { Named } from "./address.ts";
import { awsModule, postgresClient, redisClient, upstashClient } from "./clients.ts";
import { UsageError } from "./command.ts";

// Addresses of stores on servers. What is the store's own stands behind a question mark; the client does not see it.

type Found = Omit<Named, "address">;

/** redis://user:password@host:6379/0?prefix=answers */
export async function redis(address: string): Promise<Found> {
  const { url, own, place } = parted(address, "6379", ["prefix"]);
  const { client, end } = await redisClient(url);
  return { store: ending(redisStore({ client, ...own }), end), files: [], place };
}

/** upstash:?prefix=answers, whose server and token are in the environment, under the names that Upstash gives them. */
export async function upstash(rest: string): Promise<Found> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = process.env;
  if (!url || !token) {
    throw new UsageError('"upstash:" expected UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN in the environment.');
  }
  const { own, place } = parted(`${url}${rest.replace(/^\/\//, "")}`, "443", ["prefix"]);
  return { store: redisStore({ client: await upstashClient(url, token), ...own }), files: [], place };
}

/** postgres://user:password@host:5432/database?schema=answers */
export async function postgres(address: string): Promise<Found> {
  const { url, own, place } = parted(address, "5432", ["schema"]);
  const { client, end } = await postgresClient(url);
  return { store: ending(postgresStore({ client, ...own }), end), files: [], place };
}

/** dynamodb:TABLE?region=eu-central-1&prefix=answers, or a table's ARN; `endpoint` is for DynamoDB Local. */
export async function dynamodb(rest: string): Promise<Found> {
  const [table = "", query = ""] = rest.replace(/^\/\//, "").split(/\?(.*)/s);
  if (table === "") throw new UsageError('"dynamodb:" expected the name of a table behind it.');
  const { own, place } = parted(`dynamodb://aws/${table}?${query}`, "", ["region", "endpoint", "prefix"]);
  return { store: dynamodbStore({ table, ...own, aws: await awsModule() }), files: [], place };
}

/** An address without the parameters that are the store's own, and what tells one place from another. */
function parted<Name extends string>(
  address: string,
  defaultPort: string,
  names: readonly Name[],
): { url: string; own: { [name in Name]?: string }; place: string } {
  const [start = "", query = ""] = address.split(/\?(.*)/s);
  if (!URL.canParse(start)) throw new UsageError("An address of a server expected scheme://user:password@host:port/….");
  const parameters = new URLSearchParams(query);
  const own: { [name in Name]?: string } = {};
  for (const name of names) {
    const value = parameters.get(name);
    if (value !== null) own[name] = value;
    parameters.delete(name);
  }
  const { hostname, port, pathname } = new URL(start);
  const place = JSON.stringify([hostname, port || defaultPort, pathname, names.map((name) => own[name])]);
  return { url: parameters.size === 0 ? start : `${start}?${parameters}`, own, place };
}

/** A store that takes its client along when it is closed: an open connection would keep the process. */
function ending(store: Store, end: () => Promise<void>): Store {
  let ended: Promise<void> | undefined;
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    ended ??= end();
    await ended;
  };
  return store;
}
