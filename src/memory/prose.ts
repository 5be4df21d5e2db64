/** A program's name, and then what nobody writes in a sentence: options, paths, pipes; or nothing more than a word or two. */
const COMMAND =
  /^(?:[$%] \S|(?:npm|npx|pnpm|yarn|bun|deno|git|docker|kubectl|helm|terraform|curl|wget|sudo|pip3?|cargo|brew|apt(?:-get)?|ssh|scp|chmod|mkdir|rm|cp|mv|cd|ls|psql|aws|gcloud|make|go|node|python3?|cat|echo|export) (?:\S+(?: \S+)?$|.*(?: -\w|--|[|&<>=;"'{}]|\w\/\w)))/;
/** How a line of code begins, with what a sentence has not. */
const STATEMENT =
  /^(?:(?:import|export|const|let|var|def|class|function|return|public|private|static|async|await|fn|func|struct|enum|interface|type)\b.*(?:=|[{:;]$|\(\S*\)|["'`]$|;\s*\/\/)|(?:if|for|while|switch|catch|foreach) ?\(|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP) )/;
const SYMBOLS = /^(?:\/\/|\/\*|\*\/|#include|#!|<\/?[a-z]|@@|[+-]{3} |diff --git|at \S+ \(|[{}()[\]<>;,]+$)|[;{}]$/i;
const FENCE = /^\s*(?:```|~~~)/;

/** A text without what is in fences, and without lines that are code or commands. */
export function withoutCode(text: string): string {
  let isFenced = false;
  const lines = text.split("\n").filter((line) => {
    if (FENCE.test(line)) {
      isFenced = !isFenced;
      return false;
    }
    const trimmed = line.trim();
    return !(isFenced || COMMAND.test(trimmed) || STATEMENT.test(trimmed) || SYMBOLS.test(trimmed));
  });
  return lines.join("\n").trim();
}
