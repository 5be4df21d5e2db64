// Runs the tests that need no SDK in a page, and posts the report to the server the page came from.
import { run } from "../harness.ts";
import { postReport, reportOf } from "../runtimes/page-report.ts";
import { openaiTests } from "./openai.test.ts";

const url = new URLSearchParams(location.search).get("url")!;
run({ openai: openaiTests(url) }).then(postReport, (error) => {
  postReport(reportOf("page", error));
});
