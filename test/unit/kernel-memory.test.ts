import { kernelModule } from "#engine-modules";
import type { KernelExports, ThreadExports } from "../../src/kernel/exports.ts";
import { scalarKernel } from "../../src/kernel/scalar.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { seeded } from "./vectors.ts";

/** What each export may write: every other byte of memory is a guard, compared before and after. */
export const kernelMemoryTests =
  (platform: Platform): Suite =>
  (test) => {
    const makers: Record<string, () => KernelExports> = { scalar: () => scalarKernel(() => true) };
    if (platform.kernel.simd === "simd") makers.simd = () => instance("simd", {});
    if (platform.kernel["simd-shared"] === "simd-shared") {
      makers["simd-shared"] = () =>
        instance("simd-shared", {
          env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }) },
        });
    }

    for (const [level, make] of Object.entries(makers)) {
      test(`${level}: it exports what the scalar kernel does`, () => {
        const names = Object.keys(make());
        for (const name of Object.keys(scalarKernel(() => true))) ok(names.includes(name), `${level} exports ${name}`);
      });

      test(`${level}: no export writes outside its own region, 1…130 dimensions`, () => {
        const random = seeded(5);
        for (let d = 1; d <= 130; d++) {
          const { exports, slots, head } = filled(make(), d, random);
          const keeps = (what: string, run: () => unknown, ...regions: Region[]): void => {
            const stray = changes(exports, run).find((byte) => !regions.some((region) => within(byte, region)));
            ok(stray === undefined, `${what}, d ${d}: wrote at ${stray}`);
          };
          const slot = slots[20]!;
          const row = exports.row(slot) >>> 0;
          keeps("normalise a row", () => exports.normalise(row), [row, 4 * d]);
          keeps("normalise the query", () => exports.normalise(exports.query()), [exports.query(), 4 * d]);
          keeps("dot", () => exports.dot(row, exports.query()));
          for (const k of [0, 1, 3, exports.maxResults()]) {
            const found = Math.min(k, slots.length);
            const ids: Region = [exports.resultIds(), 8 * found];
            const scores: Region = [exports.resultScores(), 4 * found];
            keeps(`scan, k ${k}`, () => scan(exports, head, k, -1000), ids, scores, numbers(exports));
          }
          // Where threads share memory a slot has two versions of 8 bytes each besides, and `vacate` writes one of them.
          const vacated = changes(exports, () => exports.vacate(slot));
          const versions: Region = [Math.floor(vacated[0]! / 16) * 16, level === "simd-shared" ? 16 : 0];
          const id: Region = [exports.idAt(slot) >>> 0, 8];
          ok(
            vacated.every((byte) => within(byte, level === "simd-shared" ? versions : id)),
            `vacate, d ${d}: wrote ${vacated}`,
          );
          keeps("place", () => exports.place(slot, 77), id, versions);
        }
      });

      test(`${level}: regions are apart and inside memory`, () => {
        for (const d of [1, 16, 17, 130, 1000]) {
          const { exports, slots } = filled(make(), d, seeded(6));
          const regions: Region[] = [
            [exports.query(), 4 * d],
            [exports.resultIds(), 8 * exports.maxResults()],
            [exports.resultScores(), 4 * exports.maxResults()],
            ...slots.map((slot): Region => [exports.row(slot), 4 * d]),
          ];
          regions.sort(([a], [b]) => a - b);
          for (const [i, [start, bytes]] of regions.entries()) {
            ok(start > 0 && start % 8 === 0, "aligned, and not at address 0");
            const next = regions[i + 1]?.[0] ?? exports.memory.buffer.byteLength;
            ok(start + bytes <= next, `d ${d}: region ${i} ends before the next`);
          }
        }
      });

      test(`${level}: a NaN never wins, whether in a row or in the query`, () => {
        const { exports, slots, head } = filled(make(), 9, seeded(7));
        const at = (address: number): number => address >>> 2;
        const f32 = new Float32Array(exports.memory.buffer);
        for (const slot of slots.slice(0, 30)) f32[at(exports.row(slot)) + 4] = Number.NaN;
        equal(scan(exports, head, 128, -1000), slots.length - 30);
        const scores = f32.slice(at(exports.resultScores()), at(exports.resultScores()) + slots.length - 30);
        ok(scores.every(Number.isFinite), "only numbers are found");
        f32[at(exports.query())] = Number.NaN;
        equal(scan(exports, head, 128, -1000), 0);
        equal(scan(exports, head, 128, Number.NEGATIVE_INFINITY), 0);
      });
    }
  };

function instance(level: "simd" | "simd-shared", imports: WebAssembly.Imports): KernelExports {
  const module = kernelModule(level);
  ok(module !== undefined, `no module for ${level}`);
  return new WebAssembly.Instance(module, { results: { allowed: () => 1 }, ...imports })
    .exports as unknown as KernelExports;
}

function scan(exports: KernelExports, head: number, k: number, threshold: number): number {
  exports.begin(k, threshold, 0);
  return exports.scan(head);
}

/** What a search notes of itself lies before its results; the scalar kernel has it elsewhere. */
function numbers(exports: KernelExports): Region {
  return "choose" in exports ? [exports.resultIds() - 128, 128] : [0, 0];
}

/** Three blocks of rows of noise, and a query of noise, none of it normalised. */
function filled(exports: KernelExports, d: number, random: () => number) {
  exports.open(d, 4, 2 ** 32);
  const head = exports.growChain(0, 0) >>> 0;
  const slots: number[] = [];
  for (let block = head, blocks = 0; blocks < 3; blocks++) {
    if (blocks > 0) block = exports.growChain(block, 0) >>> 0;
    for (let lane = 0; lane < exports.blockRows(); lane++) slots.push(exports.slot(block, lane) >>> 0);
  }
  const f32 = new Float32Array(exports.memory.buffer);
  for (const [i, slot] of slots.entries()) {
    for (let c = 0; c < d; c++) f32[(exports.row(slot) >>> 2) + c] = 5 * random();
    exports.place(slot, i + 1);
  }
  if ("publish" in exports) (exports as unknown as ThreadExports).publish();
  for (let c = 0; c < d; c++) f32[(exports.query() >>> 2) + c] = 5 * random();
  return { exports, head, slots };
}

type Region = [start: number, bytes: number];

function within(byte: number, [start, bytes]: Region): boolean {
  return byte >= start && byte < start + bytes;
}

/** Used again and again: a copy of all memory for each call would be most of the work. */
let noted = new Uint32Array();

/** The addresses of the bytes that running it changes, in all of memory. */
function changes(exports: KernelExports, run: () => unknown): number[] {
  const now = new Uint32Array(exports.memory.buffer);
  if (noted.length < now.length) noted = new Uint32Array(now.length);
  const before = noted.subarray(0, now.length);
  before.set(now);
  run();
  const after = new Uint32Array(exports.memory.buffer);
  const changed: number[] = [];
  for (let word = 0; word < before.length; word++) {
    if (before[word] === after[word]) continue;
    const difference = before[word]! ^ after[word]!;
    for (let byte = 0; byte < 4; byte++) if ((difference >>> (8 * byte)) & 0xff) changed.push(4 * word + byte);
  }
  return changed;
}
