import { MnemeError } from "../error.ts";
import { fromBase64, toBase64 } from "../vectors/base64.ts";
import type { Observation } from "./evidence.ts";

/** The newest are kept: of what is known to be right or wrong, and of lookups, for how often each kind of them comes. */
export const MOST_LABELS = 4096;
export const MOST_LOOKUPS = 1024;

export interface Observations {
  readonly labels: readonly Observation[];
  readonly lookups: readonly Observation[];
}

export const NOTHING: Observations = { labels: [], lookups: [] };

const VERSION = 1;
/** Bytes of an observation: 6 of the entry's id, 2 and 2 of cosines, 1 each of the rest. */
const ROW = 14;

/** The older ones first. */
export function joined(a: Observations, b: Observations): Observations {
  return {
    labels: [...a.labels, ...b.labels].slice(-MOST_LABELS),
    lookups: [...a.lookups, ...b.lookups].slice(-MOST_LOOKUPS),
  };
}

/** As a text: the version, how many labels, and all of them, then the lookups. At most 96 KB. */
export function packed({ labels, lookups }: Observations): string {
  const all = [...labels, ...lookups];
  const view = new DataView(new ArrayBuffer(all.length * ROW));
  for (const [i, seen] of all.entries()) {
    const at = i * ROW;
    view.setUint16(at, Math.floor(seen.entry / 2 ** 32));
    view.setUint32(at + 2, seen.entry % 2 ** 32);
    view.setInt16(at + 6, seen.similarity);
    view.setInt16(at + 8, seen.rival);
    view.setUint8(at + 10, seen.agreeing);
    view.setInt8(at + 11, seen.history);
    view.setInt8(at + 12, seen.expected);
    view.setUint8(at + 13, seen.outcome);
  }
  return `${VERSION}:${labels.length}:${toBase64(new Uint8Array(view.buffer))}`;
}

/** Throws `newer` or `corrupt`. */
export function unpacked(text: string): Observations {
  const [, version, count, base64] = /^(\d+):(?:(\d+):)?(.*)$/s.exec(text) ?? [];
  if (Number(version) > VERSION) {
    throw new MnemeError("newer", "What the store knows of errors was written by a newer mneme.", "Update mneme.");
  }
  const bytes = fromBase64(base64 ?? "");
  const rows = (bytes?.length ?? 0) / ROW;
  const labels = Number(count);
  const damaged = new MnemeError("corrupt", "What the store knows of errors is damaged.", "It will be learnt anew.");
  if (bytes === undefined || !Number.isInteger(rows) || !(labels <= rows)) throw damaged;
  const view = new DataView(bytes.buffer);
  const all = Array.from({ length: rows }, (_, i): Observation => {
    const at = i * ROW;
    return {
      entry: view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2),
      similarity: view.getInt16(at + 6),
      rival: view.getInt16(at + 8),
      agreeing: view.getUint8(at + 10),
      history: view.getInt8(at + 11),
      expected: view.getInt8(at + 12),
      outcome: view.getUint8(at + 13),
    };
  });
  const isSound = all.every(({ agreeing, outcome }, i) => agreeing > 0 && (i < labels ? outcome < 2 : outcome === 2));
  if (!isSound) throw damaged;
  return joined(NOTHING, { labels: all.slice(0, labels), lookups: all.slice(labels) });
}
