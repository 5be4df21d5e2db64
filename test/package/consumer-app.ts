// What a user's program does with the published package, in a few lines that every runtime and bundler takes. Copied into
// the consumer as it stands once compiled: it may import published names only.
import { SemanticCache, SemanticCacheSync } from "mneme";
import { testEmbedder } from "mneme/testing";

/** "simd exact semantic computed sync" when all is well: the kernel's level, then what answered. */
export async function useMneme(): Promise<string> {
  const embedder = testEmbedder();
  const cache = await SemanticCache.open({ embedder });
  await cache.put("how do I reset the password of my account today", "answer");
  const exact = await cache.get("How do I reset the password of my account today");
  const semantic = await cache.get("how do I reset the password of my account now");
  const { hit } = await cache.wrap("what does a tram ticket cost", () => "2.40");
  const { kernel } = await cache.stats();
  await cache.close();
  const sync = SemanticCacheSync.open({ embedder });
  sync.put("question", "sync");
  return [kernel, exact?.layer, semantic?.layer, hit?.layer ?? "computed", sync.get("question")?.response].join(" ");
}
