import type { Awaitable } from "../../src/index.ts";
import type { Statement } from "./sqlite-driver.ts";

/** What an engine that works in memory needs written, so that it finds it again: the last image and what came after. */
export interface Stored {
  /** A whole SQLite database; undefined when there is none yet. */
  image: Uint8Array | undefined;
  /** The batches committed since, oldest first. */
  log: readonly (readonly Statement[])[];
  /** How many bytes those are, roughly. */
  appended: number;
}

/**
 * Where an engine that works in memory keeps its database: `fileImage`, `indexedDBImage`, or one of your own (an object of
 * a bucket, say). It has one writer at a time. An image that answers at once makes a store that does.
 */
export interface SqliteImage {
  /** What `replace` replaces is gone from the files it was in, and not only from sight. Then the store has `scrub`. */
  readonly scrubs?: boolean | undefined;
  /** Whether anything was kept, without making anything. Left out: that is found out by opening it. */
  exists?(): Awaitable<boolean>;
  /** Takes hold of it, against other writers, and reads it. */
  open(): Awaitable<Stored>;
  /** Keeps one committed batch, whole or not at all; answers how many bytes have been appended since the last image. */
  append(batch: readonly Statement[]): Awaitable<number>;
  /** Puts this image in the place of the old one and of what was appended, in one step. Writes only what differs. */
  replace(image: Uint8Array): Awaitable<void>;
  /** Lets go of it. */
  close(): Awaitable<void>;
}

export interface SyncSqliteImage extends SqliteImage {
  exists?(): boolean;
  open(): Stored;
  append(batch: readonly Statement[]): number;
  replace(image: Uint8Array): void;
  close(): void;
}
