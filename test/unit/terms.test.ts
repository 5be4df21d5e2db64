import fc from "fast-check";
import { porterStem } from "../../src/text/porter.ts";
import { STOP_WORDS } from "../../src/text/stop-words.ts";
import { type TermOptions, termsOf } from "../../src/text/terms.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

/** Words with their stems, by another implementation of the same rules. Of each rule there is one, and one it is not for. */
const STEMS = `
cat cat cats cat running run runs run run run runner runner hopping hop hoping hope hoped hope hop hop hope hope
falling fall add add added add adding add err err erred err egg egg ties tie cries cri cried cri gas gas this this
kiwis kiwi caresses caress ponies poni dogs dog bus bus buses buse boss boss agreed agre feed feed proceed proceed
proceeding proceed exceed exceed succeeds succeed succeeded succeed inning inning evening evening evenings evening
herring herring controlling control filing file failed fail luxuriated luxuri sized size troubled troubl conflated
conflat bing bing singing sing sing sing happily happili happy happi say say by by enjoy enjoy enjoys enjoy boy boy
cry cri relational relat relation relat relations relat conditional condit rational ration valency valenc hesitancy
hesit digitizer digit vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis
hopefulness hope callousness callous formality formal sensitivity sensit sensibility sensibl gently gentl radically
radic differently differ vilely vile analogously analog geologist geolog geology geolog fully fulli carelessly
careless triplicate triplic formative format formalize formal electricity electr electrical electr hopeful hope
goodness good national nation nationality nation revival reviv allowance allow inference infer airliner airlin
gyroscopic gyroscop adjustable adjust defensible defens irritant irrit replacement replac adjustment adjust
dependent depend adoption adopt communism communism activate activ angularity angular homologous homolog effective
effect bowdlerize bowdler probate probat rate rate cease ceas roll roll controll control skis ski skies sky dying
die news news atlas atlas early earli only onli generate generat generously generous communication communic arsenal
arsenal arsenic arsenic university universiti universal universal universe univers organization organiz organic
organic internal internal interest interest emergency emergenc lateral lateral paste paste pasted paste past past
yes yes youth youth syzygy syzygi toy toy saying say a a i i is is us us knack knack knackeries knackeri
consolation consol consolidate consolid consign consign abilities abil utilization util deployment deploy deployed
deploy deploys deploy preferences prefer preferred prefer prefers prefer connection connect connected connect
connecting connect connections connect considered consid brightly bright alternative altern chewing chew authorized
author educational educ colloquialism colloqui flexibly flexibl carefully care capitalization capit authenticate
authent disagreement disagr criticism critic dyed dy
`;

/** The terms as they stand in the text, joined. */
function terms(text: string, options: TermOptions = {}): string {
  return termsOf(text, options).join(" ");
}

