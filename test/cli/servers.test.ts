import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type AwsDynamoDB, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { redisStore } from "../../adapters/stores/redis.ts";
import { equal, ok } from "../conformance/assert.ts";
import { freePort } from "../free-port.ts";
import type { Suite } from "../harness.ts";
import { CREDENTIALS } from "../servers/dynamodb-stores.ts";
import { TCP_CLIENTS } from "../servers/redis-clients.ts";
import type { UpstashFront } from "../servers/upstash-front.ts";
import { installed, RUNTIMES } from "../stage.ts";
import { asked, questions } from "../unit/reembed-fixtures.ts";
import { type Ended, inFolder, mneme } from "./process.ts";

type Reasons = Record<string, RegExp>;
type Run = (...args: string[]) => Promise<Ended>;

const DOZEN = questions(12);
const EXPIRED = DOZEN.filter(({ expiresAt }) => expiresAt !== null).length;

/** In a folder where these packages are installed; the command must end by itself, its client with it. */
async function withClients(names: readonly string[], env: object, body: (run: Run) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const name of names) {
      const place = join(folder, "node_modules", name);
      await mkdir(join(place, ".."), { recursive: true });
      await symlink(join(RUNTIMES, "node_modules", name), place);
    }
    await body((...args) => mneme("node 22", folder, args, { env: env as NodeJS.ProcessEnv }));
  });
}

function done({ code, stdout, stderr }: Ended): Record<string, unknown> {
  equal([code, stderr], [0, ""], stdout);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Commands on stores that are on servers, by whatever client is installed. */
export const serverTests =
  (redis: string, { url, token }: UpstashFront, postgres: string): Suite =>
  (test) => {
    const prefix = "cli";
    const answers = `${redis}?prefix=${prefix}`;

    test("stats, inspect, dump from Redis, restore into Postgres, health, vacuum", async () => {
      const { client, end } = await TCP_CLIENTS.ioredis!(redis);
      await asked(DOZEN, redisStore({ client, prefix, nativeTtl: false }));
      end();
      await withClients(["ioredis", "pg"], {}, async (run) => {
        const { store, entries, expired, address } = done(await run("stats", answers, "--json"));
        equal([store, entries, expired], ["redis", 12, EXPIRED]);
        equal(address, answers.replace(/\/\/.*@/, "//***@"));
        const found = done(await run("inspect", answers, "--search", "ROUTER 1", "--json")).entries;
        equal((found as { text: string }[]).length, 3);
        equal(done(await run("dump", answers, "a.tgz", "--json")).entries, 12);
        equal(done(await run("restore", "a.tgz", `${postgres}?schema=cli`, "--json")).entries, 12);
        equal(done(await run("health", `${postgres}?schema=cli`, "--json")).ok, true);
        equal(done(await run("vacuum", `${postgres}?schema=cli`, "--json")).removed, EXPIRED);
        const { code, stderr } = await run("stats", postgres);
        ok(code === 1 && stderr.includes("There is no store"), stderr);
      });
      await withClients(
        ["redis", "postgres", "@upstash/redis"],
        {
          UPSTASH_REDIS_REST_URL: url,
          UPSTASH_REDIS_REST_TOKEN: token,
        },
        async (run) => {
          for (const address of [answers, `upstash:?prefix=${prefix}`])
            equal(done(await run("stats", address, "--json")).entries, 12, address);
          equal(done(await run("stats", `${postgres}?schema=cli`, "--json")).entries, 12 - EXPIRED);
        },
      );
    });

    test("F31 who is refused, or finds nobody, is told so and no secret; and the command ends", async () => {
      const nobody = `127.0.0.1:${await freePort()}`;
      const wrong = (address: string): string => address.replace(/:[^:@/]*@/, ":hunter2@");
      const env = { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: "hunter2" };
      const refused: Reasons = { [wrong(answers)]: /refused the credentials/, [wrong(postgres)]: /refused the role/ };
      const others: Reasons = { [`redis://u:hunter2@${nobody}`]: /failed in identify/, "upstash:": /refused the cred/ };
      for (const [clients, reasons] of [
        [["redis", "postgres"], refused],
        [["ioredis", "pg", "@upstash/redis"], { ...refused, ...others }],
      ] as const) {
        await withClients(clients, env, async (run) => {
          for (const [address, reason] of Object.entries(reasons)) {
            const { code, stdout, stderr } = await run("stats", address);
            ok(code === 1 && reason.test(stderr), `${address}: ${code} ${stderr}`);
            ok(!/hunter2/.test(stdout + stderr), stdout + stderr);
          }
        });
      }
    });

    test("what is not installed is named; what is one store is seen to be", async () => {
      await withClients([], { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }, async (run) => {
        const { code, stderr } = await run("stats", answers);
        ok(code === 1 && stderr.includes("not installed here: ioredis, or redis."), stderr);
        equal((await run("stats", "dynamodb:")).code, 2);
      });
      await withClients(["ioredis"], {}, async (run) => {
        const { code, stderr } = await run("reembed", answers, answers.replace(/\/\/.*@/, "//"), "--embedder", "x");
        ok(code === 1 && stderr.includes("are one store"), stderr);
      });
    });
  };

/** The same on a table, by Amazon's client. */
export const tableTests =
  (endpoint: string): Suite =>
  (test) => {
    test("stats of a table, and of one that is not there", async () => {
      const aws = await installed<AwsDynamoDB>("@aws-sdk/client-dynamodb");
      const own = { endpoint, region: "local", credentials: CREDENTIALS, aws };
      const store = await asked(DOZEN, dynamodbStore({ ...own, table: "cli", prefix: "answers", createTable: true }));
      await store.close();
      const { accessKeyId, secretAccessKey } = CREDENTIALS;
      const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
      await withClients(["@aws-sdk/client-dynamodb"], env, async (run) => {
        const address = (table: string): string => `dynamodb:${table}?prefix=answers&region=local&endpoint=${endpoint}`;
        const { entries, store } = done(await run("stats", address("cli"), "--json"));
        equal([entries, store], [12, "dynamodb"]);
        const { code, stdout, stderr } = await run("stats", address("absent"));
        ok(code === 1 && stderr.includes("There is no store"), stderr);
        ok(!(stdout + stderr).includes(secretAccessKey), stderr);
      });
    });
  };
