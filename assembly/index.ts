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
export { normalise } from "./normalise";
export { scan } from "./scan";
