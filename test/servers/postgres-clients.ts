import type { PostgresClient, QueryClient } from "../../adapters/stores/postgres.ts";
import { installed } from "../stage.ts";

// The clients a process may use, as users make them.

export interface Connected {
  client: PostgresClient;
  end(): Promise<void>;
}

interface Pool extends QueryClient {
  on(event: "error", listener: () => void): void;
  end(): Promise<void>;
}
interface PgPackage {
  default: { Pool: new (options: object) => Pool };
}
interface PostgresJsPackage {
  default: (url: string, options?: object) => PostgresClient & { end(): Promise<void> };
}
interface NeonPackage {
  default: {
    neon(url: string, options?: object): PostgresClient;
    Pool: new (options: object) => Pool;
    neonConfig: Record<string, unknown>;
  };
}
interface PGlitePackage {
  PGlite: { create(options: object): Promise<QueryClient & { close(): Promise<void> }> };
}

/** Where Neon's protocol is spoken in front of the server: "127.0.0.1:PORT". */
type Front = string;

export const CLIENTS: Record<string, (url: string, front: Front) => Promise<Connected>> = {
  pg: async (url) => ended(await pgPool(url)),
  "postgres.js": async (url) => {
    const { default: postgres } = await installed<PostgresJsPackage>("postgres");
    // A mapper of names, as many have, and quiet: the server's notices are none of the tests'.
    return ended(postgres(url, { max: 5, onnotice: () => {}, transform: { column: { from: camel } } }));
  },
  PGlite: async () => {
    const { PGlite } = await installed<PGlitePackage>("@electric-sql/pglite");
    const { vector } = await installed<{ vector: unknown }>("@electric-sql/pglite-pgvector");
    const client = await PGlite.create({ extensions: { vector } });
    return { client, end: () => client.close() };
  },
  "neon HTTP": async (url, front) => {
    const { neon, neonConfig } = (await installed<NeonPackage>("@neondatabase/serverless")).default;
    neonConfig.fetchEndpoint = `http://${front}/sql`;
    return { client: neon(url, { arrayMode: true, fullResults: true }), end: async () => {} };
  },
  "neon Pool": async (url, front) => {
    const { Pool, neonConfig } = (await installed<NeonPackage>("@neondatabase/serverless")).default;
    neonConfig.wsProxy = (host: string, port: string) => `${front}/v2?address=${host}:${port}`;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineConnect = false;
    return ended(new Pool({ connectionString: url, max: 5 }));
  },
};

export async function pgPool(url: string, options: object = {}): Promise<Pool> {
  const { default: pg } = await installed<PgPackage>("pg");
  const pool = new pg.Pool({ connectionString: url, max: 5, ...options });
  pool.on("error", () => {}); // a connection at rest that the server ends, when it is stopped
  return pool;
}

function ended(client: PostgresClient & { end(): Promise<void> }): Connected {
  return { client, end: () => client.end() };
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
