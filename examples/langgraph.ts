// A node of LangGraph that runs once for each input. Install @langchain/langgraph beside mneme; any graph takes the same `cache`.
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { SemanticCache } from "mneme";
import { energeticEmbedder } from "mneme/embedders";
import { langgraphCache } from "mneme/langgraph";

await using entries = await SemanticCache.open({ embedder: energeticEmbedder() }); // nothing is embedded; { path } keeps it
const cache = langgraphCache(entries, { onError: console.error });

const State = Annotation.Root({ city: Annotation<string>, forecast: Annotation<string>, advice: Annotation<string> });

let asked = 0;
const graph = new StateGraph(State)
  .addNode(
    "weather",
    async ({ city }) => {
      asked++; // stands for a call that is slow or costs something
      return { forecast: `rain in ${city}` };
    },
    { cachePolicy: { ttl: 3600, keyFunc: ([{ city }]) => city } }, // seconds; and what of the state the node depends on
  )
  .addNode("advise", async ({ forecast }) => ({ advice: `Expect ${forecast}: take an umbrella.` }))
  .addEdge(START, "weather")
  .addEdge("weather", "advise")
  .addEdge("advise", END)
  .compile({ cache });

for (const city of ["Basel", "Basel", "Bern"]) {
  const { advice } = await graph.invoke({ city });
  console.log(advice);
}
console.log({ asked });
