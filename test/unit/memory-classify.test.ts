import fc from "fast-check";
import { classify, extractFacts } from "../../src/memory/classify.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { TEXTS } from "./memory-classify-texts.ts";
import { HOSTILE, repeated } from "./memory-hostile.ts";

const DECISION = "We decided to use Postgres instead of MySQL.";
const FACT = "The API listens on port 8080 and is hosted in Frankfurt.";
const PREFERENCE = "The user prefers tabs and never wants emoji.";
const HOWTO = "To deploy, run make release and then approve the job.";
const PROBLEM = "The build fails with an error when the cache is missing.";

/** What a text is good for, by its words. */
export const memoryClassifyTests: Suite = (test) => {
  test("kinds are told as in the labelled texts, in the half that the words were chosen by and in the other", () => {
    equal(counts(0), { texts: 50, found: 48, right: 48, chatter: 31, mistaken: 0 });
    equal(counts(1), { texts: 50, found: 45, right: 44, chatter: 30, mistaken: 2 });
  });

  test("decisions, problems and facts are semantic; preferences and instructions are procedural", () => {
    const of = (text: string) => [classify(text)?.kind, classify(text)?.tier];
    equal(of(DECISION), ["decision", "semantic"]);
    equal(of(PROBLEM), ["problem", "semantic"]);
    equal(of(FACT), ["fact", "semantic"]);
    equal(of(PREFERENCE), ["preference", "procedural"]);
    equal(of(HOWTO), ["howto", "procedural"]);
  });

  test("the more markers, the surer, up to five; one alone is not enough, unless the text is long", () => {
    const sure = (text: string) => classify(text)?.confidence;
    equal(sure("The user prefers tea in the morning."), undefined);
    equal(sure("The user prefers tea and never coffee."), 0.4);
    equal(sure("The user prefers tea and never wants coffee."), 0.6);
    equal(sure("The user prefers tea, likes cake, never wants coffee, hates milk, and avoids sugar, please."), 1);
    const long = (length: number) => "The user prefers tea. ".padEnd(length, "x");
    equal([sure(long(200)), sure(long(201))], [undefined, 0.4]);
  });

  test("what is said twice counts once", () => {
    equal(classify("The user prefers tea, prefers cake and prefers milk."), undefined);
  });

  test("texts have 20 to 400 characters, whatever white space is around them", () => {
    const padded = (length: number, by = "é") => `I prefer tea never ${by.repeat(length - 19)}`;
    for (const by of ["é", "😀"]) {
      equal(
        [20, 400, 401].map((length) => classify(padded(length, by)) !== undefined),
        [true, true, false],
      );
    }
    equal(classify("I prefer, never tea"), undefined, "19");
    ok(classify(`\n ${padded(400)} \n`) !== undefined, "400 and white space");
  });

  test("what is hedged, asked, only talk, a transcript or code is none", () => {
    for (const text of [DECISION, FACT, PREFERENCE, HOWTO, PROBLEM]) {
      ok(classify(text) !== undefined, text);
      for (const other of [
        `Maybe ${text}`,
        `${text} I am not sure.`,
        `${text.slice(0, -1)}?`,
        `Let me see: ${text}`,
        `User: ${text}`,
        `A transcript.\nAssistant: ${text}`,
        `\`${text}\` is what it says`,
        `A part of the text:\n\`\`\`\n${text}\n\`\`\`\nand so on`,
      ]) {
        equal(classify(other), undefined, other);
      }
    }
    for (const line of CODE) equal(classify(`What it says in there:\n${line}\n`), undefined, line);
    for (const line of NO_CODE) ok(classify(line) !== undefined, line);
  });

  test("facts are found in paragraphs, items, sentences and what each one says", () => {
    const contents = (text: string) => extractFacts(text).map(({ content }) => content);
    equal(contents(""), []);
    equal(contents("Nothing to see here.\n\nGo on."), []);
    equal(contents(`Hello there.\n\n${DECISION}\n\nThat is all.\n\n${FACT}`), [DECISION, FACT]);
    equal(contents(`User: ${PREFERENCE}\nAssistant: Noted, thanks.\nUser: ${FACT}`), [PREFERENCE, FACT]);
    equal(contents(`- ${DECISION}\n* ${PROBLEM}\n12. ${HOWTO}`), [DECISION, PROBLEM, HOWTO]);
    equal(contents(`Maybe it is so. ${DECISION} Is it? ${PROBLEM}`), [DECISION, PROBLEM]);
    const two = "The user prefers tea. She never drinks coffee.";
    equal(contents(two), [two], "as a whole, where it is one");
    equal(contents("We decided to use Postgres\ninstead of MySQL."), [DECISION], "a line that is broken");
    equal(contents(`${DECISION}\n\n${DECISION}`), [DECISION]);
    equal(contents(`\`\`\`\n\n${DECISION}\n\n\`\`\`\n\n${FACT}`), [FACT]);
    const withCode = "To deploy, first run `make release`, then approve it.";
    equal(contents(`git commit -m x\n${withCode}`), [withCode]);
    equal(contents(`${"It was a long day. ".repeat(30)}${DECISION}`), [DECISION]);
    equal(extractFacts(DECISION), [{ content: DECISION, ...classify(DECISION)! }]);
  });

  test("of more than five facts the surest are kept, in their order", () => {
    const surer = "The user prefers tea and never wants coffee.";
    const plain = Array.from({ length: 5 }, (_, i) => `The user prefers tea number ${i} and never coffee.`);
    equal(
      extractFacts([...plain, surer].join("\n\n")).map(({ content }) => content),
      [...plain.slice(0, 4), surer],
    );
  });

  test("no text is too strange, or too long", () => {
    for (const unit of [
      ...Object.values(HOSTILE),
      "first ",
      "To a ",
      "a.A ",
      "- a\n",
      "```\n",
      "`",
      "git a ",
      "if a;",
      "A! ",
    ]) {
      const text = repeated(unit, cases(200_000));
      ok(extractFacts(text).length <= 5, unit);
      equal(classify(text), undefined);
      classify(text.slice(0, 400));
    }
    fc.assert(
      fc.property(anyText({ maxLength: 500 }), (text) => {
        ok((classify(text)?.confidence ?? 1) > 0.3, text);
        for (const { content } of extractFacts(text)) ok(content.length >= 20, content);
      }),
    );
  });
};

