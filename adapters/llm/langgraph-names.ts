// A namespace of LangGraph is a path of any labels, one of a memory a text with "/" between its parts; a key of LangGraph is one of
// its namespace, an id of a memory one of all. Every name has one of the other kind, and comes back from it to the letter.

/** A namespace that a program wrote may be any: it is a path, too. */
export function namespaceOf(path: readonly string[]): string {
  return path.map((label) => spelt(label, "/", "2F")).join("/");
}

export function pathOf(namespace: string): string[] {
  return namespace.split("/").map((label) => unspelt(label, "/", "2F"));
}

/** The namespace ends at the first "#". */
export function idOf(namespace: string, key: string): string {
  return `${spelt(namespace, "#", "23")}#${spelt(key, "\0", "00")}`;
}

/** What was not put by a key has its id for one. */
export function keyOf(namespace: string, id: string): string {
  const start = idOf(namespace, "");
  return id.startsWith(start) ? unspelt(id.slice(start.length), "\0", "00") : id;
}

/** Without a sign: it is "%2F" instead. Whatever is spelt so already gets one more "25", and all else stays as it is. */
function spelt(text: string, sign: string, code: string): string {
  const spellings = new RegExp(`%((?:25)*${code})|${sign}`, "g");
  return text.replace(spellings, (_, rest?: string) => (rest === undefined ? `%${code}` : `%25${rest}`));
}

function unspelt(text: string, sign: string, code: string): string {
  const spellings = new RegExp(`%((?:25)*)${code}`, "g");
  return text.replace(spellings, (_, more: string) => (more === "" ? sign : `%${more.slice(2)}${code}`));
}
