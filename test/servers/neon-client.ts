import { neon, neonConfig } from "@neondatabase/serverless";
import type { PostgresClient } from "../../adapters/stores/postgres.ts";

/** For bundles, which have Neon's driver in them. */
export function neonClient(url: string, front: string): PostgresClient {
  neonConfig.fetchEndpoint = `http://${front}/sql`;
  return neon(url, { disableWarningInBrowsers: true });
}
