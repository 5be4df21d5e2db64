// The AI SDK with a cache in front of its model. Run it where `ai` (5, 6 or 7) is installed, beside the package.
import { SemanticCache } from "mneme";
import { cacheMiddleware } from "mneme/ai-sdk";
import { energeticEmbedder } from "mneme/embedders";

/** What is used of the SDK: `import { generateText, wrapLanguageModel } from "ai"` gives it. */
interface AiSdk {
  wrapLanguageModel(options: { model: unknown; middleware: unknown }): unknown;
  generateText(options: { model: unknown; prompt: string }): Promise<{ text: string; providerMetadata?: Mneme }>;
}
type Mneme = Record<string, Record<string, unknown>> | undefined;

/** Asks a model each question; tells who answered. */
export async function answers(ai: AiSdk, ofProvider: unknown, questions: readonly string[]): Promise<string[]> {
  await using cache = await SemanticCache.open({ embedder: energeticEmbedder(), defaultTtl: "1d" });
  const model = ai.wrapLanguageModel({ model: ofProvider, middleware: cacheMiddleware(cache) });
  const told: string[] = [];
  for (const prompt of questions) {
    const { text, providerMetadata } = await ai.generateText({ model, prompt });
    told.push(`${text} (${providerMetadata?.mneme?.hit ?? "asked"})`);
  }
  return told;
}
