import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Rows as float32 in a temporary file: for another process, and for peers that are asked one after another. */
export class RowsFile {
  readonly path: string;
  readonly rows: number;
  readonly dimensions: number;
  readonly #folder: string;
  readonly #descriptor: number;

  constructor(rows: number, dimensions: number) {
    this.#folder = mkdtempSync(join(tmpdir(), "mneme-bench-"));
    this.path = join(this.#folder, "rows.f32");
    this.rows = rows;
    this.dimensions = dimensions;
    this.#descriptor = openSync(this.path, "w+");
  }

  append(vectors: Float32Array): void {
    writeSync(this.#descriptor, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
  }

  /** Fills `into` with rows, from row `from` on. */
  read(from: number, into: Float32Array): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let done = 0; done < bytes.length; ) {
      // A read stops at 2 GiB.
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, from * this.dimensions * 4 + done);
      if (read === 0) throw new Error(`${this.path} ends before row ${from + into.length / this.dimensions}`);
      done += read;
    }
  }

  /** Row after row, in chunks; each is overwritten by the next. */
  *chunks(most: number): Generator<{ from: number; vectors: Float32Array }> {
    const buffer = new Float32Array(Math.min(most, this.rows) * this.dimensions);
    for (let from = 0; from < this.rows; from += most) {
      const vectors = buffer.subarray(0, Math.min(most, this.rows - from) * this.dimensions);
      this.read(from, vectors);
      yield { from, vectors };
    }
  }

  remove(): void {
    closeSync(this.#descriptor);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
