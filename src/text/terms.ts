export interface TermOptions {
  stem?: "english" | "none" | ((word: string) => string) | undefined;
}
export function termsOf(text: string, _o: TermOptions = {}): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
