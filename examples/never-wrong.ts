// What keeps a cache from answering the wrong question, and what to do when it did. Run it after `npm run build`:
// node dist/examples/never-wrong.js
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";

await using cache = await SemanticCache.open({ embedder: energeticEmbedder(), threshold: 0.8 });
await cache.put("Do you ship to Norway?", "Yes, in three days.", { tags: ["shipping"] });

// Guards: it is as like as a paraphrase, and another question.
console.log(await cache.get("Do you ship to Sweden?")); // undefined
const { candidates } = await cache.explain("Do you ship to Sweden?");
console.log(candidates[0]!.similarity.toFixed(2), candidates[0]!.refusal); // 0.95 { reason: "guard", guard: "names", … }

// Scope: what else the answer depends on.
const [german, english] = [{ language: "de" }, { language: "en" }];
await cache.put("Do you ship to Norway?", "Ja, in drei Tagen.", { scope: german });
console.log((await cache.get("Can you ship to Norway?", { scope: german }))?.response); // Ja, in drei Tagen.
console.log(await cache.get("Can you ship to Norway?", { scope: english })); // undefined

// Feedback: a user says that an answer was none. It is not given to this question again, by whoever shares the store.
const hit = await cache.get("Could you ship things to Norway?");
console.log(hit?.response); // Yes, in three days.
await cache.feedback(hit!, "reject");
console.log(await cache.get("Could you ship things to Norway?")); // undefined

// Invalidation: what the answers were made from has changed.
await cache.invalidate({ tags: ["shipping"] });
console.log(await cache.get("Do you ship to Norway?")); // undefined
