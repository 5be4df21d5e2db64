import { argumentError } from "../error.ts";
import { sha1 } from "../text/sha1.ts";

const encoder = new TextEncoder();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID of version 5 (RFC 9562): the same for the same name in the same namespace, so that what is imported twice is once there. */
export function uuidv5(namespace: string, name: string): string {
  if (!UUID.test(namespace)) throw argumentError("namespace", "a UUID", namespace, "Pass one with its dashes.");
  const space = namespace.replace(/-/g, "").match(/../g)!;
  const bytes = [...space.map((byte) => Number.parseInt(byte, 16)), ...encoder.encode(name)];
  const hash = sha1(Uint8Array.from(bytes));
  const variant = ((Number.parseInt(hash[16]!, 16) & 3) | 8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
