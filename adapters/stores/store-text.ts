// Databases keep fewer texts than JavaScript has: some end one at its first NUL, and UTF-8 has no lone surrogates. Both are
// spelt out, with an escape character that is itself spelt out, so that different texts stay different and come back as they were.

/** Nearly no text has anything to be spelt out: looking for it is much cheaper than replacing. */
export function escaped(text: string): string {
  if (!/[\0\u001b\ud800-\udfff]/.test(text)) return text; // with any surrogate, lone or not, it is looked at closely
  return text.replace(/[\0\u001b]|\p{Surrogate}/gu, (unit) => {
    return `\u001b${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

export function unescaped(text: string): string {
  if (!text.includes("\u001b")) return text;
  return text.replaceAll(/\u001b([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
