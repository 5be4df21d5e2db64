// Runs the store's suites in a page, by @upstash/redis, and posts the report to the server the page came from.
import { Redis } from "@upstash/redis/cloudflare";
import { run } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { redisTestsAgain } from "./redis.test.ts";

const parameters = new URLSearchParams(location.search);
// A page may send at most 64 KiB by requests that outlive it, which are the client's default.
const client = new Redis({ url: parameters.get("url"), token: parameters.get("token"), keepAlive: false });
run({ redis: redisTestsAgain(client, { scrubs: false }) }).then(postReport, (error) => {
  postReport(reportOf("page", error));
});
