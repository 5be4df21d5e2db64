/** What remains of an English word without its endings: renews, renewing, renewed are one. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  let root = word;
  if (root.endsWith("ies")) root = `${root.slice(0, -3)}y`;
  else if (/(?:ss|x|ch|sh)es$/.test(root)) root = root.slice(0, -2);
  else if (/[^sui]s$/.test(root)) root = root.slice(0, -1);
  const bare = root.replace(/(?:ing|ed)$/, "");
  if (bare.length >= 3 && bare !== root && /[aeiouy]/.test(bare)) {
    root = /([bdfgmnprt])\1$/.test(bare) ? bare.slice(0, -1) : bare;
  }
  return root.length > 3 && root.endsWith("e") ? root.slice(0, -1) : root;
}

export function stems(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/).map(stem));
}

/** Slips of the finger: one letter left out, added or changed, or two neighbours in each other's place. */
export function isTypo(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a[0] !== b[0]) return false;
  let start = 1;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (x.length + y.length <= 1) return true;
  return x.length === y.length && (x.length === 1 || (x.length === 2 && x[0] === y[1] && x[1] === y[0]));
}
