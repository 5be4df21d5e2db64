// What a writer that is meant to be killed writes, and what the next one must find.
import type { Change, Store } from "../../src/index.ts";
import { ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";

export const IDENTITY = { fingerprint: "chaos", dimensions: 64 };
/** So many of the latest keys are also asked for one by one. */
const ASKED = 100;

/** The keys of one commit. */
export function keysOf(round: string, commit: number): string[] {
  return Array.from({ length: 1 + (commit % 4) }, (_, part) => `${round}-${commit}-${part}`);
}

export function putsOf(keys: readonly string[]): Change[] {
  return keys.map((key) => ({
    put: newEntry({ namespace: "chaos", key, value: storedValue(key), vector: vectorOf(key) }),
  }));
}

/** Every acknowledged key is stored, whole. What was not acknowledged may be there or not, but never in part. */
export async function verify(store: Store, acknowledged: readonly string[]): Promise<void> {
  const check = await store.check();
  ok(check.ok, `the store is damaged: ${JSON.stringify(check)}`);
  const stored = new Set<string>();
  for await (const { key, value, vector } of store.scan()) {
    const expected = vectorOf(key);
    const whole =
      value === storedValue(key) && vector?.length === expected.length && expected.every((x, i) => x === vector[i]);
    ok(whole, `${key} is half an entry`);
    stored.add(key);
  }
  for (const key of acknowledged) ok(stored.has(key), `${key} was acknowledged and is lost`);
  for (const key of acknowledged.slice(-ASKED)) {
    ok((await store.get("chaos", key))?.value === storedValue(key), `${key} is stored and not found`);
  }
  ok((await store.count()) === stored.size, "a scan tells other entries than there are");
}

function storedValue(key: string): string {
  return JSON.stringify(key.repeat(100));
}

function vectorOf(key: string): Float32Array {
  return Float32Array.from({ length: 64 }, (_, i) => key.charCodeAt(i % key.length) + i);
}
