import { equal } from "./assert.ts";
import { along, type IndexCheck, idsOf, numbers, someVector, sorted } from "./index-under-test.ts";

const D = 8;

/** Any string is a namespace. */
const NAMES = [
  "",
  "a",
  "A",
  "a:",
  "a:b",
  "a|b",
  "a/b",
  "..",
  "%",
  "_",
  "*",
  "\0",
  "a\0b",
  " ",
  "a ",
  "\n",
  "é",
  "e\u0301",
  "😀",
  "\ud83d",
  "__proto__",
  "constructor",
  "undefined",
  "null",
  "0",
  "x".repeat(1000),
];

export function testIndexNamespaces(check: IndexCheck): void {
  check("any string is a namespace, and none leaks into another", D, (index) => {
    for (const [i, name] of NAMES.entries()) {
      index.add(2 * i + 1, name, along(0, D));
      index.add(2 * i + 2, name, along(1, D));
    }
    for (const [i, name] of NAMES.entries()) {
      const own = [2 * i + 1, 2 * i + 2];
      const shown = JSON.stringify(name).slice(0, 40);
      equal([sorted(index.ids(name)), idsOf(index.search(name, along(0, D), 100, -1))], [own, own], shown);
    }
    for (const [i, name] of NAMES.entries()) {
      index.clear(name);
      equal([index.ids(name), index.size], [[], 2 * (NAMES.length - i - 1)]);
    }
  });

  check("a small namespace beside a large one answers in full", D, (index) => {
    const next = numbers(8);
    for (let id = 1; id <= 1500; id++) index.add(id, "large", someVector(D, next));
    for (let id = 2001; id <= 2012; id++) index.add(id, "small", someVector(D, next));
    for (let i = 0; i < 20; i++) {
      const found = idsOf(index.search("small", someVector(D, next), 20, -1));
      equal(sorted(found), [2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010, 2011, 2012]);
      equal(index.search("large", someVector(D, next), 20, -1).length, 20);
    }
    index.clear("large");
    equal(index.search("small", along(0, D), 20, -1).length, 12);
  });

  check("a namespace that shrank to a few of many answers in full", D, (index) => {
    const next = numbers(9);
    for (let id = 1; id <= 1500; id++) index.add(id, "n", someVector(D, next));
    for (let id = 1; id <= 1500; id++) if (id % 300 !== 0) index.remove(id);
    for (let i = 0; i < 20; i++) {
      equal(sorted(idsOf(index.search("n", someVector(D, next), 20, -1))), [300, 600, 900, 1200, 1500]);
    }
  });
}
