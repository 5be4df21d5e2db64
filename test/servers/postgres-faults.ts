import { type PostgresStoreOptions, postgresStore } from "../../adapters/stores/postgres.ts";
import type { Store } from "../../src/index.ts";
import type { Suite } from "../harness.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { type FaultyStore, faultTests, type Line } from "./faults.test.ts";
import { HTTP_FAULTS, HttpFaultProxy } from "./http-fault-proxy.ts";
import type { NeonFront } from "./neon-front.ts";
import { CLIENTS, pgPool } from "./postgres-clients.ts";
import { POSTGRES_PASSWORD, type PostgresServer } from "./postgres-server.ts";

/** What befalls the store's traffic: bytes to the server itself, bytes and requests to what speaks HTTP before it. */
export function postgresFaults({ port, url }: PostgresServer, front: NeonFront): Record<string, Suite> {
  const secrets = [POSTGRES_PASSWORD];
  const direct: FaultyStore = {
    port,
    secrets,
    async open(port, patience) {
      // A connection that hangs is kept from others until it breaks: there are more than a test can hang up.
      const client = await pgPool(url.replace(/:\d+\//, `:${port}/`), { max: 20, connectionTimeoutMillis: 2000 });
      const end = (): Promise<void> => client.end();
      return { store: await warm({ client, schema: "faults", vectors: "pgvector" }, patience), end };
    },
  };
  const overHttp: FaultyStore = {
    port: Number(new URL(`http://${front.address}`).port),
    secrets,
    async open(port, patience) {
      const { client, end } = await CLIENTS["neon HTTP"]!(url, `127.0.0.1:${port}`);
      return { store: await warm({ client, schema: "faults_over_http" }, patience), end };
    },
  };
  // What bytes do to a client over HTTP, requests show sooner; but nobody may answer, or be there.
  const bytes: Line = { faults: ["hang", "gone"], before: (port) => FaultProxy.before(port) };
  const requests: Line = {
    // To a client an outage is like being throttled.
    faults: HTTP_FAULTS.filter((fault) => ["throttled", "cut off", "of another shape"].includes(fault)),
    before: (port) => HttpFaultProxy.before(port),
  };
  return {
    pg: faultTests(direct),
    "neon HTTP": faultTests(overHttp, bytes),
    "neon HTTP, requests": faultTests(overHttp, requests),
  };
}

/** A connection is there, and tables are, before time counts. */
async function warm(options: PostgresStoreOptions, patience: object): Promise<Store> {
  await postgresStore({ ...options, timeout: 60_000 }).open(WORDS);
  return postgresStore({ ...options, retries: 1, ...patience });
}
