import { postgresStore } from "../../adapters/stores/postgres.ts";
import type { Suite } from "../harness.ts";
import { type FaultyStore, faultTests } from "./faults.test.ts";
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
      const client = await pgPool(url.replace(/:\d+\//, `:${port}/`), { max: 20, connectionTimeoutMillis: 100 });
      const store = postgresStore({ client, schema: "faults", vectors: "pgvector", ...patience });
      return { store, end: () => client.end() };
    },
  };
  const overHttp: FaultyStore = {
    port: Number(new URL(`http://${front.address}`).port),
    secrets,
    async open(port, patience) {
      const { client, end } = await CLIENTS["neon HTTP"]!(url, `127.0.0.1:${port}`);
      return { store: postgresStore({ client, schema: "faults_over_http", ...patience }), end };
    },
  };
  const requests = { faults: HTTP_FAULTS, before: (port: number) => HttpFaultProxy.before(port) };
  return {
    pg: faultTests(direct),
    "neon HTTP": faultTests(overHttp),
    "neon HTTP, requests": faultTests(overHttp, requests),
  };
}
