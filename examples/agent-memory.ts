// An agent that remembers. Run it after `npm run build`: node dist/examples/agent-memory.js
import { energeticEmbedder } from "mneme/embedders";
import { AgentMemory } from "mneme/memory";

let now = Date.parse("2026-01-05");
const DAY = 24 * 3600 * 1000;
await using memory = await AgentMemory.open({ embedder: energeticEmbedder(), clock: () => now });
const namespace = "acme/app";
const tier = "semantic";

await memory.remember({ namespace, tier, content: "The staging database runs on port 5432", subject: "ops" });
await memory.remember({ namespace, tier, content: "Anna prefers short answers without code", subject: "anna" });
now += 10 * DAY;
// What is new says otherwise than what is known: that is true no more, and can still be asked for.
await memory.remember({ namespace, tier, content: "The staging database runs on port 6432" });

const query = "which port has the staging database?";
const [newest] = (await memory.recall({ namespace, query })).results;
console.log("now:", newest?.memory.content);
const [before] = (await memory.recall({ namespace, query, asOf: "2026-01-10" })).results;
console.log("as of January 10:", before?.memory.content);

// Whoever works below sees what is durable above.
const { results } = await memory.recall({
  namespace: "acme/app/docs",
  query: "how does Anna like her answers?",
  limit: 1,
});
console.log(`from ${results[0]?.origin}:`, results[0]?.memory.content);

console.log("forgotten of anna:", await memory.forget({ subject: "anna" }));
