// What the kernel exports besides where memory is shared.

import { openRows } from "./rows";
import { joinReaders } from "./shared";

export {
  beginChain,
  endChain,
  firstRecord,
  headOf,
  isThere,
  listRecord,
  nameUnits,
  newRecord,
  nextRecord,
  planesOf,
  setChain,
  setUnit,
  unitAt,
} from "./chains";
export { awaitHelpers, closePool, help, helped, openPool, pooledScan, takeOver } from "./pool";
export { ask } from "./results";
export {
  admitReader,
  endSeeing,
  expelReader,
  expelReaders,
  isIn,
  leaveReaders,
  oldestSeen,
  publish,
  sharedState,
  versionSeen,
} from "./shared";

/** In another thread's instance: reads what the writer's has. False when the place is not to be had. */
export function attach(shared: usize, ticket: u32, dimensions: i32, width: i32): bool {
  openRows(dimensions, width);
  return joinReaders(shared, ticket);
}
