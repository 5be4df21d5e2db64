import { memoryStore, type Store } from "../../src/index.ts";
import type { AgentMemory, Memory, Result } from "../../src/memory/index.ts";
import { MemoryUnderTest } from "../conformance/memory-under-test.ts";
import type { Test } from "../harness.ts";
import { intercepted } from "./cache-fixtures.ts";

/** Registers tests each of which has a store of its own, and memories opened on it that share a clock. */
export function onMemories(test: Test): (name: string, run: (under: MemoryUnderTest) => unknown) => void {
  return (name, run) => {
    test(name, async () => {
      const under = new MemoryUnderTest({ store: memoryStore() });
      try {
        await run(under);
      } finally {
        await under.close();
      }
    });
  };
}

/** The same store, that notes the names of the calls it gets. */
export function noting(store: Store, calls: string[]): Store {
  return intercepted(store, (method, call) => {
    calls.push(method);
    return call();
  });
}

/** What is to be done when a store is called next. */
export interface Disturbance {
  now?: (() => Promise<unknown>) | undefined;
}

/** The same store, whose next call of a method waits for that, once it is set. */
export function disturbed(store: Store, name: keyof Store, disturbance: Disturbance): Store {
  return intercepted(store, (method, call) => {
    const { now } = disturbance;
    if (method !== name || now === undefined) return call();
    disturbance.now = undefined;
    return now().then(call);
  });
}

/** The same store, whose next answer to a method waits for that. */
export function delayed(store: Store, name: keyof Store, disturbance: Disturbance): Store {
  return intercepted(store, (method, call) => {
    const { now } = disturbance;
    if (method !== name || now === undefined) return call();
    disturbance.now = undefined;
    const answer = call();
    return now().then(() => answer);
  });
}

/** The memory as it is now; it has to be there. */
export async function known(memory: AgentMemory, id: string, namespace = "default"): Promise<Memory> {
  const found = await memory.get(namespace, id);
  if (found === undefined) throw new Error(`there is no ${id} in ${namespace}`);
  return found;
}

export function byId(results: readonly Result[]): Record<string, Result> {
  return Object.fromEntries(results.map((result) => [result.memory.id, result]));
}

/** To three digits, as written down in oracles. */
export function rounded(value: number | undefined): number {
  return Math.round(1000 * (value ?? Number.NaN)) / 1000;
}
