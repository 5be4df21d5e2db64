import type { Memory } from "./memory.ts";
import type { Row } from "./row.ts";

/** Begins the tags that say whom a memory is about. */
const PREFIX = "subject:";

function subjectTag(subject: string): string {
  return `${PREFIX}${subject}`;
}

/** Said by a tag, or by the metadata's "subject" or "author". */
export function isAbout(row: Row, subject: string): boolean {
  const { tags, facets } = row;
  return tags.includes(subjectTag(subject)) || facets.get("subject") === subject || facets.get("author") === subject;
}

/** Where what memories say goes into another one, whom they are about goes with it: forgetting them has to find it. */
export function subjectTagsOf(memories: Iterable<Memory>): string[] {
  const tags = new Set<string>();
  for (const { tags: own, metadata } of memories) {
    for (const tag of own) if (tag.startsWith(PREFIX)) tags.add(tag);
    for (const subject of [metadata.subject, metadata.author])
      if (typeof subject === "string") tags.add(subjectTag(subject));
  }
  return [...tags];
}

/** The tags of something that is written: those given, or what it had; and whom it is about, now or before. */
export function tagsFor(
  { tags, subject }: { tags?: string[] | undefined; subject?: string | undefined },
  before: readonly string[] = [],
): string[] {
  const about = before.filter((tag) => tag.startsWith(PREFIX));
  const now = subject === undefined ? [] : [subjectTag(subject)];
  return [...new Set([...(tags ?? before), ...about, ...now])];
}

export function aboutToo(memory: Memory, others: Iterable<Memory>): Memory {
  return { ...memory, tags: [...new Set([...memory.tags, ...subjectTagsOf(others)])] };
}
