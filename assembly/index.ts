// The kernel's exports. JavaScript learns every size and offset by calling these; it repeats none.

import { openBasis } from "./basis";
import { openBlocks } from "./blocks";
import { choose, newContext } from "./context";
import { openLearning } from "./learn";
import { openMemory } from "./memory";
import { openPlanes } from "./planes";
import { openRows } from "./rows";
import { openShared } from "./shared";

export {
  basisBytes,
  directionAt,
  dropBasis,
  newBasis,
  roundingScale,
  setRoundingScale,
  setStep,
  step,
  useBasis,
} from "./basis";
export { blockRows, chainOf, dropChain, growChain, idAt, idOf, place, placeOf, row, slot, vacate } from "./blocks";
export {
  candidates,
  choose,
  context,
  makeRoom,
  maxResults,
  newContext,
  query,
  resultIds,
  resultScores,
} from "./context";
export { dot } from "./dot";
export {
  adopt,
  beginLearning,
  beginRound,
  directions,
  endRound,
  fit,
  gramError,
  learned,
  learnFrom,
  orthonormalise,
  takeDirections,
} from "./learn";
export { normalise } from "./normalise";
export {
  blockAt,
  cover,
  dropPlanes,
  encode,
  growPlanes,
  measure,
  nextSection,
  pieceAt,
  pieceBytes,
  roundingOf,
} from "./planes";
export { counter, gather, passSection, prepare, prunedScan, settle, slotAt } from "./prune";
export { begin, found } from "./results";
export { rowBytes, storeRow, widened } from "./rows";
export { look, scan } from "./scan";
export { mostScore } from "./weights";

/**
 * Begins with nothing: for vectors of so many dimensions, stored with so many bytes a number (rows.ts), in at most so much
 * memory. False when memory cannot grow.
 */
export function open(dimensions: i32, width: i32, most: f64): bool {
  openMemory(most, width == 0);
  openRows(dimensions, width);
  openBlocks();
  openBasis();
  openLearning();
  openPlanes();
  if (ASC_FEATURE_THREADS && !openShared()) return false;
  const context = newContext();
  choose(context);
  return context != 0;
}