function counts(half: number) {
  const all = Object.entries(TEXTS).flatMap(([kind, texts]) =>
    texts
      .trim()
      .split("\n")
      .filter((_, i) => i % 2 === half)
      .map((text) => [kind, classify(text.replaceAll("\\n", "\n"))?.kind ?? "none"] as const),
  );
  const count = (is: (kind: string, got: string) => boolean) => all.filter(([kind, got]) => is(kind, got)).length;
  return {
    texts: count((kind) => kind !== "none"),
    found: count((kind, got) => kind !== "none" && got !== "none"),
    right: count((kind, got) => kind !== "none" && got === kind),
    chatter: count((kind) => kind === "none"),
    mistaken: count((kind, got) => kind === "none" && got !== "none"),
  };
}

const CODE = `
$ npm run decide -- --because "we chose it over the other"
git commit -m "We decided to drop it because it fails"
import { decided } from "./because"; // instead of that
const decided = chosen.because(reason);
if (decided) return because;
SELECT decided FROM decisions WHERE because = 'rejected'
// We decided to use this because of that
return decided ?? because;
kubectl apply -f decided-because.yaml`
  .trim()
  .split("\n");

const NO_CODE = [
  "if the build fails (it crashes with an error), restart the runner",
  "git is broken on the server: every push fails with an error.",
  "for the release (in May) we decided to drop the old client because of its size",
  "Docker was chosen instead of Podman because it is known to all.",
  "make sure that the changelog is updated first, then tag the commit",
  "Select the role first, then click on it.",
];
