import fc from "fast-check";
import type { Ranked } from "../../src/memory/fusion.ts";
import { KeywordIndex, type KeywordOptions } from "../../src/memory/keyword-index.ts";
import { termsOf } from "../../src/text/terms.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

/** Every text at its number, counted from 1. */
function indexOf(texts: readonly string[], options?: KeywordOptions): KeywordIndex {
  const index = new KeywordIndex(options);
  for (const [i, text] of texts.entries()) index.add(i + 1, "n", text);
  return index;
}

function idsOf(ranked: readonly Ranked[]): number[] {
  return ranked.map(({ id }) => id);
}

interface Kept {
  namespace: string;
  text: string;
}

/** BM25 word by word, as it is in the books. Scores by id, of texts with any of the words. */
function reference(
  kept: ReadonlyMap<number, Kept>,
  namespace: string,
  query: string,
  { k1 = 1.2, b = 0.75, ...options }: KeywordOptions = {},
): Map<number, number> {
  const texts = [...kept].filter(([, one]) => one.namespace === namespace);
  const bags = new Map(texts.map(([id, { text }]) => [id, termsOf(text, options)]));
  const average = [...bags.values()].reduce((sum, bag) => sum + bag.length, 0) / bags.size;
  const scores = new Map<number, number>();
  for (const term of new Set(termsOf(query, options))) {
    const having = [...bags.values()].filter((bag) => bag.includes(term)).length;
    const idf = Math.log(1 + (bags.size - having + 0.5) / (having + 0.5));
    for (const [id, bag] of bags) {
      const count = bag.filter((other) => other === term).length;
      if (count === 0) continue;
      const norm = k1 * (1 - b + (b * bag.length) / average);
      scores.set(id, (scores.get(id) ?? 0) + (idf * count * (k1 + 1)) / (count + norm));
    }
  }
  return scores;
}

/** Sums are kept as float32. */
function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * Math.max(1, a, b);
}

/** That these are the best of the reference, whichever of those that are equal but for rounding. */
function isBest(ranked: readonly Ranked[], scores: ReadonlyMap<number, number>, k: number): void {
  equal(ranked.length, Math.min(k, scores.size));
  equal(new Set(idsOf(ranked)).size, ranked.length, "none twice");
  for (const [i, { id, score }] of ranked.entries()) {
    ok(isNear(score, scores.get(id) ?? -1), `${id}: ${score}, not ${scores.get(id)}`);
    const before = ranked[i - 1];
    ok(!before || before.score > score || (before.score === score && before.id < id), "best first, ties by id");
  }
  const sorted = [...scores.values()].sort((x, y) => y - x).slice(0, k);
  for (const [i, score] of sorted.entries())
    ok(isNear(ranked[i]!.score, score), `${i}: ${ranked[i]!.score} < ${score}`);
}

const WORDS = ["card", "cards", "lost", "the", "payment", "été", "用户", "__proto__", "constructor", "3.5"];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...WORDS), { maxLength: 8 }).map((words) => words.join(" ")) },
  { weight: 1, arbitrary: anyText({ maxLength: 20 }) },
);
const namespace = fc.constantFrom("", "a", "__proto__");
const id = fc.integer({ min: 1, max: 24 });
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("add" as const), id, namespace, text }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("remove" as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), namespace }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("search" as const), namespace, text, k: fc.integer({ min: 1, max: 8 }) }),
  },
);

