export { energeticEmbedder } from "./energetic.ts";
