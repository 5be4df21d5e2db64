// The test command: every stage, or those whose name starts with an argument ("node", "firefox", "node 22").
import { benchStage } from "./bench/smoke.ts";
import { followStage } from "./chaos/follow.ts";
import { killStages } from "./chaos/kill.ts";
import { killBrowserStages } from "./chaos/kill-browser.ts";
import { killReembedStages } from "./chaos/kill-reembed.ts";
import { leaseStage } from "./chaos/lease.ts";
import { shareStage } from "./chaos/share.ts";
import { calibrateStage } from "./cli/calibrate.ts";
import { cliStage } from "./cli/stage.ts";
import { embeddersStage } from "./embedders/stage.ts";
import type { Report } from "./harness.ts";
import { aiSdkStage } from "./llm/ai-sdk-stage.ts";
import { langchainStage } from "./llm/langchain-stage.ts";
import { openaiStage } from "./llm/openai-stage.ts";
import { mcpStage } from "./mcp/stage.ts";
import { checkStage } from "./package/checks.ts";
import { consumerStage } from "./package/consumers.ts";
import { backgroundStage } from "./runtimes/background.ts";
import { browserStages } from "./runtimes/browsers.ts";
import { edgeStages } from "./runtimes/edge.ts";
import { processStages } from "./runtimes/processes.ts";
import { sqliteWorkerStage } from "./runtimes/sqlite-worker.ts";
import { workerdStages } from "./runtimes/workerd.ts";
import { dynamodbStage } from "./servers/dynamodb-stage.ts";
import { postgresStage } from "./servers/postgres-stage.ts";
import { redisStage } from "./servers/redis-stage.ts";
import type { Stage } from "./stage.ts";
import { syncEmbedderStages } from "./sync-embedder/stages.ts";
import { threadStages } from "./threads/stages.ts";

/** Two at a time: the suite is CPU-bound, and two cores are what a small machine has. A third lane is for what mostly waits. */
const COMPUTING_LANES = 2;

const wanted = process.argv.slice(2);
const waiting: Stage[] = [
  redisStage,
  postgresStage,
  dynamodbStage,
  embeddersStage,
  ...killStages,
  ...killReembedStages,
  ...killBrowserStages,
];
const computing: Stage[] = [
  checkStage,
  ...processStages,
  ...workerdStages,
  backgroundStage,
  sqliteWorkerStage,
  ...edgeStages,
  ...browserStages,
  consumerStage,
  aiSdkStage,
  langchainStage,
  mcpStage,
  cliStage,
  calibrateStage,
  benchStage,
  ...threadStages,
  ...syncEmbedderStages,
  shareStage,
  leaseStage,
  followStage,
  openaiStage,
];
const isWanted = ({ name }: Stage): boolean => wanted.length === 0 || wanted.some((start) => name.startsWith(start));
const toWait = waiting.filter(isWanted);
const toCompute = computing.filter(isWanted);
if (toWait.length + toCompute.length === 0) {
  console.error(
    `No stage starts with ${wanted.join(" or ")}. There are:\n  ${[...computing, ...waiting].map(({ name }) => name).join("\n  ")}`,
  );
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
await Promise.all([work(toWait, toCompute), ...Array.from({ length: COMPUTING_LANES }, () => work(toCompute, toWait))]);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

/** A lane does what is its own, then what is left of the others'. */
async function work(own: Stage[], others: Stage[]): Promise<void> {
  for (let stage = own.shift() ?? others.shift(); stage !== undefined; stage = own.shift() ?? others.shift()) {
    let start = performance.now();
    let told = 0;
    const report = (place: string, result: Report): void => {
      tell(place, result, performance.now() - start);
      start = performance.now();
      told++;
    };
    try {
      await stage.run(report);
      if (told === 0) throw new Error("it ran nothing");
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report(stage.name, { passed: 0, failed: [{ name: "could not run to its end", error: text }] });
    }
  }
}

function tell(place: string, { passed, failed }: Report, ms: number): void {
  // What ran nothing has not passed.
  if (passed + failed.length === 0) failed = [{ name: "ran no test", error: "" }];
  total.passed += passed;
  total.failed += failed.length;
  const seconds = (ms / 1000).toFixed(1);
  console.log(`${failed.length === 0 ? "✓" : "✗"} ${place}: ${passed} passed, ${failed.length} failed (${seconds} s)`);
  for (const { name, error } of failed) console.log(`    ✗ ${name}\n${error.replace(/^/gm, "        ")}`);
}