export const memoryKeywordIndexTests: Suite = (test) => {
  test("texts with any of the words are found, those with rarer ones first", () => {
    const index = indexOf(["the user has two cats", "the user has a dog", "a dog and a parrot", "no animals here"]);
    equal(idsOf(index.search("n", "cat", 10)), [1]);
    equal(idsOf(index.search("n", "Dogs!", 10)), [2, 3]);
    equal(idsOf(index.search("n", "which user has a parrot", 10)), [3, 2, 1]);
    equal(idsOf(index.search("n", "user parrot dog", 2)), [3, 2]);
    equal(index.search("n", "horse", 10), []);
  });

  test("scores, by the formula", () => {
    const index = indexOf(["red red blue", "red", "green tall thin old"]);
    const average = 8 / 3;
    const idf = Math.log(1 + 1.5 / 2.5);
    const score = (count: number, length: number) =>
      (idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * length) / average));
    const expected = [score(1, 1), score(2, 3)];
    equal(
      index.search("n", "red", 9).map(({ id, score }) => [id, score.toFixed(5)]),
      [
        [2, expected[0]!.toFixed(5)],
        [1, expected[1]!.toFixed(5)],
      ],
    );
    const flat = indexOf(["red red blue", "red", "green"], { k1: 0 });
    equal(idsOf(flat.search("n", "red", 9)), [1, 2], "how often is of no matter");
    const long = indexOf(["red blue blue blue", "red", "green"], { b: 0 });
    equal(idsOf(long.search("n", "red", 9)), [1, 2], "how long is of no matter");
  });

  test("a word that every text has is still worth something", () => {
    const index = indexOf(["red", "red red", "red blue"]);
    equal(idsOf(index.search("n", "red", 9)), [2, 1, 3]);
    ok(
      index.search("n", "red", 9).every(({ score }) => score > 0),
      "more than nothing",
    );
  });

  test("ties go by id, whatever came first", () => {
    const index = new KeywordIndex();
    for (const id of [9, 3, 7, 1, 5]) index.add(id, "n", "the same words");
    equal(idsOf(index.search("n", "same", 3)), [1, 3, 5]);
    equal(idsOf(index.search("n", "same", 9)), [1, 3, 5, 7, 9]);
    for (let id = 60; id > 9; id--) index.add(id, "n", "the same words");
    equal(idsOf(index.search("n", "same", 3)), [1, 3, 5]);
    for (const id of [4, 2]) index.add(id, "n", "the same words");
    equal(idsOf(index.search("n", "same", 4)), [1, 2, 3, 4]);
  });

  test("words repeated in a query count once", () => {
    const index = indexOf(["red blue", "blue green"]);
    equal(index.search("n", "red red red", 9), index.search("n", "red", 9));
  });

  test("what was added last is what counts: another text, another namespace", () => {
    const index = indexOf(["red", "blue"]);
    index.add(1, "n", "green");
    equal(index.search("n", "red", 9), []);
    equal(idsOf(index.search("n", "green", 9)), [1]);
    index.add(1, "m", "green");
    equal(index.search("n", "green", 9), []);
    equal(idsOf(index.search("m", "green", 9)), [1]);
    equal(index.size, 2);
  });

  test("removing and clearing", () => {
    const index = indexOf(["red", "red"]);
    index.add(3, "m", "red");
    equal(index.remove(1), true);
    equal(index.remove(1), false);
    equal(index.remove(99), false);
    equal(idsOf(index.search("n", "red", 9)), [2]);
    index.clear("unknown");
    equal(index.size, 2);
    index.clear("n");
    equal([index.size, index.search("n", "red", 9), idsOf(index.search("m", "red", 9))], [1, [], [3]]);
    equal(index.remove(2), false);
    index.clear();
    equal([index.size, index.search("m", "red", 9)], [0, []]);
    index.add(3, "m", "red");
    equal(idsOf(index.search("m", "red", 9)), [3]);
  });

  test("removed texts take no part, by however many words they are asked for, and no space for long", () => {
    const many = Array.from({ length: 40 }, (_, i) => `w${i}`).join(" ");
    const index = indexOf([many, "", "", "", ""]);
    index.remove(1);
    equal(index.search("n", many, 9), []);
    for (let i = 2; i <= 5; i++) index.remove(i);
    equal(index.bytes, 0);
    for (let i = 0; i < 100; i++) index.add(i % 10, "n", "one two three");
    const { bytes } = index;
    for (let i = 0; i < 5000; i++) index.add(i % 10, "n", `one two w${i}`);
    ok(index.bytes < 3 * bytes, `${index.bytes} after ${bytes}`);
  });

  test("nothing is found with nothing", () => {
    const index = indexOf(["red", "", "!!!"]);
    equal(index.size, 3);
    for (const query of ["", "   ", "?!", "the of", "🎉"]) equal(index.search("n", query, 9), [], query);
    for (const k of [0, -1, Number.NaN]) equal(index.search("n", "red", k), [], `${k}`);
    equal(index.search("m", "red", 9), []);
    equal(idsOf(index.search("n", "red", Number.POSITIVE_INFINITY)), [1]);
    equal(indexOf(["", "!"]).search("n", "red", 9), []);
  });

  test("defect 4: however few a filter lets through, k of them are found", () => {
    const index = indexOf(
      Array.from({ length: 1000 }, (_, i) => (i % 100 === 99 ? "red and much else that is beside it" : "red")),
    );
    const rare = (id: number) => id % 100 === 0;
    equal(idsOf(index.search("n", "red", 5, rare)), [100, 200, 300, 400, 500]);
    equal(index.search("n", "red", 50, rare).length, 10);
    equal(
      index.search("n", "red", 5, () => false),
      [],
    );
  });

  test("a filter may search the index itself", () => {
    const index = indexOf(["red blue", "red", "blue"]);
    const inner: number[][] = [];
    const filter = (id: number) => {
      inner.push(idsOf(index.search("n", "blue", 9)));
      return id !== 2;
    };
    equal(idsOf(index.search("n", "red blue", 9, filter)), [1, 3]);
    equal(inner, [
      [3, 1],
      [3, 1],
      [3, 1],
    ]);
    equal(idsOf(index.search("n", "red", 9)), [2, 1]);
  });

  test("a filter that fails leaves the index as it was", () => {
    const index = indexOf(["red blue", "red"]);
    const expected = index.search("n", "red", 9);
    try {
      index.search("n", "red blue", 9, () => {
        throw new Error("no");
      });
    } catch {}
    equal(index.search("n", "red", 9), expected);
  });

  test("defect 5: texts of one namespace change nothing in another", () => {
    const index = indexOf(["red blue", "blue green", "green"]);
    const expected = index.search("n", "red blue green", 9);
    for (let i = 10; i < 50; i++) index.add(i, "m", "red red green and so much else that averages would move");
    equal(index.search("n", "red blue green", 9), expected);
  });

  test("defect 6: words of every script are found", () => {
    const index = indexOf(["Ещё один дом", "用户希望部署", "Café crème", "사용자는 회의를", "ภาษาไทย"]);
    for (const [i, query] of ["ДОМ еще", "部署", "cafe", "회의", "ไทย"].entries()) {
      equal(idsOf(index.search("n", query, 9)), [i + 1], query);
    }
  });

  test("text is data: nothing in a query is an order", () => {
    const index = indexOf(["plain words"]);
    for (const query of [
      '"',
      "NOT plain",
      "plain AND (",
      "plain*",
      "-plain",
      "content:plain",
      "'; drop table x; --",
      "a OR",
    ]) {
      equal(idsOf(index.search("n", query, 9)), /plain/.test(query) ? [1] : [], query);
    }
  });

  test("scores of some are those that a search gives", () => {
    const index = indexOf(["red blue", "red red", "green"]);
    index.add(9, "m", "red");
    const scores = (namespace: string, query: string, ids: number[]): Ranked[] =>
      index.searchTogether([{ namespace }], query, 1, ids).also;
    const found = index.search("n", "red blue", 9);
    const inOrder = [2, 1].map((id) => found.find((one) => one.id === id)!);
    equal(scores("n", "red blue", [3, 2, 9, 1, 77]), inOrder, "none of those that have none of the words");
    equal(scores("unknown", "red", [1]), []);
    equal(scores("n", "the", [1]), []);
  });

  test("a stemmer that fails changes nothing", () => {
    let isBroken = false;
    const stem = (word: string) => {
      if (isBroken) throw new Error("broken");
      return word;
    };
    const index = indexOf(["red"], { stem });
    isBroken = true;
    try {
      index.add(1, "m", "blue");
    } catch {}
    isBroken = false;
    equal(idsOf(index.search("n", "red", 9)), [1]);
  });

  test("settings that are none are told", async () => {
    for (const options of [{ k1: -1 }, { k1: Number.NaN }, { k1: Number.POSITIVE_INFINITY }, { b: -0.1 }, { b: 1.1 }]) {
      await fails(() => new KeywordIndex(options), "argument");
    }
  });

  test("any history: searches are those of the books over what is left", () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 80 }),
        fc.constantFrom<KeywordOptions>({}, { stem: "none" }, { k1: 0.5, b: 1 }, { k1: 2, b: 0 }),
        (actions, options) => {
          const index = new KeywordIndex(options);
          const model = new Map<number, Kept>();
          for (const action of actions) {
            if (action.do === "add") {
              index.add(action.id, action.namespace, action.text);
              model.set(action.id, action);
            } else if (action.do === "remove") {
              equal(index.remove(action.id), model.delete(action.id));
            } else if (action.do === "clear") {
              index.clear(action.namespace);
              for (const [id, { namespace }] of model) if (namespace === action.namespace) model.delete(id);
            } else {
              const scores = reference(model, action.namespace, action.text, options);
              isBest(index.search(action.namespace, action.text, action.k), scores, action.k);
              const odd = new Map([...scores].filter(([id]) => id % 2));
              isBest(
                index.search(action.namespace, action.text, action.k, (id) => id % 2 === 1),
                odd,
                action.k,
              );
              const { also } = index.searchTogether([action], action.text, 1, [...model.keys()]);
              const given = new Map(also.map(({ id, score }) => [id, score]));
              for (const { id, score } of index.search(action.namespace, action.text, 99)) equal(given.get(id), score);
              equal(given.size, scores.size);
            }
            equal(index.size, model.size);
          }
        },
      ),
      { numRuns: cases(400) },
    );
  });

  test("after many changes scores are, to the last bit, those of an index that is made anew", () => {
    const index = new KeywordIndex();
    const model = new Map<number, string>();
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const word = () => `w${random(random(400) + 1)}`;
    for (let i = 0; i < 6000; i++) {
      const id = random(900) + 1;
      if (random(3) === 0) {
        index.remove(id);
        model.delete(id);
      } else {
        const text = Array.from({ length: 1 + random(12) }, word).join(" ");
        index.add(id, "n", text);
        model.set(id, text);
      }
      if (i % 600 !== 599) continue;
      const anew = new KeywordIndex();
      for (const [id, text] of model) anew.add(id, "n", text);
      for (let j = 0; j < 5; j++) {
        const query = [word(), word(), word(), word()].join(" ");
        equal(index.search("n", query, 30), anew.search("n", query, 30));
      }
    }
  });

  test("several namespaces searched together are as one", () => {
    const somewhere = fc.record({ text, namespace });
    fc.assert(
      fc.property(fc.array(somewhere, { maxLength: 12 }), text, fc.integer({ min: 1, max: 12 }), (kept, query, k) => {
        const [apart, together] = [new KeywordIndex(), new KeywordIndex()];
        for (const [i, { text, namespace }] of kept.entries()) {
          apart.add(i + 1, namespace, text);
          together.add(i + 1, "one", text);
        }
        const places = ["", "a", "__proto__", "nobody's"].map((namespace) => ({
          namespace,
          filter: (id: number) => id !== 3,
        }));
        const ids = kept.map((_, i) => i + 1);
        const { found, also } = apart.searchTogether(places, query, k, ids);
        found.sort((a, b) => b.score - a.score || a.id - b.id);
        const all = together.search("one", query, 12, (id) => id !== 3);
        const scores = new Map(all.map(({ id, score }) => [id, score]));
        for (const { id, score } of [...found, ...also.filter(({ id }) => id !== 3)]) {
          ok(isNear(score, scores.get(id)!), `${score}, not ${scores.get(id)}`);
        }
        equal(found.slice(0, k).length, Math.min(k, all.length));
        for (const [i, { score }] of found.slice(0, k).entries()) ok(isNear(score, all[i]!.score), "the best of all");
        equal(
          apart.searchTogether(places.slice(0, 1), query, k).found,
          apart.search("", query, k, (id) => id !== 3),
        );
      }),
      { numRuns: cases(200) },
    );
  });
};
