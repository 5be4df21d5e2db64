import { MnemeError } from "../error.ts";
import { Crc32 } from "./crc32.ts";
import type { Engine } from "./engine.ts";
import type { CheckedImport, Imported } from "./importing.ts";
import { BATCH, type Candidate, Intake } from "./intake.ts";
import { type Line, type Lines, parsed, textOf } from "./lines.ts";
import { linkAll } from "./links.ts";
import { count, type End, FORMAT, type Header, keptIn, linkIn, object, text, VERSION } from "./memory-line.ts";

/** Bytes of lines that are held at once, or somewhat more. */
const WEIGHT = 2 ** 20;
/** Of one line. */
const LONGEST_LINE = 2 ** 24;

const NEWLINE = Uint8Array.of(10);

/**
 * Reads what `export` wrote. Batch by batch, each whole or not at all; the last one, and links, when the end has told that the file is
 * whole. A file that is damaged leaves what was before the damage; imported again when it is whole, it leaves what is there alone.
 */
export class FileImport {
  readonly #engine: Engine;
  readonly #options: CheckedImport;
  readonly #intake: Intake;
  readonly #dimensions: number | undefined;
  readonly #sum = new Crc32();
  readonly #read = { memories: 0, former: 0, links: 0 };
  readonly #links: { from: string; to: string }[] = [];
  #batch = new Map<string, Candidate>();
  #weight = 0;
  #states = 0;
  #last: Candidate | undefined;
  #ended = false;

  constructor(engine: Engine, options: CheckedImport, first: Line) {
    const header = headerIn(first);
    const { embedder } = engine.settings;
    const { fingerprint, dimensions } = embedder ?? { fingerprint: null, dimensions: 0 };
    const isOurs = header.fingerprint === fingerprint && header.dimensions === dimensions;
    this.#engine = engine;
    this.#options = options;
    this.#intake = new Intake(engine, options, "mneme", isOurs ? "given" : "foreign");
    this.#dimensions = isOurs ? dimensions : undefined;
    this.#add(first);
  }

  async run(lines: Lines): Promise<Imported> {
    lines.limit = LONGEST_LINE;
    for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
      if (this.#ended) throw this.#damaged(line, "something follows its end");
      await this.#take(line);
    }
    if (!this.#ended) throw damaged(`ends too soon, after line ${this.#intake.lines}`, this.#intake.told);
    await this.#flush();
    if (this.#links.length > 0) await linkAll(this.#engine, this.#links);
    return this.#intake.result;
  }

  async #take(line: Line): Promise<void> {
    const fields = parsed(textOf(line.bytes)) as Record<string, unknown> | undefined;
    if (fields?.kind === "memory") await this.#takeMemory(line, fields);
    else if (fields?.kind === "former") this.#takeFormer(line, fields);
    else if (fields?.kind === "link") {
      // What lay in many namespaces lies in one now: what was seen from where has no meaning there.
      const link = this.#understood(line, () => linkIn(fields));
      if (this.#options.namespace === undefined) this.#links.push(link);
      this.#read.links++;
    } else if (fields?.kind === "end") return this.#takeEnd(line, fields);
    else throw this.#damaged(line, "it is none that an export writes");
    this.#add(line);
  }

  async #takeMemory(line: Line, fields: Record<string, unknown>): Promise<void> {
    const kept = this.#keptIn(line, fields);
    const { id } = kept.memory;
    if (this.#states >= BATCH || this.#weight >= WEIGHT || this.#batch.has(id)) await this.#flush();
    this.#last = { line: line.number, kept, former: [] };
    this.#batch.set(id, this.#last);
    this.#read.memories++;
    this.#count(line);
  }

  #takeFormer(line: Line, fields: Record<string, unknown>): void {
    const kept = this.#keptIn(line, fields);
    if (this.#last?.kept.memory.id !== kept.memory.id) throw this.#damaged(line, "its memory is not before it");
    this.#last.former.push(kept);
    this.#read.former++;
    this.#count(line);
  }

  #takeEnd(line: Line, fields: Record<string, unknown>): void {
    const end = this.#understood(
      line,
      (): End => ({
        memories: count("memories", fields.memories),
        former: count("former", fields.former),
        links: count("links", fields.links),
        crc32: text("crc32", fields.crc32),
      }),
    );
    const { memories, former, links } = this.#read;
    const isWhole = end.memories === memories && end.former === former && end.links === links;
    if (!isWhole) throw this.#damaged(line, "lines before it are missing");
    if (end.crc32 !== this.#sum.hex) throw this.#damaged(line, "the checksum of those before it is another");
    this.#ended = true;
    this.#intake.lines = line.number;
  }

  #keptIn(line: Line, fields: Record<string, unknown>) {
    const kept = this.#understood(line, () => keptIn(fields, this.#dimensions));
    const { namespace = kept.memory.namespace } = this.#options;
    return { ...kept, memory: { ...kept.memory, namespace } };
  }

  #understood<T>(line: Line, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#damaged(line, (error as Error).message, error);
    }
  }

  #count(line: Line): void {
    this.#states++;
    this.#weight += line.bytes.length;
  }

  #add({ bytes, number }: Line): void {
    this.#sum.add(bytes).add(NEWLINE);
    this.#intake.lines = number;
  }

  async #flush(): Promise<void> {
    const batch = [...this.#batch.values()];
    this.#batch = new Map();
    this.#last = undefined;
    this.#weight = 0;
    this.#states = 0;
    await this.#intake.take(batch);
  }

  #damaged({ number }: Line, problem: string, cause?: unknown): MnemeError {
    return damaged(`is damaged in line ${number}: ${problem}`, this.#intake.told, cause);
  }
}

export function isHeader(first: unknown): boolean {
  return (first as { format?: unknown } | null | undefined)?.format === FORMAT;
}

function headerIn(line: Line): Header {
  const nothing = "Nothing was imported.";
  const fields = parsed(textOf(line.bytes));
  if (!isHeader(fields)) throw damaged("does not begin as an export does", nothing);
  const { version, fingerprint, dimensions } = object("header", fields);
  if (typeof version === "number" && version > VERSION) {
    const problem = `What is to be imported has version ${version} of its format; this mneme knows ${VERSION}.`;
    throw new MnemeError("newer", problem, "Update mneme.");
  }
  const isSound = version === VERSION && (fingerprint === null || typeof fingerprint === "string");
  if (!isSound || !Number.isSafeInteger(dimensions)) throw damaged("has a damaged first line", nothing);
  return { fingerprint: fingerprint as string | null, dimensions: dimensions as number };
}

export function damaged(problem: string, told: string, cause?: unknown): MnemeError {
  const remedy = "Import it again from a fresh copy: what is here already is left alone.";
  return new MnemeError("corrupt", `What is to be imported ${problem}. ${told}`, remedy, { cause });
}
