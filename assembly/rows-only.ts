// The small kernel that the core carries: it scores every row. The whole one is fetched when there are many (index.ts).

import { openBlocks } from "./blocks";
import { choose, newContext } from "./context";
import { openMemory } from "./memory";
import { openRows } from "./rows";

export { blockRows, chainOf, dropChain, growChain, idAt, place, placeOf, row, slot, vacate } from "./blocks";
export { maxResults, query, resultIds, resultScores } from "./context";
export { dot } from "./dot";
export { normalise } from "./normalise";
export { begin, found } from "./results";
export { rowBytes, storeRow, widened } from "./rows";
export { look, scan } from "./scan";

export function open(dimensions: i32, width: i32, most: f64): bool {
  openMemory(most, false);
  openRows(dimensions, width);
  openBlocks();
  const context = newContext();
  choose(context);
  return context != 0;
}
