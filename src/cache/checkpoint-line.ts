import { fromBase64, toBase64 } from "../vectors/base64.ts";
import { unit } from "../vectors/vector-index.ts";
import { type CheckpointEntry, corrupt, isCount, isObject, isStorable, parsedObject } from "./checkpoint.ts";
import { portableTags } from "./marks.ts";

/** An entry as a line of a checkpoint: JSON, the vector as base64 of its float32 numbers, little-endian. */
export function lineOf(entry: CheckpointEntry): string {
  const { namespace, key, text, value, vector, metadata, tags, createdAt, accessedAt, expiresAt, hits } = entry;
  const fields = { namespace, key, text, value, vector: vector && base64(vector), metadata, tags: portableTags(tags) };
  return `${JSON.stringify({ ...fields, createdAt, accessedAt, expiresAt, hits })}\n`;
}

export function entryOf(line: string, dimensions: number, name: string): CheckpointEntry {
  const fields = parsedObject(line, name);
  const { vector } = fields;
  if (vector !== null && typeof vector !== "string") throw corrupt(`has in "${name}" an entry with a bad vector`);
  return checkedEntry({ ...fields, vector: vector === null ? null : floats(vector, name) }, dimensions, name);
}

/** Takes nothing on trust: not from a line, and not from an importer. A vector is brought to length 1, if it is not. */
export function checkedEntry(given: object, dimensions: number, name: string): CheckpointEntry {
  const entry = given as Partial<Record<keyof CheckpointEntry, unknown>>;
  const { namespace, key, text, value, vector, metadata, tags, createdAt, accessedAt, expiresAt, hits } = entry;
  const sound =
    [namespace, key, text, value].every((field) => typeof field === "string") &&
    isJson(value as string) &&
    isObject(metadata) &&
    isStorable(metadata) &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === "string") &&
    [createdAt, accessedAt, expiresAt ?? 0].every(isTime) &&
    isCount(hits);
  if (!sound) throw corrupt(`has in "${name}" an entry with a bad or missing field`);
  try {
    // Each field by its name: whatever else was given stays behind.
    const row = vector === null ? null : unit(vector as Float32Array, dimensions);
    const fields = { namespace, key, text, value, vector: row, metadata, tags, createdAt, accessedAt, hits };
    return { ...fields, expiresAt: expiresAt ?? null } as CheckpointEntry;
  } catch (error) {
    throw corrupt(`has in "${name}" an entry with a bad vector`, error);
  }
}

function isTime(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return toBase64(new Uint8Array(buffer, byteOffset, byteLength));
}

function floats(text: string, name: string): Float32Array {
  const bytes = fromBase64(text);
  if (bytes !== undefined && bytes.length % 4 === 0) return new Float32Array(bytes.buffer);
  throw corrupt(`has in "${name}" an entry with a bad vector`);
}
