/** What the bundles for browsers and Workers import of Neon's driver, which is installed beside the runtimes. */
declare module "@neondatabase/serverless" {
  import type { PostgresClient } from "../../adapters/stores/postgres.ts";

  export function neon(url: string, options?: object): PostgresClient;
  export const neonConfig: { fetchEndpoint: string };
}
