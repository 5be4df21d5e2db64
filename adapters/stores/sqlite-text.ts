// Some engines end a text at its first NUL when they return it, and UTF-8 has no lone surrogates. Both are spelt out, with
// an escape character that is itself spelt out, so that different texts stay different and come back as they were.

export function toSql(text: string): string {
  return text.replace(
    /[\0\u001b]|\p{Surrogate}/gu,
    (unit) => `\u001b${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function fromSql(text: string): string {
  return text.replaceAll(/\u001b([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
