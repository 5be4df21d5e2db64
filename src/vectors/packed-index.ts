import type { Kernel } from "../kernel/kernel.ts";
import { blockBytes } from "./planes.ts";

// All that an index of codes holds, as bytes to be kept beside the entries:
//
//   length of the head (u32), the head (JSON); then, each from a multiple of 8 on: the directions learnt, as they lie in
//   memory; and of every namespace the ids of its slots (f64, 0 where there is no row), and the codes of its blocks

/** Of one namespace. */
export interface PackedArena {
  namespace: string;
  ids: Float64Array;
  codes: Uint8Array;
}

export interface PackedIndex {
  dimensions: number;
  /** Rows there were when it learnt. */
  learntFrom: number;
  basis: Uint8Array;
  arenas: PackedArena[];
}

interface Head extends Omit<PackedIndex, "basis" | "arenas"> {
  format: typeof FORMAT;
  basis: number;
  /** Name, slots, bytes of codes. */
  arenas: [string, number, number][];
}

/** Changes whenever codes, directions, or their layout in memory do. */
const FORMAT = "codes 1";
const ALIGN = 8;

export function toBytes({ dimensions, learntFrom, basis, arenas }: PackedIndex): Uint8Array<ArrayBuffer> {
  const head: Head = {
    format: FORMAT,
    dimensions,
    learntFrom,
    basis: basis.length,
    arenas: arenas.map(({ namespace, ids, codes }) => [namespace, ids.length, codes.length]),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const pieces = [basis, ...arenas.flatMap(({ ids, codes }) => [new Uint8Array(ids.buffer), codes])];
  const bytes = new Uint8Array(pieces.reduce((end, { length }) => aligned(end) + length, 4 + text.length));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const piece of pieces) {
    bytes.set(piece, aligned(at));
    at = aligned(at) + piece.length;
  }
  return bytes;
}

/** Undefined when these are no such bytes. What they say is still to be checked against the memory it is for. */
export function fromBytes(bytes: Uint8Array<ArrayBuffer>): PackedIndex | undefined {
  try {
    const { buffer, byteOffset } = bytes;
    const length = new DataView(buffer, byteOffset).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Head;
    if (head.format !== FORMAT) return undefined;
    let at = 4 + length;
    const next = (size: number): Uint8Array<ArrayBuffer> => {
      const from = aligned(at);
      at = from + size;
      if (!(size >= 0 && at <= bytes.length)) throw new RangeError("There is less than its head says.");
      return bytes.subarray(from, at);
    };
    const basis = next(head.basis);
    const arenas = head.arenas.map(([namespace, slots, codes]): PackedArena => {
      const ids = new Float64Array(next(8 * slots).slice().buffer);
      return { namespace: String(namespace), ids, codes: next(codes) };
    });
    return { dimensions: head.dimensions, learntFrom: head.learntFrom, basis, arenas };
  } catch {
    return undefined;
  }
}

/** Whether a memory can take that up. */
export function fits({ dimensions, learntFrom, basis, arenas }: PackedIndex, kernel: Kernel): boolean {
  if (dimensions !== kernel.dimensions || !(learntFrom > 0)) return false;
  if (basis.length !== kernel.pruning!.basisBytes()) return false;
  const names = new Set(arenas.map(({ namespace }) => namespace));
  const known = new Set<number>();
  return (
    arenas.every(({ ids, codes }) => {
      const rows = ids.filter((id) => id !== 0);
      const before = known.size;
      for (const id of rows) if (Number.isSafeInteger(id) && id > 0) known.add(id);
      const areNew = rows.length > 0 && known.size === before + rows.length;
      return areNew && codes.length === (ids.length / kernel.blockRows) * blockBytes(kernel);
    }) && names.size === arenas.length
  );
}

function aligned(at: number): number {
  return Math.ceil(at / ALIGN) * ALIGN;
}
