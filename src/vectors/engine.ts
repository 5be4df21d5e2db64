// What is fetched when there are many rows, or when an option asks for it: it is half the library.
export { AutoIndex } from "./auto-index.ts";
export { ExactIndex } from "./exact-index.ts";
export { shareIndex } from "./shared-index.ts";
