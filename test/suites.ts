import { setDepth } from "./depth.ts";
import type { Suite } from "./harness.ts";
import type { Platform } from "./platform.ts";
import { noSyncEmbedderTests } from "./sync-embedder/sync-embedder.test.ts";
import { fallbackTests } from "./threads/fallback.test.ts";
import { autoIndexTests } from "./unit/auto-index.test.ts";
import { boundsTests } from "./unit/bounds.test.ts";
import { cacheTests } from "./unit/cache.test.ts";
import { cacheAsyncTests } from "./unit/cache-async.test.ts";
import { cacheBackgroundTests } from "./unit/cache-background.test.ts";
import { cacheDeadlineTests } from "./unit/cache-deadline.test.ts";
import { cacheExactOnlyTests } from "./unit/cache-exact-only.test.ts";
import { cacheExplainTests } from "./unit/cache-explain.test.ts";
import { cacheFeedbackTests } from "./unit/cache-feedback.test.ts";
import { cacheFollowTests } from "./unit/cache-follow.test.ts";
import { cacheGuardsTests } from "./unit/cache-guards.test.ts";
import { cacheIndexTests } from "./unit/cache-index.test.ts";
import { cacheInvalidationTests } from "./unit/cache-invalidation.test.ts";
import { cacheJudgementTests } from "./unit/cache-judgement.test.ts";
import { cacheJudgingModelTests } from "./unit/cache-judging-model.test.ts";
import { cacheLedgerTests, checkpointLedgerTests } from "./unit/cache-ledger.test.ts";
import { cacheLedgerFailuresTests } from "./unit/cache-ledger-failures.test.ts";
import { cacheLimitsTests } from "./unit/cache-limits.test.ts";
import { cacheModelTests } from "./unit/cache-model.test.ts";
import { cacheSavingsTests } from "./unit/cache-savings.test.ts";
import { cacheShadowTests } from "./unit/cache-shadow.test.ts";
import { cacheStaleTests } from "./unit/cache-stale.test.ts";
import { cacheStreamTests } from "./unit/cache-stream.test.ts";
import { cacheTimeTests } from "./unit/cache-time.test.ts";
import { cacheTurnsTests } from "./unit/cache-turns.test.ts";
import { cacheUpkeepTests } from "./unit/cache-upkeep.test.ts";
import { cacheVectorsTests } from "./unit/cache-vectors.test.ts";
import { calibrateTests } from "./unit/calibrate.test.ts";
import { checkpointTests, noCheckpointTests } from "./unit/checkpoint.test.ts";
import { checkpointHostileTests } from "./unit/checkpoint-hostile.test.ts";
import { codesTests } from "./unit/codes.test.ts";
import { dtypeTests } from "./unit/dtypes.test.ts";
import { exactIndexTests } from "./unit/exact-index.test.ts";
import { exactIndexModelTests } from "./unit/exact-index-model.test.ts";
import { filterTests } from "./unit/filters.test.ts";
import { growingIndexTests } from "./unit/growing-index.test.ts";
import { guardsTests } from "./unit/guards.test.ts";
import { guardsPropertiesTests } from "./unit/guards-properties.test.ts";
import { hnswTests, noHnswTests } from "./unit/hnsw.test.ts";
import { keptIndexTests } from "./unit/kept-index.test.ts";
import { kernelTests } from "./unit/kernel.test.ts";
import { kernelMemoryTests } from "./unit/kernel-memory.test.ts";
import { langchainPromptTests } from "./unit/langchain-prompt.test.ts";
import { langgraphTests } from "./unit/langgraph.test.ts";
import { langgraphStoreTests } from "./unit/langgraph-store.test.ts";
import { lateWritesTests } from "./unit/late-writes.test.ts";
import { learntTests } from "./unit/learnt.test.ts";
import { memoizeTests } from "./unit/memoize.test.ts";
import { memoriesTests } from "./unit/memories.test.ts";

import { memoryBudgetTests } from "./unit/memory-budget.test.ts";
import { memoryChunksTests } from "./unit/memory-chunks.test.ts";
import { memoryClassifyTests } from "./unit/memory-classify.test.ts";
import { memoryCleanTests } from "./unit/memory-clean.test.ts";
import { memoryCompositeTests } from "./unit/memory-composite.test.ts";
import { memoryContradictionTests } from "./unit/memory-contradiction.test.ts";
import { memoryDefectsTests } from "./unit/memory-defects.test.ts";
import { memoryEventsTests } from "./unit/memory-events.test.ts";
import { memoryExportTests } from "./unit/memory-export.test.ts";
import { memoryFaultsTests } from "./unit/memory-faults.test.ts";
import { memoryFusionTests } from "./unit/memory-fusion.test.ts";
import { memoryImportTests } from "./unit/memory-import.test.ts";
import { memoryImportIdTests } from "./unit/memory-import-id.test.ts";
import { memoryKeywordIndexTests } from "./unit/memory-keyword-index.test.ts";
import { memoryModelTests } from "./unit/memory-model.test.ts";
import { memoryPiecesTests } from "./unit/memory-pieces.test.ts";
import { memoryQualityTests } from "./unit/memory-quality.test.ts";
import { memoryRacesTests } from "./unit/memory-races.test.ts";
import { memoryRecallTests } from "./unit/memory-recall.test.ts";
import { memoryRedactTests } from "./unit/memory-redact.test.ts";
import { memoryReserveTests } from "./unit/memory-reserve.test.ts";
import { memoryTemporalTests } from "./unit/memory-temporal.test.ts";
import { memoryUpkeepTests } from "./unit/memory-upkeep.test.ts";
import { opentelemetryTests } from "./unit/opentelemetry.test.ts";
import { pruningTests } from "./unit/pruning.test.ts";
import { recordingTests } from "./unit/recording.test.ts";
import { reembedTests } from "./unit/reembed.test.ts";
import { refreshTests } from "./unit/refresh.test.ts";
import { riskCurveTests } from "./unit/risk-curve.test.ts";
import { riskModelTests } from "./unit/risk-model.test.ts";
import { riskWorldsTests } from "./unit/risk-worlds.test.ts";
import { scopeTests } from "./unit/scope.test.ts";
import { sharedCacheTests } from "./unit/shared-cache.test.ts";
import { slotTableTests } from "./unit/slot-table.test.ts";
import { memoryOwnTests, memoryStoreTests, recencyTests } from "./unit/store.test.ts";
import { storeIndexTests } from "./unit/store-index.test.ts";
import { storeLinkTests } from "./unit/store-link.test.ts";
import { termsTests } from "./unit/terms.test.ts";
import { textTests } from "./unit/text.test.ts";
import { vectorIndexTests } from "./unit/vector-index.test.ts";

