import { metasOf } from "../store/metas.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { fromBase64, toBase64 } from "../vectors/base64.ts";
import type { Projection } from "./projection.ts";

// An index of codes, kept beside the entries, so that opening a store need not read every one of them. It lies in pieces that
// every store takes, in one of two places; the manifest tells which of them is whole, and of which version of the store.

/** What is kept, and where. It is written last. */
interface Manifest {
  /** Of this writing; each of its pieces says it. */
  id: string;
  place: 0 | 1;
  pieces: number;
  bytes: number;
  /** How many of these, from the end, are the scopes. */
  scopes: number;
  /** The store's, up to which it has everything. */
  version: number;
}

const MANIFEST = "index:kept";
/** Of DynamoDB's 400 KB an item; in base64 a third more. A multiple of 3. */
const PIECE = 192 * 1024;
/** Pieces asked for at once: 4 MiB of text. */
const AT_ONCE = 16;
/** It is written anew when so many rows, or this share of them, have changed since. */
const LEAST_CHANGES = 1000;
const SHARE = 0.1;

export class KeptIndex {
  readonly #store: Store;
  #manifest: Manifest | undefined;
  /** Changes of the projection that it has. */
  #changes = 0;
  #writing = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Fills an empty projection with what is kept. The version it is of; undefined where nothing is kept that is of use. */
  *load({ index, scopes }: Projection): Steps<number | undefined> {
    const manifest = yield* this.#look();
    if (index.unpack === undefined || manifest === undefined) return undefined;
    const bytes = new Uint8Array(manifest.bytes);
    for (let from = 0; from < manifest.pieces; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, manifest.pieces - from);
      const keys = Array.from({ length: count }, (_, i) => keyOf(manifest, from + i));
      for (const [i, text] of (yield* metasOf(this.#store, keys)).entries()) {
        const piece = pieceOf(manifest, text);
        if (piece === undefined || (from + i) * PIECE + piece.length > bytes.length) return undefined;
        bytes.set(piece, (from + i) * PIECE);
      }
    }
    this.#manifest = manifest;
    const ofScopes = new TextDecoder().decode(bytes.subarray(bytes.length - manifest.scopes));
    if (!index.unpack(bytes)) return undefined;
    scopes.unpack(ofScopes);
    return manifest.version;
  }

  /** Keeps the index of now, where that is worth it. `version`: it has everything up to that. */
  *save({ index, changes, scopes }: Projection, version: number): Steps<void> {
    const due = Math.max(LEAST_CHANGES, SHARE * index.size);
    if (this.#writing || index.pack === undefined || changes - this.#changes < due) return;
    this.#writing = true;
    try {
      const present = yield* this.#look();
      if (present !== undefined && present.id !== this.#manifest?.id && present.version >= version - due) {
        this.#manifest = present; // another one has just done it
        this.#changes = changes;
        return;
      }
      const packed = index.pack();
      if (packed === undefined) return;
      const ofScopes = new TextEncoder().encode(scopes.pack());
      const bytes = new Uint8Array(packed.length + ofScopes.length);
      bytes.set(packed);
      bytes.set(ofScopes, packed.length);
      const pieces = Math.ceil(bytes.length / PIECE);
      const place = present?.place === 0 ? 1 : 0; // whoever is reading what is kept now is not disturbed
      const manifest: Manifest = {
        id: newId(),
        place,
        pieces,
        bytes: bytes.length,
        scopes: ofScopes.length,
        version,
      };
      for (let i = 0; i < pieces; i++) {
        const piece = bytes.subarray(i * PIECE, (i + 1) * PIECE);
        yield* step(this.#store.setMeta(keyOf(manifest, i), textOf(manifest, piece)));
      }
      yield* step(this.#store.setMeta(MANIFEST, JSON.stringify(manifest)));
      this.#manifest = manifest;
      this.#changes = changes;
    } finally {
      this.#writing = false;
    }
  }

  *#look(): Steps<Manifest | undefined> {
    const text = yield* step(this.#store.getMeta(MANIFEST));
    try {
      const { id, place, pieces, bytes, scopes, version } = JSON.parse(text ?? "");
      const isSound = pieces === Math.ceil(bytes / PIECE) && bytes < 2 ** 32 && scopes >= 2 && scopes < bytes;
      if (typeof id !== "string" || !isSound || !(version >= 0)) return undefined;
      return { id, place: place === 1 ? 1 : 0, pieces, bytes, scopes, version };
    } catch {
      return undefined;
    }
  }
}

function keyOf({ place }: Manifest, piece: number): string {
  return `${MANIFEST}:${place}:${piece}`;
}

function newId(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(12))); // pages without TLS have no randomUUID
}

/** With the writing it belongs to, and a sum: two may write at once, and databases have been known to lose a page. */
function textOf({ id }: Manifest, bytes: Uint8Array): string {
  return `${id} ${sum(bytes)} ${toBase64(bytes)}`;
}

function pieceOf(manifest: Manifest, text: string | undefined): Uint8Array | undefined {
  const [id, sumOfAll, encoded] = text?.split(" ") ?? [];
  const bytes = id === manifest.id ? fromBase64(encoded ?? "") : undefined;
  return bytes !== undefined && String(sum(bytes)) === sumOfAll ? bytes : undefined;
}

/** FNV-1a. */
function sum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
