/** What a prompt asks, and what its answer depends on besides. */
export interface Question {
  query: string;
  scope: object;
  /** False: only the very same prompt is the same question. */
  semantic: boolean;
}

export interface PromptOptions {
  semantic: boolean;
  textOnly: boolean;
  scope: unknown;
}

/** How LangChain writes a conversation as one text: each turn on a new line, after who speaks. */
const TURN = /(?:^|\n)(System|Human|AI|Tool): /g;

/** Turns of which the last is a question and all before it are a plain conversation; by their first letters. */
const CONVERSATION = /^S*A?(?:HA)*H$/;

/** LangChain writes an image, a file or any other block as its type in brackets: two pictures look the same. */
const BLOCK = /\[[a-z][\w.-]{2,}(?: file)?\]/i;

/** What is longer holds documents, of which an embedding sees the beginning only. */
const LONGEST_QUESTION = 8000;

/** As much of a prompt as is kept to be read, where its scope holds all of it. */
const LONGEST_SHOWN = 1000;

/**
 * Undefined where the prompt does not tell what the model is asked. Turns are told apart by what they begin with, which may also stand
 * inside of one: where it is not clear that the last turn is the user's, the whole prompt has to be the same, to the letter.
 */
export function questionOf(
  prompt: string,
  llmKey: string,
  { semantic, textOnly, scope: more }: PromptOptions,
): Question | undefined {
  const llm = withoutSignal(llmKey);
  const isChat = !/(?:^|,)_model:"base_llm"/.test(llm);
  if (isChat && !textOnly && BLOCK.test(prompt)) return undefined;
  const exactly = { query: shownOf(prompt), scope: { llm, prompt, more }, semantic: false };
  if (!semantic) return exactly;
  const turns = [...prompt.matchAll(TURN)];
  const first = turns.find(([, speaker]) => speaker !== "System");
  const last = turns.at(-1);
  if (first === undefined || last === undefined) {
    return isChat || last !== undefined || !isQuestion(prompt)
      ? exactly
      : { query: prompt, scope: { llm, more }, semantic };
  }
  const speakers = turns.map(([, speaker]) => speaker![0]).join("");
  const query = prompt.slice(last.index + last[0].length);
  if (turns[0]!.index > 0 || !CONVERSATION.test(speakers) || !isQuestion(query)) return exactly;
  const system = prompt.slice(0, first.index);
  const history = prompt.slice(first.index, last.index);
  return { query, scope: { llm, system, history, more }, semantic };
}

function isQuestion(text: string): boolean {
  return text.length <= LONGEST_QUESTION && text.trim() !== "";
}

/** That a call can be aborted changes no answer. Texts are passed over, which may hold the same. */
function withoutSignal(llmKey: string): string {
  return llmKey.replace(/"(?:[^"\\]|\\.)*"|,signal:\{\}/g, (found) => (found[0] === '"' ? found : ""));
}

function shownOf(prompt: string): string {
  return prompt.slice(0, LONGEST_SHOWN).replace(/[\ud800-\udbff]$/, ""); // no half of a character
}
