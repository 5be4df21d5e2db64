// What is used of it is described in langgraph.ts, so that building this needs no package of LangGraph.
declare module "@langchain/langgraph-checkpoint";
