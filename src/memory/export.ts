import type { Entry } from "../store/entry.ts";
import { Crc32 } from "./crc32.ts";
import type { Engine } from "./engine.ts";
import type { CheckedExport } from "./exporting.ts";
import { allLinks } from "./links.ts";
import { endLine, headerLine, linkLine, memoryLine } from "./memory-line.ts";
import { type Kept, keptIn } from "./record.ts";
import type { Row } from "./row.ts";

/** So many memories and former states are read and held at once; more only where one memory has more. */
const PAGE = 64;
/** What changes while it is read is read again, but not for ever. */
const ATTEMPTS = 3;

const encoder = new TextEncoder();

/**
 * Everything that is remembered, in the order of namespaces and ids. Memories are read as the bytes are asked for; each is whole, with
 * all that it was, and as it is by then.
 */
export async function* exported(
  engine: Engine,
  { namespace, versions, onProgress }: CheckedExport,
): AsyncGenerator<Uint8Array, undefined> {
  const sum = new Crc32();
  const written = { memories: 0, former: 0, links: 0 };
  const bytesOf = (lines: readonly string[]): Uint8Array => {
    const bytes = encoder.encode(lines.join(""));
    sum.add(bytes);
    return bytes;
  };

  engine.ensureOpen();
  await engine.settled("reinforce"); // that something was recalled is still being written
  await engine.follow();
  const { embedder } = engine.settings;
  yield bytesOf([headerLine({ fingerprint: embedder?.fingerprint ?? null, dimensions: embedder?.dimensions ?? 0 })]);
  const ids = [...engine.catalogue.of(namespace)].sort(inOrder).map(({ id }) => id);
  for (let at = 0; at < ids.length; ) {
    engine.ensureOpen();
    const page = pageFrom(engine, ids, at, versions);
    at += page.length;
    const lines: string[] = [];
    for (const { kept, former } of await read(engine, page, versions)) {
      if (namespace !== undefined && kept.memory.namespace !== namespace) continue; // moved meanwhile
      lines.push(memoryLine(kept), ...former);
      written.memories++;
      written.former += former.length;
    }
    if (lines.length > 0) yield bytesOf(lines);
    tell(onProgress, written.memories, ids.length);
  }
  const links = (await allLinks(engine)).filter(({ from }) => namespace === undefined || from === namespace);
  written.links = links.length;
  if (links.length > 0) yield bytesOf(links.map(linkLine));
  yield encoder.encode(endLine({ ...written, crc32: sum.hex }));
}

/** The next ids, as many as have no more states than a page holds. At least one. */
function pageFrom({ catalogue }: Engine, ids: readonly string[], from: number, versions: boolean): string[] {
  let states = 0;
  let end = from;
  for (; end < ids.length; end++) {
    states += 1 + (versions ? catalogue.pastOf(ids[end]!).length : 0);
    if (end > from && states > PAGE) break;
  }
  return ids.slice(from, end);
}

interface Group {
  kept: Kept;
  /** Lines, in order. */
  former: string[];
}

async function read(engine: Engine, ids: readonly string[], versions: boolean): Promise<Group[]> {
  for (let attempt = 1; ; attempt++) {
    await engine.follow();
    const rows = ids.flatMap((id) => engine.catalogue.get(id) ?? []);
    const past = new Map(rows.map((row) => [row, versions ? engine.catalogue.pastOf(row.id) : []]));
    const seqs = [...past].flatMap(([row, former]) => [row, ...former]).map(({ seq }) => seq);
    const entries = new Map<number, Entry>();
    for (const entry of await engine.store.getMany(seqs)) if (entry !== undefined) entries.set(entry.id, entry);
    // One that was changed since its row was looked at has a former state that was not.
    const isStill = ({ seq, revision }: Row): boolean => (entries.get(seq)?.revision ?? revision) === revision;
    if (attempt < ATTEMPTS && !rows.every(isStill)) continue;
    return rows.flatMap((row) => {
      const entry = entries.get(row.seq);
      if (entry === undefined) return []; // gone meanwhile
      return { kept: keptIn(entry), former: formerLines(past.get(row)!, entries) };
    });
  }
}

/** Oldest first. Those that were so for no time at all, in the order of their lines: a store gives none. */
function formerLines(rows: readonly Row[], entries: ReadonlyMap<number, Entry>): string[] {
  const states = rows.flatMap(({ seq }) => {
    const entry = entries.get(seq);
    if (entry === undefined) return [];
    const kept = keptIn(entry);
    return { from: kept.knownFrom, until: kept.knownUntil!, line: memoryLine(kept) };
  });
  states.sort((a, b) => a.from - b.from || a.until - b.until || (a.line < b.line ? -1 : 1));
  return states.map(({ line }) => line);
}

function inOrder(a: Row, b: Row): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function tell(onProgress: CheckedExport["onProgress"], memories: number, total: number): void {
  try {
    onProgress({ memories, total });
  } catch {
    // Watching an export must not break it.
  }
}
