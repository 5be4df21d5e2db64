// Runs the store's suites in a Worker, by Neon's HTTP; the addresses are in the query.
import { run } from "../harness.ts";
import { neonClient } from "./neon-client.ts";
import { postgresTests } from "./postgres.test.ts";
import { postgresOwnTests } from "./postgres-own.test.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const client = neonClient(searchParams.get("url")!, searchParams.get("front")!);
    return Response.json(
      await run({
        "neon HTTP": postgresTests(client, { runs: 2, scrubs: false }),
        "its own": postgresOwnTests(client),
      }),
    );
  },
};
