import type { BuildOptions } from "esbuild";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { redisStore } from "../../adapters/stores/redis.ts";
import type { Store } from "../../src/index.ts";
import { equal } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEdgeRuntime } from "../runtimes/edge.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { startNeonFront } from "./neon-front.ts";
import { pgPool } from "./postgres-clients.ts";
import { TCP_CLIENTS } from "./redis-clients.ts";
import { startUpstashFront } from "./upstash-front.ts";

interface Answer {
  answer: string;
  layer: string;
}
type Ask = (question: string) => Promise<Answer>;

const IDENTITY = { fingerprint: "openai:text-embedding-3-small:dim512", dimensions: 512 };

/** The Worker among the examples, on a Redis over HTTP. */
export const workerExampleTests =
  (redis: string, bundling: BuildOptions): Suite =>
  (test) => {
    test("a Worker asks the model once, answers what means the same, and goes on without its store", async () => {
      const model = await startModelServer();
      const front = await startUpstashFront(redis);
      const { client, end } = await TCP_CLIENTS.ioredis!(redis);
      try {
        const bindings = {
          UPSTASH_REDIS_REST_URL: front.url,
          UPSTASH_REDIS_REST_TOKEN: front.token,
          OPENAI_BASE_URL: model.url,
          OPENAI_API_KEY: model.key,
        };
        const worker = { bundling, platform: { bindings, handleRuntimeStdio: quiet } };
        await inWorker("../../examples/cloudflare-worker/worker.js", "worker-example", worker, (report) => {
          const ask: Ask = (question) => report(`/?q=${encodeURIComponent(question)}`);
          return asksOnce(ask, model, redisStore({ client }), front);
        });
      } finally {
        end();
        await front.close().catch(() => {}); // it may be closed
        await model.close();
      }
    });
  };

/** The edge function among the examples, on a Postgres over HTTP. */
export const edgeExampleTests =
  (postgres: string, bundling: BuildOptions): Suite =>
  (test) => {
    test("an edge function asks the model once, answers what means the same, and goes on without its store", async () => {
      const model = await startModelServer();
      const front = await startNeonFront();
      const client = await pgPool(postgres);
      try {
        const env = {
          DATABASE_URL: postgres,
          NEON_FRONT: `http://${front.address}/sql`,
          OPENAI_BASE_URL: model.url,
          OPENAI_API_KEY: model.key,
        };
        await inEdgeRuntime("../servers/edge-example-entry.js", "edge-example", { bundling, env }, (url) => {
          const ask: Ask = async (question) => {
            const answer = await fetch(`${url}?q=${encodeURIComponent(question)}`);
            if (!answer.ok) throw new Error(await answer.text());
            return (await answer.json()) as Answer;
          };
          return asksOnce(ask, model, postgresStore({ client }), front);
        });
      } finally {
        await client.end();
        await front.close().catch(() => {});
        await model.close();
      }
    });
  };

/** What the Worker logs when a put fails is not the tests' to tell. */
function quiet(...outputs: { resume(): void }[]): void {
  for (const output of outputs) output.resume();
}

/** The model is asked once for what means the same; and when the store cannot be reached, again. */
async function asksOnce(ask: Ask, model: ModelServer, store: Store, front: { close(): Promise<void> }): Promise<void> {
  const answer = `The answer to: ${QUESTION}`;
  equal(await ask(QUESTION), { answer, layer: "model" });
  await store.open(IDENTITY);
  while ((await store.count()) === 0) await new Promise((resolve) => setTimeout(resolve, 10)); // put when it had answered
  equal(await ask(PARAPHRASE), { answer, layer: "semantic" });
  equal(await ask(QUESTION.toUpperCase()), { answer, layer: "exact" });
  equal(model.asked, [QUESTION]);
  await front.close();
  equal(await ask(QUESTION), { answer, layer: "model" });
}
