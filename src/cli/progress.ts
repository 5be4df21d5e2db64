import { printable } from "./output.ts";

/** What takes shorter than this needs no words. */
const FIRST_MS = 1000;
const ON_TERMINAL_MS = 100;
const IN_LOG_MS = 5000;

/** How far a long piece of work is, on stderr: one line that changes, or where nobody watches a line now and then. */
export class Shown {
  readonly #watched = process.stderr.isTTY === true;
  #next = performance.now() + FIRST_MS;
  #written = false;

  /** Whether the time has come is asked first: making the text may cost something. */
  tell(text: () => string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + (this.#watched ? ON_TERMINAL_MS : IN_LOG_MS);
    this.#written = true;
    process.stderr.write(this.#watched ? `\r\u001b[K${printable(text())}` : `${printable(text())}\n`);
  }

  end(): void {
    if (this.#written && this.#watched) process.stderr.write("\r\u001b[K");
  }
}
