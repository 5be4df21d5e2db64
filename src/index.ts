export type {
  ComputeOptions,
  DeleteOptions,
  GetOptions,
  NearestOptions,
  PutItem,
  PutOptions,
  Usage,
  WaitUntil,
  WrapOptions,
} from "./cache/call-options.ts";
export type { CheckpointEntry } from "./cache/checkpoint.ts";
export type { Compare, Judge } from "./cache/comparing.ts";
export type { DumpOptions } from "./cache/dumping.ts";
export type { CacheEvent, MissReason } from "./cache/event.ts";
export type { ExplainedEntry, ExplainOptions, Explanation } from "./cache/explain.ts";
export type { Judged, Verdict } from "./cache/feedback.ts";
export type { GuardsOption } from "./cache/guarding.ts";
export type { Hit } from "./cache/hit.ts";
export type { IndexOption } from "./cache/index-option.ts";
export type { Invalidation } from "./cache/invalidation.ts";
export type { Confidence, Validate } from "./cache/judgement.ts";
export type { Limits } from "./cache/limits.ts";
export { type MemoizeOptions, type MemoizeStreamOptions, memoize, memoizeStream } from "./cache/memoize.ts";
export type { Mode } from "./cache/options.ts";
export type { Source } from "./cache/recording.ts";
export type { CheckpointImporter, RestoreLimits, RestoreProgress } from "./cache/restoring.ts";
export type { ModelSavings, Prices } from "./cache/savings.ts";
export { type CacheOptions, type RestoreOptions, SemanticCache } from "./cache/semantic-cache.ts";
export { SemanticCacheSync, type SyncCacheOptions, type SyncEmbedder } from "./cache/semantic-cache-sync.ts";
export type { Health, Stats } from "./cache/stats.ts";
export type { CachedStream, StreamOptions } from "./cache/stream.ts";
export type { Refusal } from "./cache/verdict.ts";
export type { Compute, Wrapped } from "./cache/wraps.ts";
export type { Embedder } from "./embedder.ts";
export { type ErrorCode, MnemeError } from "./error.ts";
export type { Entry, Json, JsonObject, NewEntry } from "./store/entry.ts";
export { checkIdentity } from "./store/identity.ts";
export { memoryStore } from "./store/memory-store.ts";
export { drive, type Steps, step } from "./store/steps.ts";
export type {
  Awaitable,
  Change,
  ChangeFeed,
  CommitResult,
  EngineSearch,
  Identity,
  Nearby,
  NearestWanted,
  Put,
  ScanOptions,
  Store,
  StoreCheck,
  SyncStore,
  Uses,
} from "./store/store.ts";
export { scopeOf as fingerprint } from "./text/scope.ts";
export type { Ttl } from "./ttl.ts";
export type {
  Filter,
  IndexFactory,
  KernelLevel,
  Neighbour,
  SharedMemory,
  VectorIndex,
} from "./vectors/vector-index.ts";
