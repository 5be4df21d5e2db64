import { MnemeError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { sha256 } from "../text/sha256.ts";

// A checkpoint is a gzipped tar of: manifest.json, meta.json, entries/000001.jsonl, entries/000002.jsonl, …, end.json. In
// this order and with nothing else. docs/checkpoints.md describes it.

export const FORMAT = "mneme-checkpoint";
export const VERSION = 1;
export const MANIFEST = "manifest.json";
export const METAS = "meta.json";
export const END = "end.json";

/** A member of entries is ended when it has so many bytes, or somewhat more: it is held in memory whole. */
export const MEMBER = 512 * 1024;
/** Of a manifest and of the metas. */
export const HEAD = 16 * 1024 * 1024;

/** What travels: all of an entry but what its store gave it. */
export type CheckpointEntry = Omit<Entry, "id" | "revision">;

export interface Manifest {
  format: typeof FORMAT;
  version: number;
  fingerprint: string;
  dimensions: number;
  normalise: boolean;
  /** When it was begun, in milliseconds since 1970. */
  createdAt: number;
  /** How many there were when it was begun. How many it holds stands at its end. */
  entries: number;
}

export interface End {
  entries: number;
  sha256: string;
}

export function entriesName(number: number): string {
  return `entries/${String(number).padStart(6, "0")}.jsonl`;
}

/** Each member's SHA-256 is taken of the last one's, in hexadecimal, and the content: the last stands for all. */
export class Seal {
  #hash = "";

  get hash(): string {
    return this.#hash;
  }

  async add(content: Uint8Array): Promise<void> {
    const sealed = new Uint8Array(this.#hash.length + content.length);
    encoder.encodeInto(this.#hash, sealed);
    sealed.set(content, this.#hash.length);
    this.#hash = await digest(sealed);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The platform's own is faster; pages that came without TLS have none. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return sha256(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const hash = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A member's JSON, which must be an object. */
export function objectIn(content: Uint8Array, name: string): Record<string, unknown> {
  return parsedObject(textIn(content, name), name);
}

export function textIn(content: Uint8Array, name: string): string {
  try {
    return decoder.decode(content);
  } catch (error) {
    throw corrupt(`has a "${name}" that is not UTF-8`, error);
  }
}

export function parsedObject(text: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corrupt(`has in "${name}" what is not JSON`, error);
  }
  if (isObject(value)) return value;
  throw corrupt(`has in "${name}" something else than an object`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is nested too deep can be read but not written. */
export function isStorable(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function corrupt(problem: string, cause?: unknown): MnemeError {
  return new MnemeError(
    "corrupt",
    `The checkpoint ${problem}.`,
    "Take another checkpoint, or a fresh copy of this one.",
    {
      cause,
    },
  );
}

export function newer(problem: string): MnemeError {
  return new MnemeError("newer", `The checkpoint ${problem}.`, "Update mneme.");
}
