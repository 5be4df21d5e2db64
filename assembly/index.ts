// The kernel's exports. JavaScript learns every size and offset by calling these; it repeats none.
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
export { dot } from "./dot";
export { normalise } from "./normalise";
export { scan } from "./scan";
