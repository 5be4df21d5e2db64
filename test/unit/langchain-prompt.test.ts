import fc from "fast-check";
import { questionOf } from "../../adapters/llm/langchain-prompt.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

const CHAT = '_model:"base_chat_model",_type:"fake",temperature:0';
const PLAIN = '_model:"base_llm",_type:"fake"';
const OPTIONS = { semantic: true, textOnly: false, scope: undefined };

const ask = (prompt: string, llmKey = CHAT, options: Partial<typeof OPTIONS> = {}) =>
  questionOf(prompt, llmKey, { ...OPTIONS, ...options });

const isExact = (prompt: string, llmKey = CHAT): boolean => {
  const question = ask(prompt, llmKey);
  return question?.semantic === false && (question.scope as { prompt: string }).prompt === prompt;
};

export const langchainPromptTests: Suite = (test) => {
  test("the last turn is the question, all before it is its scope", () => {
    equal(ask("System: sys\nHuman: q1\nAI: a1\nHuman: q2"), {
      query: "q2",
      scope: { llm: CHAT, system: "System: sys", history: "\nHuman: q1\nAI: a1", more: undefined },
      semantic: true,
    });
    equal(ask("Human: q\nof two lines"), {
      query: "q\nof two lines",
      scope: { llm: CHAT, system: "", history: "", more: undefined },
      semantic: true,
    });
    for (const prompt of ["AI: Hello!\nHuman: q", "System: a\nSystem: b\nHuman: q", "Human: a\nAI: b\nHuman: q"]) {
      equal(ask(prompt)?.query, "q", prompt);
    }
  });

  test("where the last turn is not clearly the user's, the prompt is the same to the letter or not at all", () => {
    const exact = [
      "System: only",
      "Human: q\nAI: a",
      "Human: q\nTool: 72°F",
      'Human: q\nAI: [{"name":"t","args":{}}]\nTool: r\nHuman: q2',
      "Human: Summarise:\nHuman: hi\nAI: hello\nHuman: bye",
      "Human: a\nHuman: b",
      "Human: a\nSystem: b\nHuman: c",
      "critic: be brief",
      "Human: ",
      `Human: ${"long ".repeat(2000)}`,
    ];
    for (const prompt of exact) ok(isExact(prompt), prompt.slice(0, 60));
    equal(ask("Human: q", CHAT, { semantic: false })?.semantic, false);
  });

  test("a plain model's prompt is a text, and a conversation only where it begins as one", () => {
    equal(ask("What is a tram?", PLAIN), {
      query: "What is a tram?",
      scope: { llm: PLAIN, more: undefined },
      semantic: true,
    });
    equal(ask("Human: a\nAI: b\nHuman: q", PLAIN)?.query, "q");
    ok(isExact("Answer.\nHuman: q", PLAIN), "who speaks first is not told");
    ok(isExact("   ", PLAIN), "blank");
    equal(ask("What is [image]?", PLAIN)?.semantic, true, "this is what it reads");
  });

  test("what may stand for a picture or a file is no question, unless chats hold texts only", () => {
    for (const block of ["[image]", "[video]", "[text-plain file]", "[document]", "[image_url]", "[custom.block-2]"]) {
      for (const prompt of [`Human: what is this?${block}`, `Human: ${block}\nAI: a cat\nHuman: sure?`]) {
        equal(ask(prompt), undefined, prompt);
        ok(ask(prompt, CHAT, { textOnly: true }) !== undefined, prompt);
      }
    }
    equal(ask('Human: a[0], [1, 2] and ["b"]')?.semantic, true, "no type is written so");
  });

  test("that a call can be aborted is no part of the model's key; a text that says the same is", () => {
    const scopeWith = (llmKey: string): unknown => (ask("Human: q", llmKey)!.scope as { llm: string }).llm;
    equal(scopeWith('_model:"m",signal:{},stop:["a"]'), '_model:"m",stop:["a"]');
    equal(scopeWith('_model:"m",stop:["a,signal:{}\\",signal:{}"]'), '_model:"m",stop:["a,signal:{}\\",signal:{}"]');
  });

  test("two prompts that differ in anything but the last question never share a scope", () => {
    const turn = fc.record({
      speaker: fc.constantFrom("System", "Human", "AI", "Tool"),
      text: anyText({ maxLength: 8 }),
    });
    const chat = fc
      .array(turn, { minLength: 1, maxLength: 4 })
      .map((turns) => turns.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n"));
    fc.assert(
      fc.property(chat, chat, fc.constantFrom(CHAT, PLAIN), (a, b, llmKey) => {
        const [one, other] = [ask(a, llmKey), ask(b, llmKey)];
        if (one === undefined || other === undefined || a === b) return;
        const isSame = JSON.stringify(one.scope) === JSON.stringify(other.scope);
        if (!isSame) return;
        ok(one.semantic && other.semantic && a.endsWith(one.query) && b.endsWith(other.query), "exact ones differ");
        equal(a.slice(0, -one.query.length), b.slice(0, -other.query.length));
      }),
    );
  });

  test("whatever a prompt is, something is said of it, and long ones are kept short to be read", () => {
    fc.assert(
      fc.property(anyText(), anyText(), (prompt, llmKey) => {
        const question = ask(prompt, llmKey);
        ok(question === undefined || typeof question.query === "string", "a question");
      }),
    );
    equal(ask(`Tool: ${"x".repeat(993)}😀y`)?.query.length, 999, "no half of a character");
  });
};
