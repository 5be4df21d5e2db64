// The long-term memory of a graph: its nodes and the rest of the program share it. Install @langchain/langgraph beside mneme.
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { energeticEmbedder } from "mneme/embedders";
import { langgraphStore } from "mneme/langgraph";
import { AgentMemory } from "mneme/memory";

await using memory = await AgentMemory.open({ embedder: energeticEmbedder() }); // { path: "memory.db" } keeps it
const store = langgraphStore(memory, { fields: ["text"] });

const State = Annotation.Root({ user: Annotation<string>, message: Annotation<string>, reply: Annotation<string> });

const graph = new StateGraph(State)
  .addNode("answer", async ({ user, message }, { store }) => {
    const [known] = await store.search(["users", user], { query: message, limit: 1 });
    if (!message.endsWith("?")) await store.put(["users", user], crypto.randomUUID(), { text: message });
    return { reply: known === undefined ? "Tell me more." : `You said: ${known.value.text}` }; // a model would be asked here
  })
  .addEdge(START, "answer")
  .addEdge("answer", END)
  .compile({ store });

const say = async (user: string, message: string) => console.log((await graph.invoke({ user, message })).reply);
await say("ada", "I am allergic to peanuts.");
await say("ada", "The train to Bern leaves at nine.");
await say("ada", "Which foods are bad for me?");
await say("bob", "Which foods are bad for me?");

// The same memories without LangGraph: by meaning and words, as much as a prompt has room for.
const { results } = await memory.recall({ namespace: "users/ada", query: "food allergies", maxTokens: 40 });
console.log(results[0]?.memory.content);