/** The suite that runs, the same, in every runtime. */
export function suites(platform: Platform): Record<string, Suite> {
  setDepth(platform.isDeep ?? false);
  return {
    kernel: kernelTests(platform),
    "auto index": autoIndexTests,
    ...(platform.again ? {} : computingSuites(platform)),
    scope: scopeTests,
    recency: recencyTests,
    "memory store": memoryStoreTests,
    "memory store, its own": memoryOwnTests,
    "memory defects": memoryDefectsTests,
    "memory events": memoryEventsTests,
    "memory faults": memoryFaultsTests,
    "memory model": memoryModelTests,
    "memory pieces": memoryPiecesTests,
    "memory races": memoryRacesTests,
    "memory recall": memoryRecallTests,
    "memory upkeep": memoryUpkeepTests,
    "store link": storeLinkTests,
    "late writes": lateWritesTests,
    cache: cacheTests,
    "cache async": cacheAsyncTests,
    "cache background": cacheBackgroundTests(platform),
    "cache deadline": cacheDeadlineTests,
    "cache exact only": cacheExactOnlyTests,
    "cache explain": cacheExplainTests,
    "cache feedback": cacheFeedbackTests,
    "cache invalidation": cacheInvalidationTests,
    "cache judgement": cacheJudgementTests,
    "cache ledger failures": cacheLedgerFailuresTests,
    "cache ledger": cacheLedgerTests,
    "cache limits": cacheLimitsTests,
    "cache model": cacheModelTests,
    "cache follow": cacheFollowTests,
    "cache guards": cacheGuardsTests,
    "cache index": cacheIndexTests,
    "store index": storeIndexTests,
    "cache savings": cacheSavingsTests,
    "cache shadow": cacheShadowTests,
    "cache stale": cacheStaleTests,
    "cache stream": cacheStreamTests,
    "cache time": cacheTimeTests,
    "cache turns": cacheTurnsTests,
    "cache upkeep": cacheUpkeepTests(platform),
    "cache vectors": cacheVectorsTests(platform),
    "langchain prompt": langchainPromptTests,
    langgraph: langgraphTests,
    "langgraph store": langgraphStoreTests,
    memoize: memoizeTests,
    "memory export": memoryExportTests,
    "memory import": memoryImportTests,
    recording: recordingTests,
    refresh: refreshTests,
    ...(platform.isDeep ? { "risk worlds": riskWorldsTests } : {}),
    reembed: reembedTests,
    "shared cache": sharedCacheTests(platform),
    ...(platform.noGzip
      ? { "no checkpoints": noCheckpointTests }
      : {
          checkpoint: checkpointTests,
          "checkpoint ledger": checkpointLedgerTests,
          ...(platform.again ? {} : { "hostile checkpoint": checkpointHostileTests }),
        }),
    calibrate: calibrateTests,
    opentelemetry: opentelemetryTests,
    ...(platform.kernel["simd-shared"] === "simd-shared"
      ? {}
      : { "no threads": fallbackTests, "no sync embedder": noSyncEmbedderTests }),
  };
}

/** What goes on inside the index, in texts and in estimates. It is computing alone, so each engine needs to do it once. */
function computingSuites(platform: Platform): Record<string, Suite> {
  return {
    "exact index": exactIndexTests,
    learnt: learntTests(platform),
    "growing index": growingIndexTests(platform),
    "kernel memory": kernelMemoryTests(platform),
    "exact index model": exactIndexModelTests(),
    dtypes: dtypeTests(platform),
    codes: codesTests(platform),
    "kept index": keptIndexTests(platform),
    memories: memoriesTests,
    filters: filterTests,
    "slot table": slotTableTests,
    pruning: pruningTests(platform),
    bounds: boundsTests(platform),
    index: vectorIndexTests(platform),
    hnsw: platform.hnsw ? hnswTests : noHnswTests,
    terms: termsTests,
    text: textTests,
    guards: guardsTests,
    "guards properties": guardsPropertiesTests,
    "memory chunks": memoryChunksTests,
    "memory classify": memoryClassifyTests,
    "memory clean": memoryCleanTests,
    "memory contradiction": memoryContradictionTests,
    "memory import id": memoryImportIdTests,
    "memory redact": memoryRedactTests,
    "cache judging model": cacheJudgingModelTests,
    "risk curve": riskCurveTests,
    "risk model": riskModelTests,
    "memory budget": memoryBudgetTests,
    "memory composite": memoryCompositeTests,
    "memory fusion": memoryFusionTests,
    "memory keyword index": memoryKeywordIndexTests,
    "memory quality": memoryQualityTests,
    "memory reserve": memoryReserveTests,
    "memory temporal": memoryTemporalTests,
  };
}
