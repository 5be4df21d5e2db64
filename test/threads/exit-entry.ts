// A program that comes to its end while helpers of an index sleep. Nothing may keep it from ending.
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { HOSTILE } from "../unit/hostile-rows.ts";

const rows = HOSTILE.anisotropic!(2200, 128, 1);
const indexes = [1, 2].map(() => new ExactIndex(128, { threads: 3, helpFrom: 2100 }));
for (const index of indexes) {
  rows.forEach((row, i) => {
    index.add(i + 1, "n", row);
  });
  index.settle();
}
let helped = 0;
for (let i = 0; i < 100 && helped < 20; i++) {
  for (const index of indexes) {
    index.search("n", rows[i]!, 10, 0);
    helped += index.helped;
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (process.argv[2] === "closed") for (const index of indexes) index.close();
console.log(helped > 0 ? "helped" : "alone");
