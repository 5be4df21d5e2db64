import { MnemeError } from "mneme";
import { type MemoryServerOptions, memoryHandler, memoryServer } from "mneme/mcp";
import { AgentMemory, type MemoryEvent, type MemoryOptions, type Models } from "mneme/memory";
import { named } from "./address.ts";
import { embedderOf } from "./embedder-module.ts";
import { reason } from "./failure.ts";
import { serveHttp } from "./mcp-http.ts";
import { mcpModules } from "./mcp-modules.ts";
import { reservedStdout, serveStdio } from "./mcp-stdio.ts";
import { moduleExport } from "./module-export.ts";
import { complain, printJson, short } from "./output.ts";

/** What `mneme mcp` was asked for. */
export interface Service {
  address: string;
  /** Modules of the user's. */
  embedder: string | undefined;
  models: string | undefined;
  cascade: boolean;
  options: MemoryServerOptions;
  /** Undefined: by stdio. */
  http:
    | { host: string; port: number; token: string | undefined; origins: string[] | undefined; json: boolean }
    | undefined;
  interrupt: AbortSignal;
}

/** With what a module of the user's keeps open the process would not end: it is given so long. */
const LINGER_MS = 1000;
/** So often is looked whether upkeep is due. */
const UPKEEP = "10m";

/** Until the client has gone, or it is told to end. Then what was begun is finished, and the memory closed. */
export async function serve(service: Service): Promise<void> {
  const { http } = service;
  const ending = endOf(service.interrupt);
  const stdout = http === undefined ? reservedStdout() : undefined; // before anybody's module is loaded
  const { StdioServerTransport, ...sdk } = await mcpModules();
  const memory = await openMemory(service);
  const over = new AbortController();
  const onError = (error: unknown): void => complain(`mneme: ${short(reason(error), 300)}`);
  const options = { ...service.options, onError, sdk };
  // At once, as many are served for less than the time until it is due again.
  const maintained = options.readOnly ? undefined : memory.maintain({ signal: over.signal });
  const upkeep = maintained?.catch((error: unknown) => over.signal.aborted || onError(error));
  try {
    if (http === undefined) {
      if (process.stdin.isTTY) complain("mneme: this waits for a client of the Model Context Protocol on its stdin.");
      const server = await memoryServer(memory, options);
      server.server.onerror = onError; // what came was no message
      await serveStdio(server, new StdioServerTransport(process.stdin, stdout!), ending);
    } else {
      const handler = await memoryHandler(memory, { ...options, token: http.token, origins: http.origins });
      const onListening = (url: string): void => {
        if (http.json) printJson({ url });
        else process.stdout.write(`${url}\n`);
      };
      await serveHttp(handler, { ...http, onListening }, ending);
    }
  } finally {
    over.abort();
    await upkeep;
    await memory.close();
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Ctrl-C, and what ends services. */
function endOf(interrupt: AbortSignal): AbortSignal {
  const terminated = new AbortController();
  process.once("SIGTERM", () => terminated.abort());
  return AbortSignal.any([interrupt, terminated.signal]);
}

async function openMemory({ address, embedder, models, cascade, options }: Service): Promise<AgentMemory> {
  const given: MemoryOptions = {
    embedder: embedder === undefined ? null : await embedderOf(embedder),
    models: models === undefined ? undefined : await modelsOf(models),
    cascade,
    maintainEvery: options.readOnly ? false : UPKEEP,
    onEvent: told,
  };
  const { store, address: shown } = await named(address);
  try {
    if (options.readOnly && (await store.identify?.()) === undefined) {
      const problem = `There is no store at ${shown}.`;
      throw new MnemeError("store", problem, "What is only read has to be there; without --read-only it is made.");
    }
    return await AgentMemory.open({ ...given, store });
  } catch (error) {
    await store.close(); // a connection would keep the process
    throw error;
  }
}

/** What goes on in the background can tell nobody else. */
function told(event: MemoryEvent): void {
  if (event.type === "error") complain(`mneme: ${event.operation} failed: ${reason(event.error)}`);
}

const MODELS = ["answer", "rerank", "rewrite", "distil", "consolidate", "merge", "assess"];

function modelsOf(specifier: string): Promise<Models> {
  return moduleExport(specifier, { option: "--models", is: isModels, noun: "models", not: "has no model in it" });
}

function isModels(value: unknown): value is Models {
  return MODELS.some((name) => typeof (value as Record<string, unknown> | null)?.[name] === "function");
}
