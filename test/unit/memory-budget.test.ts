import fc from "fast-check";
import { approximateTokens, ITEM_TOKENS, withinBudget } from "../../src/memory/budget.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

/** Texts with their tokens in the vocabularies cl100k and o200k. */
const COUNTED: [text: string, older: number, newer: number][] = [
  [
    "The user prefers dark mode, does not drink milk, and wants every deployment to be finished before Friday afternoon.",
    22,
    22,
  ],
  [
    "We've decided to keep PostgreSQL 15.4 because the migration to a distributed database isn't worth the operational burden.",
    24,
    23,
  ],
  ["export function usage(accessCount: number): number {\n  return 1 + Math.log1p(accessCount);\n}\n", 23, 23],
  [
    '{"id":"550e8400-e29b-41d4-a716-446655440000","tags":["pinned"],"importance":0.75,"createdAt":1714694400000}',
    42,
    43,
  ],
  ["用户希望部署在周五下午之前完成。数据库的连接池大小应设置为二十。", 29, 21],
  ["ユーザーは金曜日の午後までにデプロイを完了したいと考えています。", 31, 22],
  ["사용자는 금요일 오후까지 배포를 완료하기를 원합니다. 회의는 수요일로 변경되었습니다.", 40, 24],
  ["Пользователь хочет, чтобы развёртывание было завершено до вечера пятницы.", 31, 19],
  [
    "Die Größe des Verbindungspools sollte zwanzig betragen. Das Treffen wurde auf Mittwoch um zehn Uhr verschoben.",
    32,
    24,
  ],
  ["يريد المستخدم إكمال النشر قبل مساء يوم الجمعة.", 31, 12],
  ["बैठक बुधवार सुबह दस बजे कर दी गई है।", 43, 12],
  ["ok 😀🎉🚀 done 🧠", 12, 10],
];

export const memoryBudgetTests: Suite = (test) => {
  test("tokens are about as many as vocabularies make of it", () => {
    for (const [text, older, newer] of COUNTED) {
      const tokens = approximateTokens(text);
      const [least, most] = [Math.min(older, newer), Math.max(older, newer)];
      ok(tokens >= 0.8 * least && tokens <= 1.25 * most, `${tokens}, not ${older} or ${newer}: ${text}`);
    }
  });

  test("nothing costs nothing, and one thing about one", () => {
    equal(["", " ", "a", "word", ".", "7", "\n", "记", "é"].map(approximateTokens), [0, 0, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("any text: a whole number, no less than its parts' share, no more than its parts together", () => {
    fc.assert(
      fc.property(anyText({ maxLength: 60 }), anyText({ maxLength: 60 }), (a, b) => {
        const [whole, one, two] = [`${a} ${b}`, a, b].map(approximateTokens) as [number, number, number];
        ok(Number.isInteger(whole) && whole >= 0 && whole <= 2 * (a.length + b.length) + 1, `${whole}`);
        ok(whole >= Math.max(one, two) - 1, "more text, more tokens");
        ok(whole <= one + two + 1, "no more than both");
      }),
      { numRuns: cases(300) },
    );
  });

  test("a huge text of one kind is counted in no time", () => {
    for (const char of ["a", "A", "1", " ", "-", "é", "记", "\n", "\ud800"]) approximateTokens(char.repeat(1_000_000));
  });

  const kept = (costs: readonly number[], max: number) => withinBudget(costs, (cost) => cost, max);

  test("what fits is kept in order, and nothing after what does not", () => {
    equal(kept([3, 3, 3], 9), { kept: [3, 3, 3], omitted: 0 });
    equal(kept([3, 3, 3], 8), { kept: [3, 3], omitted: 1 });
    equal(kept([3, 9, 1, 1], 8), { kept: [3], omitted: 3 });
    equal(kept([], 8), { kept: [], omitted: 0 });
  });

  test("the first one always is", () => {
    equal(kept([50, 1], 8), { kept: [50], omitted: 1 });
    equal(kept([50, 1], 0), { kept: [50], omitted: 1 });
    equal(kept([50], 0), { kept: [50], omitted: 0 });
    equal(kept([50, 0], 8), { kept: [50], omitted: 1 });
  });

  test("the list itself is left alone, and an item costs something beside its text", () => {
    const items = [1, 2];
    kept(items, 9).kept.push(3);
    equal(items, [1, 2]);
    ok(ITEM_TOKENS > 0, "a bullet is no free bullet");
  });
};
