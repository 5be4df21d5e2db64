import { readFile } from "node:fs/promises";
import { Failure, reason } from "./failure.ts";

const NOT_FOUND = 2;
const MALFORMED = 5;

/** The pairs of a JSONL file: one object with the texts a and b a line. Blank lines and those that start with # are passed over. */
export async function readPairs(path: string): Promise<{ a: string; b: string }[]> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Failure(NOT_FOUND, `cannot read ${path}: ${reason(error)}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(MALFORMED, `${path}: it is not UTF-8`);
  }
  return text.split("\n").flatMap((line, i) => {
    const content = line.trim();
    return content === "" || content.startsWith("#") ? [] : [pairIn(content, `${path}:${i + 1}`)];
  });
}

function pairIn(line: string, place: string): { a: string; b: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Failure(MALFORMED, `${place}: not JSON: ${reason(error)}`);
  }
  const { a, b } = (value ?? {}) as { a?: unknown; b?: unknown };
  if (typeof a === "string" && typeof b === "string") return { a, b };
  throw new Failure(MALFORMED, `${place}: expected an object with the texts "a" and "b"`);
}
