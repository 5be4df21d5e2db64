import type { Embedder } from "mneme";
import { AgentMemory, type ImportOptions } from "mneme/memory";
import { type Named, named } from "./address.ts";
import { sameAs } from "./as-cache.ts";
import { memoriesOf } from "./as-memory.ts";
import { blobOf } from "./blob.ts";
import { type Command, parsed, UsageError, wholeNumber } from "./command.ts";
import { embedderOf } from "./embedder-module.ts";
import { printable, printJson } from "./output.ts";
import { Shown } from "./progress.ts";

/** A header is short; more is not read to find it. */
const HEAD = 2 ** 16;
/** So many of the lines that were refused are told to people. */
const TOLD = 10;

export const importing: Command = {
  what: "fill a store with memories, of other systems too",
  usage: `FILE ADDRESS [--embedder MODULE:EXPORT] [--namespace NAME] [--on-conflict skip|replace|error]

  FILE                       what export wrote, or memories of mem0, or a JSON list, or JSON lines
  --embedder MODULE:EXPORT   an Embedder, or a function that makes one: ./embedder.js:name, package:name; not
                             needed when FILE has the vectors of the embedder of ADDRESS, or that is new
  --namespace NAME           where all of it is to lie
  --on-conflict ACTION       what becomes of an id that is there: skip (the default), replace, error
  --format FORMAT            mneme, mem0 or jsonl, if it is not to be found out
  --source NAME              of memories from elsewhere: they are tagged import:NAME:DATE
  --tier TIER                of those without one: episodic (the default), working, semantic, procedural
  --min-length N             characters that memories from elsewhere must have (20)
  --json                     one JSON document`,

  async run(args, signal) {
    const { positionals, values, json } = parsed(args, ["FILE", "ADDRESS"], {
      embedder: { type: "string" },
      namespace: { type: "string" },
      "on-conflict": { type: "string" },
      format: { type: "string" },
      source: { type: "string" },
      tier: { type: "string" },
      "min-length": { type: "string" },
    });
    const [path, to] = positionals as [string, string];
    const options = {
      namespace: values.namespace,
      onConflict: values["on-conflict"],
      format: values.format,
      source: values.source,
      tier: values.tier,
      minLength: wholeNumber(values, "min-length", 0),
    } as ImportOptions; // what they may be, the import says
    const file = await blobOf(path, "Name a file of memories.");
    const place = await named(to);
    const { address, store } = place;
    const shown = new Shown();
    try {
      const embedder = await embedderFor(place, path, file, values.embedder as string | undefined);
      const memory = await AgentMemory.open({ embedder, store });
      const { rejected, unlisted, ...counts } = await memory.import(file.stream(), {
        ...options,
        signal,
        onProgress: ({ lines, imported }) => shown.tell(() => `${lines} lines read, ${imported} memories imported`),
      });
      shown.end();
      await memory.close();
      if (json) printJson({ file: path, address, ...counts, rejected, unlisted });
      else {
        const { imported, replaced, skipped, pending, tag } = counts;
        const refused = rejected.length + unlisted;
        process.stdout.write(
          `${imported} memories imported into ${address}, ${replaced} replaced, ${skipped} there before, ${refused} refused\n`,
        );
        for (const { line, reason } of rejected.slice(0, TOLD))
          process.stdout.write(`  ${line}: ${printable(reason)}\n`);
        if (pending > 0) process.stdout.write(`${pending} wait for a vector: memory.repair() gives them one\n`);
        if (tag !== undefined && imported > 0) process.stdout.write(`tagged ${printable(tag)}\n`);
      }
      return 0;
    } finally {
      shown.end();
      await store.close();
    }
  },
};

/** The one that is named; or what stands in for one that has nothing to do, as the file has the vectors of the store, or it is new. */
async function embedderFor(
  { store, address }: Named,
  path: string,
  file: Blob,
  specifier: string | undefined,
): Promise<Embedder | null> {
  if (specifier !== undefined) return embedderOf(specifier);
  const identity = await store.identify?.();
  const ours = identity && memoriesOf(identity, address);
  const theirs = await embedderIn(file);
  if (ours === null) return null; // it has no vectors
  if (ours === undefined && theirs !== undefined) return theirs;
  const isSame = ours?.fingerprint === theirs?.fingerprint && ours?.dimensions === theirs?.dimensions;
  if (ours !== undefined && isSame) return ours;
  throw new UsageError(`--embedder is missing: ${path} has no vectors of the embedder of ${address}.`);
}

/** Whose vectors an export holds; null: of none. Undefined: it is no export. */
async function embedderIn(file: Blob): Promise<Embedder | null | undefined> {
  try {
    const [line = ""] = (await file.slice(0, HEAD).text()).split("\n", 1);
    const { fingerprint, dimensions } = JSON.parse(line) as { fingerprint?: unknown; dimensions?: unknown };
    if (fingerprint === null) return null;
    if (typeof fingerprint === "string" && typeof dimensions === "number") return sameAs({ fingerprint, dimensions });
  } catch {
    // It is no export, and names no embedder.
  }
  return undefined;
}
