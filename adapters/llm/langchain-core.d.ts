// What is used of it is described in langchain-message.ts, so that building this needs no package of LangChain.
declare module "@langchain/core/messages";
