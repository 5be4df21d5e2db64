import type { Entry } from "../store/entry.ts";

// Tags of the cache's own. An entry carries them wherever it goes; no user gives them, and no hit shows them.

export const OWN_TAGS = "mneme:";
const REJECTED = `${OWN_TAGS}rejected:`;
/** To mark an entry is to write it, which raises its revision: this says since which one its answer is there. */
const SINCE = `${OWN_TAGS}since:`;

type Marked = Pick<Entry, "tags" | "revision">;

export function isMarked({ tags }: Pick<Entry, "tags">, pair?: string): boolean {
  return pair === undefined ? tags.some((tag) => tag.startsWith(REJECTED)) : tags.includes(REJECTED + pair);
}

/** For how many questions it was rejected. */
export function marksOf({ tags }: Pick<Entry, "tags">): number {
  return tags.filter((tag) => tag.startsWith(REJECTED)).length;
}

/** Its tags, once it was rejected for one more. */
export function markedTags({ tags, revision }: Marked, pair: string): string[] {
  const isDated = tags.some((tag) => tag.startsWith(SINCE));
  return [...tags, ...(isDated ? [] : [SINCE + revision]), REJECTED + pair];
}

/** The revision of the put that its answer came with. */
export function putAt({ tags, revision }: Marked): number {
  const since = tags.find((tag) => tag.startsWith(SINCE));
  const said = since === undefined ? Number.NaN : Number(since.slice(SINCE.length));
  return said < revision ? said : revision;
}

/** What another store may take over: revisions of this one say nothing there. */
export function portableTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => !tag.startsWith(SINCE));
}
