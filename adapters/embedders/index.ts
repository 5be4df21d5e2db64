export { type AiSdkEmbedderOptions, type AiSdkEmbeddingModel, aiSdkEmbedder } from "./ai-sdk.ts";
export {
  type AwsBedrock,
  type BedrockClient,
  type BedrockEmbedderOptions,
  type BedrockFamily,
  bedrockEmbedder,
} from "./bedrock.ts";
export { type CachedEmbedderOptions, cachedEmbedder } from "./cached.ts";
export { energeticEmbedder } from "./energetic.ts";
export { type LangchainEmbedderOptions, type LangchainEmbeddings, langchainEmbedder } from "./langchain.ts";
export { type OllamaClient, type OllamaEmbedderOptions, ollamaEmbedder } from "./ollama.ts";
export { type OpenAIClient, type OpenAIEmbedderOptions, openaiEmbedder } from "./openai.ts";
export { openSyncEmbedder, type ToSyncEmbedderOptions, toSyncEmbedder, type WorkerEmbedder } from "./sync.ts";
export {
  type FeatureExtractor,
  type Pooling,
  type TransformersEmbedderOptions,
  type TransformersPackage,
  transformersEmbedder,
} from "./transformers.ts";
export { type WorkersAi, type WorkersAiEmbedderOptions, workersAiEmbedder } from "./workers-ai.ts";
