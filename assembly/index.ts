// The kernel's exports. JavaScript learns every size and offset by calling these; it repeats none.

export { dot } from "./dot";
export {
  blockRows,
  dropChain,
  growChain,
  maxResults,
  open,
  place,
  query,
  resultIds,
  resultScores,
  row,
  slot,
  vacate,
} from "./layout";
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
} from "./learn";
export { normalise } from "./normalise";
export {
  cover,
  doubtSlot,
  dropPlanes,
  encode,
  growPlanes,
  measure,
  openPlanes,
  roundingOf,
  setRoundingScale,
  uncover,
} from "./planes";
export { counter, openPruning, prunedScan } from "./prune";
export { scan } from "./scan";
