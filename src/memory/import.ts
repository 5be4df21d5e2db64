import type { Engine } from "./engine.ts";
import { damaged, FileImport, isHeader } from "./import-file.ts";
import { importForeign } from "./import-foreign.ts";
import { type CheckedImport, checkImport, type Imported, type ImportOptions } from "./importing.ts";
import { checkSource, type ImportSource, Lines, parsed, textOf } from "./lines.ts";
import { nextFilled, recordsIn } from "./records.ts";

/** Of the first line: a list that is one JSON text has to be held whole. */
const LONGEST_TEXT = 2 ** 28;

/** Takes in what `export` wrote, or memories from elsewhere. */
export async function importFrom(engine: Engine, source: ImportSource, options: ImportOptions): Promise<Imported> {
  const began = performance.now();
  const checked = checkImport(options);
  const lines = new Lines(checkSource(source), LONGEST_TEXT, checked.signal);
  const redacted = new Set<string>();
  try {
    const result = await imported(engine, lines, checked, redacted);
    if (result.pending > 0) engine.onPending();
    const { imported: count, replaced, skipped, rejected, unlisted } = result;
    const counts = { imported: count, replaced, skipped, rejected: rejected.length + unlisted };
    engine.emit({ type: "import", ...counts, redacted: [...redacted], ms: performance.now() - began });
    return result;
  } finally {
    await lines.close();
  }
}

async function imported(
  engine: Engine,
  lines: Lines,
  options: CheckedImport,
  redacted: Set<string>,
): Promise<Imported> {
  const first = await nextFilled(lines);
  if (first === undefined) throw damaged("is empty", "Nothing was imported.");
  const { format = isHeader(parsed(textOf(first.bytes))) ? "mneme" : undefined } = options;
  if (format === "mneme") return new FileImport(engine, options, first).run(lines);
  return importForeign(engine, recordsIn(lines, first), options, redacted);
}
