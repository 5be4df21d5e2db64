import { type AgentMemory, MnemeError } from "../../src/memory/index.ts";
import type { Places } from "./mcp-places.ts";
import type { Result } from "./mcp-result.ts";
import type { Schema, Zod } from "./mcp-sdk.ts";
import type { Settings } from "./mcp-settings.ts";

/** What all tools are made of. */
export interface Serving {
  readonly memory: AgentMemory;
  readonly settings: Settings;
  readonly places: Places;
  readonly z: Zod;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: Schema;
  readonly outputSchema: Schema;
  readonly annotations: Annotations;
  run(args: never, signal: AbortSignal): Promise<Result>;
}

interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: false;
}

/** That recalling counts the memories served is not what clients ask about. */
export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
/** Said again, it is known already. */
export const ADDS: Annotations = { ...READS, readOnlyHint: false };
export const OVERWRITES: Annotations = { ...ADDS, destructiveHint: true };

/** Methods of a memory that errors speak of, by the tools a client has for them. */
const METHODS = /\b(recall|remember|list|get|history|update|forget|answer|briefing)\(\)/g;

interface Failure {
  content: { type: "text"; text: string }[];
  isError: true;
}

/** What a model is told that called a tool in vain: what was wrong, and what to do next. */
export function failed(error: unknown, settings: Settings, signal: AbortSignal): Failure {
  if (signal.aborted) return failure("It was cancelled.");
  if (error instanceof MnemeError) {
    const blame = ["argument", "conflict", "not-found"];
    if (!blame.includes(error.code)) tell(settings, error);
    return failure(`${error.code}: ${error.message.replace(METHODS, "memory_$1")}`);
  }
  tell(settings, error); // it may have in it what is nobody's business
  return failure(
    "The memory failed for a reason that its server knows. Try once more; if it fails again, tell the user.",
  );
}

function failure(text: string): Failure {
  return { content: [{ type: "text", text }], isError: true };
}

function tell({ onError }: Settings, error: unknown): void {
  try {
    onError(error);
  } catch {
    // Being told of it must not break the server.
  }
}
