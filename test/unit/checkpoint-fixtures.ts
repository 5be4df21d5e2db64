import { END, entriesName, MANIFEST, METAS, Seal } from "../../src/cache/checkpoint.ts";
import { lineOf } from "../../src/cache/checkpoint-line.ts";
import { deflated } from "../../src/cache/gzip.ts";
import { tarEnd, tarMember } from "../../src/cache/tar.ts";
import {
  type CheckpointEntry,
  type Entry,
  memoryStore,
  type RestoreOptions,
  SemanticCache,
  type Store,
} from "../../src/index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";

/** Two dimensions, like the vectors of these tests. */
export const SMALL = { ...testEmbedder({ dimensions: 2 }), ...IDENTITY };

/** Not by a Response: some engines tell another error than the stream's. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value);
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** In pieces of so many bytes, each made when it is asked for. */
export function streamOf(bytes: Uint8Array, size = 1000): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + size));
        at += size;
      },
    },
    { highWaterMark: 0 },
  );
}

/** What is in a store, without what stores give of their own accord. */
export async function contents(store: Store): Promise<object[]> {
  const entries: object[] = [];
  for await (const { id: _id, revision: _revision, ...entry } of store.scan()) entries.push(entry);
  return entries;
}

export async function filled(entries: readonly CheckpointEntry[]): Promise<Store> {
  const store = memoryStore();
  store.open(IDENTITY);
  for (const { accessedAt, hits, ...put } of entries) {
    store.commit([{ put, used: { at: accessedAt, hits } }]);
  }
  return store;
}

export async function dumpOf(store: Store): Promise<Uint8Array<ArrayBuffer>> {
  const cache = await SemanticCache.open({ embedder: SMALL, store });
  return bytesOf(cache.dump());
}

export async function restored(bytes: Uint8Array, options: Partial<RestoreOptions> = {}): Promise<Store> {
  const store = options.store ?? memoryStore();
  await SemanticCache.restore(streamOf(bytes), { embedder: SMALL, ...options, store });
  return store;
}

export function entry(fields: Partial<Entry> = {}): CheckpointEntry {
  return { ...newEntry(), accessedAt: 1000, hits: 0, ...fields };
}

export const HEAD = { format: "mneme-checkpoint", version: 1, ...IDENTITY, normalise: true, createdAt: 5, entries: 1 };

export type Members = [name: string, content: string | Uint8Array][];

/** The members of a sound checkpoint, to spoil one of. */
export function membersOf(...entries: CheckpointEntry[]): Members {
  return [
    [MANIFEST, JSON.stringify(HEAD)],
    [METAS, "{}"],
    [entriesName(1), entries.map(lineOf).join("")],
  ];
}

/** With an end that fits, whatever the rest. */
export async function sealed(members: Members, entries = 1): Promise<Members> {
  const seal = new Seal();
  for (const [, content] of members) await seal.add(contentOf(content));
  return [...members, [END, JSON.stringify({ entries, sha256: seal.hash })]];
}

export function tarOf(members: Members): Uint8Array[] {
  return [...members.map(([name, content]) => tarMember(name, contentOf(content), 0)), tarEnd()];
}

export async function gzipped(pieces: Iterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  return bytesOf(deflated(bytes()));
}

export async function archiveOf(members: Members): Promise<Uint8Array<ArrayBuffer>> {
  return gzipped(tarOf(members));
}

function contentOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
