import { type Entry, MnemeError } from "mneme";
import { opened } from "./address.ts";
import { type Command, parsed, UsageError, wholeNumber } from "./command.ts";
import { printJson, printTable, short, time } from "./output.ts";
import { reading } from "./reading.ts";

const LIMIT = 20;
const WIDTH = 60;

export const inspect: Command = {
  what: "look through the entries of a store, or at one",
  usage: `ADDRESS [ID] [--search TEXT] [--namespace NAME] [--limit N] [--after ID]

  ID                 all of this entry
  --search TEXT      entries whose question or answer has this in it, whatever its case
  --namespace NAME   of this one only
  --limit N          so many at a time (${LIMIT})
  --after ID         the next ones: the id that the page before ended with
  --vector           with an ID and --json: also the vector
  --json             one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["ADDRESS", "[ID]"], {
      search: { type: "string" },
      namespace: { type: "string" },
      limit: { type: "string" },
      after: { type: "string" },
      vector: { type: "boolean" },
    });
    const limit = wholeNumber(values, "limit", 1) ?? LIMIT;
    const after = wholeNumber(values, "after", 0) ?? 0;
    const id = positionals[1] === undefined ? undefined : Number(positionals[1]);
    if (id !== undefined && !Number.isSafeInteger(id))
      throw new UsageError(`ID expected a number, got "${positionals[1]}".`);
    const { store } = await opened(positionals[0]!);
    try {
      if (id !== undefined) {
        const [entry] = await store.getMany([id]);
        if (entry === undefined)
          throw new MnemeError("argument", `There is no entry ${id}.`, "`mneme inspect ADDRESS` lists them.");
        showOne(entry, json, values.vector === true);
        return 0;
      }
      const namespace = values.namespace as string | undefined;
      const wanted = (values.search as string | undefined)?.toLowerCase();
      const found: Entry[] = [];
      for await (const entry of reading(store, signal, { after, ...(namespace === undefined ? {} : { namespace }) })) {
        if (wanted !== undefined && !`${entry.text}\n${entry.value}`.toLowerCase().includes(wanted)) continue;
        found.push(entry);
        if (found.length > limit) break; // one more than is shown, to know that there are more
      }
      const more = found.length > limit;
      const page = found.slice(0, limit);
      const next = more ? page.at(-1)!.id : null;
      if (json) printJson({ entries: page.map((entry) => document(entry, false)), next });
      else showPage(page, next);
      return 0;
    } finally {
      await store.close();
    }
  },
};

function showPage(page: readonly Entry[], next: number | null): void {
  if (page.length === 0) {
    process.stdout.write("no entries\n");
    return;
  }
  const rows = page.map((entry) => [
    entry.id,
    short(entry.namespace, 20),
    time(entry.accessedAt),
    entry.hits,
    time(entry.expiresAt),
    short(entry.text, WIDTH),
  ]);
  printTable(rows, ["id", "namespace", "last used", "hits", "expires", "question"]);
  if (next !== null) process.stdout.write(`\nmore: --after ${next}\n`);
}

function showOne(entry: Entry, json: boolean, withVector: boolean): void {
  if (json) {
    printJson(document(entry, withVector));
    return;
  }
  const { id, namespace, key, text, value, vector, metadata, tags, createdAt, accessedAt, expiresAt, hits, revision } =
    entry;
  printTable([
    ["id", String(id)],
    ["namespace", namespace],
    ["question", text],
    ["answer", value],
    ["created", time(createdAt)],
    ["last used", time(accessedAt)],
    ["expires", time(expiresAt)],
    ["hits", String(hits)],
    ["tags", tags.join(", ")],
    ["metadata", JSON.stringify(metadata)],
    ["vector", vector === null ? "none: only the exact layer finds it" : `${vector.length} dimensions`],
    ["key", key],
    ["revision", String(revision)],
  ]);
}

/** The answer as the value it is; what is no JSON, as its text. */
function document(entry: Entry, withVector: boolean): object {
  const { vector, value, ...rest } = entry;
  let response: unknown = value;
  try {
    response = JSON.parse(value);
  } catch {
    // A damaged entry is what one may be looking for.
  }
  return {
    ...rest,
    response,
    vector: vector === null ? null : withVector ? [...vector] : `${vector.length} dimensions`,
  };
}
