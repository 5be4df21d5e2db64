// Runs the suites in Node, Deno and Bun.
//   process-entry.ts ORIGIN HTTP2 ["model"]
// "model" wants the real one too.
import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import { runSideBySide } from "../servers/side-by-side.ts";
import { installed } from "../stage.ts";
import { type AiSdkPackages, aiSdkTests } from "./ai-sdk.test.ts";
import { type BedrockPackage, bedrockTests } from "./bedrock.test.ts";
import { keptTests } from "./cached-store.test.ts";
import { energeticContractTests, energeticTests } from "./energetic.test.ts";
import { everywhere } from "./everywhere.ts";
import { type LangchainPackage, langchainTests } from "./langchain.test.ts";
import { type OllamaPackage, ollamaClientTests } from "./ollama.test.ts";
import { type OpenAIPackage, openaiClientTests } from "./openai.test.ts";

const [origin, http2, model] = process.argv.slice(2) as [string, string, string | undefined];
const [openai, ollama, aws, langchain, aiOpenai, ai5, ai6, ai7] = (await Promise.all(
  [
    "openai",
    "ollama",
    "@aws-sdk/client-bedrock-runtime",
    "@langchain/core/embeddings",
    "@ai-sdk/openai",
    "ai5",
    "ai6",
    "ai7",
  ].map((name) => installed(name)),
)) as [
  OpenAIPackage,
  OllamaPackage,
  BedrockPackage,
  LangchainPackage,
  AiSdkPackages["openai"],
  ...AiSdkPackages["ai"][string][],
];
const ai = { 5: ai5!, 6: ai6!, 7: ai7! };
const suites = {
  ...everywhere(origin),
  ...bedrockTests(origin, http2, aws),
  "openai, its client": openaiClientTests(origin, openai),
  "ollama, its client": ollamaClientTests(origin, ollama),
  "ai sdk": aiSdkTests(origin, { openai: aiOpenai, ai }),
  langchain: langchainTests(langchain),
  "cached, in a store": keptTests,
  "energetic, by its contract": energeticContractTests,
  ...(model === "model" ? { energetic: energeticTests(energeticEmbedder) } : {}),
};
console.log(JSON.stringify(await runSideBySide(suites, 4)));
process.exit(); // what was left to itself, as its client cannot be told to stop, still waits
