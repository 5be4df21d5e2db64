// What is fetched only when there are many rows, or when an option asks for it: it is half the library.
export { AutoIndex } from "../vectors/auto-index.ts";
export { ExactIndex } from "../vectors/exact-index.ts";
export { shareIndex } from "../vectors/shared-index.ts";
export { KeptIndex } from "./kept-index.ts";
