import { MnemeError } from "../../src/index.ts";
import type { Statement } from "./sqlite-driver.ts";
import { createPrivately, holdsDatabase, imageLog } from "./sqlite-file.ts";
import type { Stored, SyncSqliteImage } from "./sqlite-image.ts";
import { lockFile } from "./sqlite-image-lock.ts";
import {
  BATCH,
  decodeBatch,
  encodeBatch,
  IMAGE_SIZE,
  type LogRecord,
  NUMBER,
  numberBytes,
  numberIn,
  PAGES,
  recordOf,
  recordsIn,
} from "./sqlite-image-records.ts";

type Fs = typeof import("node:fs");

const PAGE = 4096;
/** Pages compared and written at a time. */
const RUN = 256 * PAGE;

/**
 * A database file on disk, and beside it a log of what was committed since (`-log`). Closed, the file alone is a whole
 * SQLite database that any tool can open.
 *
 * A new image is never written over the old one directly: the pages that differ go into the log first, ended by a record
 * that says they are complete. Whoever opens the file next can put them in place once more, however far we came.
 */
export function fileImage(path: string): SyncSqliteImage {
  return new FileImage(path);
}

class FileImage implements SyncSqliteImage {
  readonly scrubs = true;
  #path: string;
  readonly #fs: Fs;
  #image = -1;
  #log = -1;
  /** Where the next record goes. What lies behind it was cut off. −1: not read yet, and not to be touched. */
  #end = -1;
  #unlock: (() => void) | undefined;

  constructor(path: string) {
    if (typeof path !== "string" || path === "") {
      throw new MnemeError("argument", "fileImage expected a file's path.", 'For example "cache.db".');
    }
    const fs = globalThis.process?.getBuiltinModule?.("node:fs");
    if (fs === undefined) {
      throw new MnemeError("unsupported", "This runtime has no files.", "In a browser use indexedDBImage.");
    }
    this.#path = path;
    this.#fs = fs;
  }

  exists(): boolean {
    if (!this.#fs.existsSync(this.#path)) return false;
    return holdsDatabase(this.#fs.realpathSync(this.#path)); // the log lies beside the file itself, not beside a link to it
  }

  open(): Stored {
    createPrivately(this.#path);
    this.#path = this.#fs.realpathSync(this.#path); // one lock and one log, by whichever name it is opened
    this.#unlock = lockFile(this.#path);
    try {
      this.#refuseOtherEngine();
      createPrivately(imageLog(this.#path));
      this.#image = this.#fs.openSync(this.#path, "r+");
      this.#log = this.#fs.openSync(imageLog(this.#path), "r+");
      return this.#recover();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  append(batch: readonly Statement[]): number {
    this.#write([recordOf(BATCH, ...encodeBatch(batch))]);
    return this.#end;
  }

  replace(image: Uint8Array): void {
    const runs = [...this.#runsThatDiffer(image)];
    this.#write(replacement(image, runs));
    this.#fs.fsyncSync(this.#log);
    for (const [from, to] of runs) writeAll(this.#fs, this.#image, image.subarray(from, to), from);
    this.#setSize(image.length);
    this.#fs.ftruncateSync(this.#log, 0);
    this.#end = 0;
  }

  close(): void {
    const { closeSync, rmSync } = this.#fs;
    const [image, log] = [this.#image, this.#log];
    this.#image = this.#log = -1;
    try {
      if (image >= 0) closeSync(image);
      if (log >= 0) closeSync(log);
      if (log >= 0 && this.#end === 0) rmSync(imageLog(this.#path), { force: true });
      this.#end = -1;
    } finally {
      this.#unlock?.();
      this.#unlock = undefined;
    }
  }

  /** Reads what is there, and first finishes what was begun: nothing here does harm when it is cut off and done again. */
  #recover(): Stored {
    const records = recordsIn(this.#fs.readFileSync(this.#log));
    const complete = records.findLastIndex(({ kind }) => kind === IMAGE_SIZE);
    if (complete >= 0) this.#putInPlace(records.slice(0, complete + 1));
    const batches = records.slice(complete + 1).filter(({ kind }) => kind === BATCH);
    // Behind the last batch lie only pages that no size follows, or a record that is not whole: both were cut off.
    this.#end = batches.at(-1)?.end ?? 0;
    this.#fs.ftruncateSync(this.#log, this.#end);
    const image = this.#fs.readFileSync(this.#image);
    return {
      image: image.length === 0 ? undefined : image,
      log: batches.map(({ content }) => decodeBatch(content)),
      appended: this.#end,
    };
  }

  /** The pages before the last record, which is an image's size. */
  #putInPlace(records: readonly LogRecord[]): void {
    const first = records.findLastIndex(({ kind }, i) => kind !== PAGES && i < records.length - 1) + 1;
    for (const { content } of records.slice(first, -1)) {
      writeAll(this.#fs, this.#image, content.subarray(NUMBER), numberIn(content));
    }
    this.#setSize(numberIn(records.at(-1)!.content));
  }

  #setSize(size: number): void {
    this.#fs.ftruncateSync(this.#image, size);
    this.#fs.fsyncSync(this.#image);
  }

  /** All of them, or none: those that did fit a full disk are taken back. */
  #write(records: Iterable<Uint8Array>): void {
    let end = this.#end;
    try {
      for (const record of records) {
        writeAll(this.#fs, this.#log, record, end);
        end += record.length;
      }
    } catch (error) {
      this.#fs.ftruncateSync(this.#log, this.#end);
      throw error;
    }
    this.#end = end;
  }

  /** Where pages are not what stands in the file, from and to. */
  *#runsThatDiffer(image: Uint8Array): Iterable<[from: number, to: number]> {
    const old = new Uint8Array(RUN);
    for (let start = 0; start < image.length; start += RUN) {
      const stop = Math.min(start + RUN, image.length);
      const there = start + this.#fs.readSync(this.#image, old, 0, stop - start, start);
      const same = (page: number): boolean => {
        const end = Math.min(page + PAGE, stop);
        return end <= there && Buffer.compare(image.subarray(page, end), old.subarray(page - start, end - start)) === 0;
      };
      for (let from = start; from < stop; from += PAGE) {
        if (same(from)) continue;
        let to = from + PAGE;
        while (to < stop && !same(to)) to += PAGE;
        yield [from, Math.min(to, stop)];
        from = to;
      }
    }
  }

  /** Its write-ahead log may hold commits, and be written to at this moment: sql.js sees neither. */
  #refuseOtherEngine(): void {
    const there = ["-wal", "-shm"].find((suffix) => this.#fs.existsSync(this.#path + suffix));
    if (there === undefined) return;
    throw new MnemeError(
      "store",
      `${this.#path} is in use by another engine, or was when it ended: there is ${this.#path}${there}.`,
      "Close it there; after a crash open and close it once with that engine (node:sqlite, better-sqlite3, …).",
    );
  }
}

function* replacement(image: Uint8Array, runs: readonly [number, number][]): Iterable<Uint8Array> {
  for (const [from, to] of runs) yield recordOf(PAGES, numberBytes(from), image.subarray(from, to));
  yield recordOf(IMAGE_SIZE, numberBytes(image.length));
}

/** A write may do less than it was asked to. */
function writeAll(fs: Fs, file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