export const termsTests: Suite = (test) => {
  test("words are stemmed as by the published rules", () => {
    for (const [, word, stem] of STEMS.matchAll(/(\S+)\s+(\S+)/g)) equal(porterStem(word!), stem!, word);
  });

  test("a stem is a beginning that is never empty, nearly always its own stem", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."aeiouybcdglmnrstvwxz"), minLength: 1, maxLength: 16 });
    const endings = fc.constantFrom(
      "",
      "s",
      "ed",
      "ing",
      "ingly",
      "ational",
      "iveness",
      "ement",
      "ies",
      "logi",
      "li",
      "e",
    );
    fc.assert(
      fc.property(letters, endings, (root, ending) => {
        const stem = porterStem(root + ending);
        ok(stem.length > 0 && stem.length <= root.length + ending.length, stem);
        equal(stem.slice(0, 1), root.slice(0, 1));
        ok(/^[a-z]+$/.test(stem), stem);
      }),
      { numRuns: cases(1000) },
    );
  });

  test("a stem is quickly found in a word without end", () => {
    for (const part of ["a", "y", "b", "ing", "ational", "ies"]) porterStem(part.repeat(50_000));
  });

  test("case, diacritics and ways to write a letter are all one", () => {
    equal(terms("CAFÉ Café cafe\u0301 ｃａｆｅ́"), "cafe cafe cafe cafe");
    equal(terms("Straße STRASSE", { stem: "none" }), "strasse strasse");
    equal(terms("Ещё еще Ёлка"), "еще еще елка");
    equal(terms("Łódź Søren Þór smørrebrød cœur", { stem: "none" }), "lodz soren thor smorrebrod coeur");
    equal(terms("İstanbul ISTANBUL ılık"), "istanbul istanbul ilik");
    equal(terms("ὈΔΥΣΣΕΎΣ Ὀδυσσεύς"), "οδυσσευσ οδυσσευσ");
    equal(terms("يُرِيدُ أحمد يريد احمد"), "يريد احمد يريد احمد");
    equal(terms("שָׁלוֹם שלום"), "שלום שלום");
    equal(terms("co\xadop data\ufeffbase"), "coop databas");
  });

  test("marks that make a word another one stay", () => {
    equal(terms("हिन्दी में"), "हिन्दी में");
    equal(terms("ガラス カラス"), "ガラ ラス カラ ラス");
  });

  test("what apostrophes shorten goes, what they join stays", () => {
    equal(terms("the user's cats, users’ dogs"), "user cat user dog");
    equal(terms("We'll say I'm done; they've gone"), "say done gone");
    equal(terms("don't can’t o'clock O'Brien rock'n'roll"), "dont cant oclock obrien rocknrol");
    equal(terms("L’été d'Aujourd'hui qu'elle dell'acqua", { stem: "none" }), "ete aujourdhui elle acqua");
    equal(terms("м'ята п’ять", { stem: "none" }), "мята пять");
    equal(terms("'quoted' ''"), "quot");
    equal(terms("用户's 用户'abc"), "用户 用户 abc");
  });

  test("numbers are found as a whole and by their parts", () => {
    equal(terms("3.5 GB"), "3.5 3 5 gb");
    equal(terms("on 2024-05-03, at 12:30"), "2024-05-03 2024 05 03 12:30 12 30");
    equal(terms("v1.2.3 or 1.2.3"), "1.2.3 1 2 3 1.2.3 1 2 3");
    equal(terms("$1,000.50 1000.50"), "1000.50 1 000 50 1000.50 1000 50");
    equal(terms("1,000,000"), "1000000 1 000 000");
    equal(terms("1,000,2"), "1,000,2 1 000 2");
    equal(terms("gpt-4o, 10k, x86_64, 5."), "gpt 4o 10k x86 64 5");
    equal(terms("２０２４ ①"), "2024 1");
  });

  test("without blanks between words, and in Korean, by pairs of characters", () => {
    equal(terms("用户希望部署"), "用户 户希 希望 望部 部署");
    equal(terms("Postgres15を使う。猫"), "postgres15 を使 使う 猫");
    equal(terms("スーパー人々 ｽｰﾊﾟｰ"), "スー ーパ パー ー人 人々 スー ーパ パー");
    equal(terms("회의는 수요일 나"), "회의 의는 수요 요일 나");
    equal(terms("ภาษาไทย"), "ภา าษ ษา าไ ไท ทย");
    equal(terms("กำกี่"), "กํา ากี่", "marks go with their letters");
    const shared = termsOf("数据库的连接池").filter((term) => termsOf("连接池大小").includes(term));
    equal(shared, ["连接", "接池"]);
  });

  test("signs and pictures are no words, halves of pairs neither", () => {
    equal(terms("👍🏽 🎉 👨‍👩‍👧 -- *** ___ \ud800 \udc00 \ue000"), "");
    equal(terms("ok👍ok 1️⃣"), "ok ok 1");
    equal(terms("a_b snake_case", { stem: "none" }), "a b snake case");
    equal(terms(""), "");
  });

  test("English words that say nothing are passed over, but not where it is not told to be English", () => {
    equal(terms("What is the name of the user who does not drink it?"), "what name user who not drink");
    equal(terms("to be or not to be", { stem: "none" }), "to be or not to be");
    for (const word of STOP_WORDS) equal(terms(word), "", word);
    for (const word of ["not", "no", "when", "who", "will", "us", "may"]) ok(!STOP_WORDS.has(word), word);
  });

  test("a stemmer of one's own is called with each word, and its nothing is no term", () => {
    const seen: string[] = [];
    const stem = (word: string) => {
      seen.push(word);
      return word === "und" ? "" : word.slice(0, 3);
    };
    equal(terms("Häuser und Дома 3.5 用户", { stem }), "hau und дом 3.5 3 5 用户");
    equal(seen, ["hauser", "und", "дома"]);
  });

  test("data is cut to what tells enough", () => {
    equal(terms("z".repeat(1000), { stem: "none" }).length, 64);
    equal(terms("1.".repeat(1000)).split(" ")[0]!.length, 64);
  });

  test("a name of any object's property is a word", () => {
    equal(terms("__proto__ constructor toString", { stem: "none" }), "proto constructor tostring");
  });

  test("any text: no term is empty, blank or long, and how it is composed is of no matter", () => {
    fc.assert(
      fc.property(anyText({ maxLength: 80 }), fc.constantFrom("english", "none"), (text, stem) => {
        const found = termsOf(text, { stem });
        ok(
          found.every((term) => term.length > 0 && term.length <= 64 && !/\s/.test(term)),
          found.join("|"),
        );
        equal(termsOf(text.normalize("NFD"), { stem }), found);
        equal(termsOf(text.normalize("NFC"), { stem }), found);
        equal(termsOf(`${text} \u2028 ${text}`, { stem }), [...found, ...found], "the same of the same");
      }),
      { numRuns: cases(1000) },
    );
  });

  test("a text of very many characters of one kind takes no time", () => {
    for (const part of ["a", "a'", "1", "1.", "v", "'", "用", "́", "é", "🎉", "qu'", "\ud800"]) {
      termsOf(part.repeat(200_000));
    }
  });
};
