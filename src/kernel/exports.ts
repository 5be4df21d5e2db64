/**
 * What every kernel exports: the compiled ones (assembly/index.ts) and the scalar fallback, which imitates them. Addresses
 * are 32-bit: a compiled kernel hands those past 2 GiB out as negative numbers, so callers take them `>>> 0`.
 */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBufferLike };
  open(dimensions: number, width: number, most: number): number | boolean;
  blockRows(): number;
  maxResults(): number;
  rowBytes(): number;
  query(): number;
  resultIds(): number;
  resultScores(): number;
  growChain(tail: number, chain: number): number;
  dropChain(head: number): void;
  chainOf(slot: number): number;
  placeOf(slot: number): number;
  slot(block: number, lane: number): number;
  row(slot: number): number;
  idAt(slot: number): number;
  place(slot: number, id: number): void;
  vacate(slot: number): void;
  normalise(row: number): number;
  dot(left: number, right: number): number;
  storeRow(from: number, to: number): void;
  widened(row: number): number;
  begin(k: number, threshold: number, filtered: number | boolean): void;
  look(slot: number): void;
  scan(head: number): number;
  found(): number;
}

/** What compiled kernels export besides, to find the answer of `scan` by looking at few rows (assembly/planes.ts, prune.ts). */
export interface PruningExports {
  context(): number;
  newContext(): number;
  choose(context: number): void;
  makeRoom(): number | boolean;
  candidates(): number;
  idOf(slot: number): number;
  basisBytes(): number;
  newBasis(): number;
  dropBasis(basis: number): void;
  useBasis(basis: number): void;
  directionAt(direction: number): number;
  step(direction: number): number;
  setStep(direction: number, value: number): void;
  roundingScale(stage: number): number;
  setRoundingScale(stage: number, scale: number): void;
  beginLearning(): number | boolean;
  learned(): number;
  directions(): number;
  beginRound(): void;
  learnFrom(floats: number): void;
  orthonormalise(direction: number): void;
  endRound(): void;
  gramError(direction: number): number;
  takeDirections(basis: number): void;
  adopt(epsilon: number): number;
  fit(floats: number): void;
  measure(floats: number): void;
  roundingOf(stage: number): number;
  growPlanes(tail: number, basis: number, blocks: number): number;
  dropPlanes(head: number): void;
  cover(section: number, block: number): number | boolean;
  encode(section: number, place: number, slot: number, floats: number): void;
  nextSection(section: number): number;
  pieceAt(section: number, place: number, piece: number): number;
  pieceBytes(piece: number): number;
  prepare(planes: number): number | boolean;
  passSection(section: number): void;
  settle(): void;
  prunedScan(planes: number): number;
  gather(section: number): number;
  slotAt(section: number, row: number): number;
  mostScore(sum: number): number;
  counter(n: number): number;
}

/** What those export besides whose memory other threads share (assembly/threads.ts). */
export interface ThreadExports {
  sharedState(): number;
  admitReader(): number;
  attach(shared: number, ticket: number, dimensions: number, width: number): number | boolean;
  leaveReaders(): void;
  expelReader(ticket: number): number | boolean;
  expelReaders(): void;
  isIn(): number | boolean;
  endSeeing(): number | boolean;
  versionSeen(): number;
  ask(k: number, threshold: number, filtered: number | boolean): void;
  publish(): number;
  oldestSeen(): number;
  newRecord(units: number): number;
  listRecord(record: number): void;
  setUnit(record: number, place: number, unit: number): void;
  setChain(record: number, head: number, planes: number): void;
  beginChain(record: number): void;
  endChain(record: number): void;
  firstRecord(): number;
  nextRecord(record: number): number;
  nameUnits(record: number): number;
  unitAt(record: number, place: number): number;
  isThere(record: number): number | boolean;
  headOf(record: number): number;
  planesOf(record: number): number;
  openPool(helpers: number): number;
  pooledScan(planes: number): number | boolean;
  awaitHelpers(turns: number): number | boolean;
  helped(): number;
  takeOver(): void;
  closePool(): void;
  help(pool: number, index: number, helpers: number, dimensions: number, width: number, turns: number): void;
}
