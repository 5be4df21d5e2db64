import { type AgentMemory, MnemeError } from "../../src/memory/index.ts";
import type { McpSdk } from "./mcp-sdk.ts";

export interface MemoryServerOptions {
  /** What clients read and write where they name no other. Default "default". */
  namespace?: string | undefined;
  /** Which others they may name. "fixed": none; "below" (default): those below it; "any": all there are. */
  namespaces?: "fixed" | "below" | "any" | undefined;
  /** The user's own namespace: what is durable there is recalled too, and what is "personal" is written there. */
  home?: string | undefined;
  /** Clients can change nothing, and what they recall does not count as recalled. Default false. */
  readOnly?: boolean | undefined;
  /** About so many tokens a result has at most. Default 4000, at least 500. */
  maxTokens?: number | undefined;
  /** Told of failures that the client is told little of. */
  onError?: ((error: unknown) => void) | undefined;
  /** What `import("@modelcontextprotocol/sdk/…")` and `import("zod/v4")` give, where they do not find it. */
  sdk?: McpSdk | undefined;
}

export interface Settings {
  readonly namespace: string;
  readonly namespaces: "fixed" | "below" | "any";
  readonly home: string | undefined;
  readonly readOnly: boolean;
  readonly maxTokens: number;
  readonly onError: (error: unknown) => void;
  readonly answers: boolean;
  readonly cascades: boolean;
}

const LEAST_TOKENS = 500;

export async function checkSettings(memory: AgentMemory, options: MemoryServerOptions): Promise<Settings> {
  if (typeof memory?.recall !== "function" || typeof memory.traits !== "object") {
    throw wrong("memory", "an AgentMemory", "Open one with AgentMemory.open() of mneme/memory.");
  }
  const { namespace = "default", namespaces = "below", home, readOnly = false, maxTokens = 4000 } = options;
  const { onError = () => {} } = options;
  await memory.readSet({ namespace, home }); // names that are none are an error now, not at the first call
  if (!["fixed", "below", "any"].includes(namespaces)) {
    throw wrong("namespaces", '"fixed", "below" or "any"', 'Leave it out for "below".');
  }
  if (typeof readOnly !== "boolean") throw wrong("readOnly", "true or false", "Leave it out for false.");
  if (!(Number.isSafeInteger(maxTokens) && maxTokens >= LEAST_TOKENS)) {
    throw wrong("maxTokens", `a whole number from ${LEAST_TOKENS}`, "Leave it out for 4000.");
  }
  if (typeof onError !== "function") throw wrong("onError", "a function", "Or leave it out.");
  return { namespace, namespaces, home, readOnly, maxTokens, onError, ...memory.traits };
}

function wrong(name: string, expected: string, remedy: string): MnemeError {
  return new MnemeError("argument", `"${name}" expected ${expected}.`, remedy);
}
