// What the kernel exports besides where memory is shared.

import { openRows } from "./rows";
import { joinReaders } from "./shared";

export {
  firstRecord,
  headOf,
  listRecord,
  nameAt,
  nameUnits,
  newRecord,
  nextRecord,
  planesOf,
  setChain,
} from "./chains";
export { closePool, help, openPool, pooledScan } from "./pool";
export { admitReader, endSeeing, leaveReaders, oldestSeen, publish, sharedState } from "./shared";

/** In another thread's instance: reads what the writer's has. False when all places for readers are taken. */
export function attach(shared: usize, dimensions: i32, width: i32): bool {
  openRows(dimensions, width);
  return joinReaders(shared);
}
