// What is fetched with the vector engine: needed only with an index of many rows, or one that options ask for.
export { AutoIndex, ExactIndex, shareIndex } from "../vectors/engine.ts";
export { KeptIndex } from "./kept-index.ts";
