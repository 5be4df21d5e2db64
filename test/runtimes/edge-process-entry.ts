// Runs the suite in a Vercel edge function, and prints its report.
import { fetchFromEdge } from "./edge.ts";

const answer = await fetchFromEdge("edge-entry.js", "edge");
console.log(await answer.text());
