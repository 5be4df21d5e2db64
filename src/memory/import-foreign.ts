import type { Engine } from "./engine.ts";
import { foreignIn, isMem0, type Reading, reasonOf } from "./foreign.ts";
import { damaged } from "./import-file.ts";
import type { CheckedImport, Imported } from "./importing.ts";
import { BATCH, type Candidate, Intake } from "./intake.ts";
import type { Found } from "./records.ts";

/** Takes in memories from elsewhere, batch by batch. What cannot be taken is told, and does not keep out the rest. */
export async function importForeign(
  engine: Engine,
  records: AsyncIterable<Found>,
  options: CheckedImport,
  redacted: Set<string>,
): Promise<Imported> {
  const intake = new Intake(engine, options, options.format ?? "jsonl", "none");
  const ids = new Set<string>();
  let reading: Reading | undefined;
  let batch: Candidate[] = [];
  for await (const { line, value } of records) {
    intake.lines = line;
    if (!isObject(value)) {
      intake.reject(line, value === undefined ? "it is not JSON" : "it is no JSON object");
      continue;
    }
    reading ??= readingOf(engine, options, value, redacted);
    const candidate = candidateIn(value, line, reading, intake);
    if (candidate === undefined) continue;
    const { id } = candidate.kept.memory;
    if (ids.has(id)) {
      intake.result.skipped++;
      continue;
    }
    ids.add(id);
    if (batch.push(candidate) < BATCH) continue;
    await intake.take(batch);
    batch = [];
  }
  if (reading === undefined && intake.lines > 0) {
    throw damaged("is neither a JSON list nor lines of JSON objects", "A text is what is to be imported, not a path.");
  }
  await intake.take(batch);
  const { format, tag } = reading ?? readingOf(engine, options, {}, redacted);
  return { ...intake.result, format, tag };
}

/** By the first of them that can be read. */
function readingOf(engine: Engine, options: CheckedImport, value: Fields, redacted: Set<string>): Reading {
  const format = options.format === "mem0" || (options.format === undefined && isMem0(value)) ? "mem0" : "jsonl";
  const source = options.source ?? format;
  const tag = `import:${source}:${new Date(engine.now()).toISOString().slice(0, 10)}`;
  return { engine, options, format, source, tag, redacted };
}

function candidateIn(value: Fields, line: number, reading: Reading, intake: Intake): Candidate | undefined {
  try {
    return { line, kept: foreignIn(value, reading), former: [] };
  } catch (error) {
    intake.reject(line, reasonOf(error));
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
