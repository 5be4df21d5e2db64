import type { Suite } from "../harness.ts";
import { batchesTests } from "./batches.test.ts";
import { cachedTests } from "./cached.test.ts";
import { cachedPropertyTests } from "./cached-properties.test.ts";
import { identityTests } from "./identity.test.ts";
import { ollamaTests } from "./ollama.test.ts";
import { openaiTests } from "./openai.test.ts";
import { transformersTests } from "./transformers.test.ts";

/** What runs in every runtime, as it needs no package. */
export function everywhere(origin: string): Record<string, Suite> {
  return {
    identity: identityTests,
    batches: batchesTests,
    openai: openaiTests(origin),
    ollama: ollamaTests(origin),
    "transformers, by its contract": transformersTests,
    cached: cachedTests,
    "cached, properties": cachedPropertyTests,
  };
}
