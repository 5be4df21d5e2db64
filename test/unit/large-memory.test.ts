import { Kernel } from "../../src/kernel/kernel.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";

/** Blocks that were never written read as zero without taking memory, so this needs far less than it addresses. */
export const largeMemoryTests: Suite = (test) => {
  for (const level of ["simd", "simd-shared"] as const) {
    test(`${level}: rows past 2 GiB, whose addresses are negative in WebAssembly, are found; past 4 GiB none are made`, async () => {
      const dimensions = 16_384; // a block is 1 MiB
      const kernel = new Kernel(dimensions, { level });
      let tail = 0;
      const growTo = (address: number): void => {
        while (tail < address) tail = kernel.growChain(tail);
      };
      growTo(1.9 * 2 ** 30);
      // Another chain, from below 2 GiB to above.
      tail = 0;
      const head = kernel.growChain(tail);
      ok(head < 2 ** 31, `head ${head}`);
      tail = head;
      growTo(2.1 * 2 ** 30);
      const last = kernel.slots(tail);
      ok(last[0]! > 2 ** 31, `slot ${last[0]}`);
      // All the growing comes first: to an engine that has been shown so much memory, every growth is a reason to collect garbage.
      tail = 0;
      await fails(() => growTo(Number.POSITIVE_INFINITY), "memory");
      ok(kernel.bytes > 2 ** 32 - 2 ** 21, `it stopped at ${kernel.bytes} bytes`);
      const vector = new Float32Array(dimensions);
      vector[dimensions - 1] = 2;
      kernel.load(vector);
      kernel.write(last[15]!);
      kernel.place(last[15]!, 7);
      kernel.threads?.publish();
      equal(kernel.search(head, vector, 3, 0.5), [{ id: 7, similarity: 1 }]);
    });
  }
};
