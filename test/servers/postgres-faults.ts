import { postgresStore } from "../../adapters/stores/postgres.ts";
import type { Suite } from "../harness.ts";
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
      const client = await pgPool(url.replace(/:\d+\//, `:${port}/`), { max: 20, connectionTimeoutMillis: 100 });
      const store = postgresStore({ client, schema: "faults", vectors: "pgvector", retries: 1, ...patience });
      return { store, end: () => client.end() };
    },
  };
  const overHttp: FaultyStore = {
    port: Number(new URL(`http://${front.address}`).port),
    secrets,
    async open(port, patience) {
      const { client, end } = await CLIENTS["neon HTTP"]!(url, `127.0.0.1:${port}`);
      return { store: postgresStore({ client, schema: "faults_over_http", retries: 1, ...patience }), end };
    },
  };
  // What bytes do to a client over HTTP, requests show sooner; but nobody may answer, or be there.
  const bytes: Line = { faults: ["hang", "drop", "gone"], before: (port) => FaultProxy.before(port) };
  const requests: Line = {
    faults: HTTP_FAULTS.filter((fault) => fault !== "broken"), // to a client it is what a gateway answers
    before: (port) => HttpFaultProxy.before(port),
  };
  return {
    pg: faultTests(direct),
    "neon HTTP": faultTests(overHttp, bytes),
    "neon HTTP, requests": faultTests(overHttp, requests),
  };
}
