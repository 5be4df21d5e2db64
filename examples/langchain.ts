// LangChain's models with a cache that knows what means the same. Install @langchain/core beside mneme; any model takes the same `cache`.
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";
import { langchainCache } from "mneme/langchain";

await using answers = await SemanticCache.open({ embedder: energeticEmbedder() });
const cache = langchainCache(answers, { ttl: "7d", textOnly: true });

const model = new FakeListChatModel({ responses: ["Follow the link.", "Another answer."], cache });
const system = ["system", "You are a helpful clerk."];
for (const question of ["How do I reset my password?", "I forgot my password, how can I reset it?"]) {
  const { content } = await model.invoke([system, ["human", question]]);
  console.log(content);
}
const { callsSaved } = await answers.stats();
console.log({ callsSaved });
