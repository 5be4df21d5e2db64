export { type EmbeddingMiddleware, type EmbeddingMiddlewareOptions, embeddingMiddleware } from "./ai-sdk-embedding.ts";
export { type CacheMiddleware, type CacheMiddlewareOptions, cacheMiddleware } from "./ai-sdk-middleware.ts";
