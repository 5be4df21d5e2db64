// Runs the store's suite in a page, by Neon's HTTP; the addresses are in the query.
import { run } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { neonClient } from "./neon-client.ts";
import { postgresTests } from "./postgres.test.ts";

const parameters = new URLSearchParams(location.search);
const client = neonClient(parameters.get("url")!, parameters.get("front")!);
run({ "neon HTTP": postgresTests(client, { runs: 2, scrubs: false }) }).then(postReport, (error) => {
  postReport(reportOf("page", error));
});
