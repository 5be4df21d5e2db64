import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { MnemeError } from "mneme";
import { type Calibration, findThreshold, type ThresholdOptions } from "mneme/calibrate";
import { plotCurve } from "./curve-plot.ts";
import { FORMATS, type Format, report } from "./curve-report.ts";
import { curveSvg } from "./curve-svg.ts";
import { Failure, reason } from "./failure.ts";
import { loadEmbedder } from "./named-embedder.ts";
import { readPairs } from "./pair-file.ts";

export const what = "the threshold that tells your paraphrases from your distractors";

const BAD_GRID = 1;
const USAGE_OR_FILE = 2;
const EMBEDDER = 3;
const NO_THRESHOLD = 4;

/** The arguments, then what each does. */
const usage = `--paraphrases FILE --distractors FILE --embedder MODULE:ATTR

  --paraphrases FILE      pairs that deserve one answer: JSONL, {"a": "…", "b": "…"} a line; # starts a comment
  --distractors FILE      pairs that are alike and deserve two
  --embedder MODULE:ATTR  an embedder, or what makes one; such as mneme/embedders:energeticEmbedder, ./mine.js:embedder
  --target-metric NAME    what is to be highest: f1 (the default), precision or recall; also --target
  --min-precision P       consider only thresholds with at least this precision
  --min-recall R          … with at least this recall
  --vector-dtype TYPE     as the cache's dtype: float32 (the default), float16 or int8
  --no-normalise          for a cache with normalise: false
  --grid "0.7,0.8,0.9"    thresholds to try; default 0.50, 0.51 … 0.99
  --format FORMAT         human (the default), json or csv
  --output FILE           where the result goes; default: stdout
  --plot                  draw precision, recall and F1
  --svg FILE              … as an SVG

exit codes: 0 found, 1 bad grid, 2 bad usage or unreadable file, 3 no such embedder, 4 no such threshold, 5 malformed pairs
`;

/** Reads pairs, embeds them, tells the best threshold. Returns the exit code; throws if it was aborted. */
export async function calibrate(args: readonly string[], signal?: AbortSignal): Promise<number> {
  try {
    await run(args, signal);
    return 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`mneme calibrate: ${error.message}`);
    return error.exitCode;
  }
}

async function run(args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  const given = parse(args);
  if (given === undefined) {
    process.stdout.write(`usage: mneme calibrate ${usage}`);
    return;
  }
  const { files, format, output, plot, svg, options } = given;
  const paraphrases = await readPairs(files.paraphrases);
  const distractors = await readPairs(files.distractors);
  const embedder = await loadEmbedder(files.embedder);
  let result: Calibration;
  try {
    result = await findThreshold(paraphrases, distractors, embedder, { ...options, signal, onProgress: tellProgress });
  } catch (error) {
    signal?.throwIfAborted();
    // What an embedder lacks shows when it is first used.
    const lacks = error instanceof MnemeError && error.code === "unsupported";
    throw new Failure(lacks ? EMBEDDER : NO_THRESHOLD, reason(error));
  }
  const text = report(result, format, options.grid !== undefined);
  if (output === undefined) process.stdout.write(text);
  else await write(output, text);
  if (svg !== undefined) await write(svg, curveSvg(result));
  if (!plot) return;
  // What a script reads from stdout is not to have a drawing in it.
  const screen = output === undefined && format !== "human" ? process.stderr : process.stdout;
  screen.write(`\n${plotCurve(result, screen.columns ?? (Number(process.env.COLUMNS) || 80))}`);
}

function parse(args: readonly string[]) {
  const values = parseFlags(args);
  if (values.help) return undefined;
  const { paraphrases, distractors, embedder, format, output, plot, svg } = values;
  if (paraphrases === undefined || distractors === undefined || embedder === undefined) {
    throw misused("--paraphrases, --distractors and --embedder are needed");
  }
  const options: ThresholdOptions = {
    targetMetric: oneOf("--target-metric", values["target-metric"] ?? values.target, ["f1", "precision", "recall"]),
    dtype: oneOf("--vector-dtype", values["vector-dtype"], ["float32", "float16", "int8"]),
    minPrecision: share("--min-precision", values["min-precision"]),
    minRecall: share("--min-recall", values["min-recall"]),
    grid: parseGrid(values.grid),
    normalise: !values["no-normalise"],
  };
  const files = { paraphrases, distractors, embedder };
  return { files, format: oneOf<Format>("--format", format, FORMATS) ?? "human", output, plot, svg, options };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        paraphrases: { type: "string" },
        distractors: { type: "string" },
        embedder: { type: "string" },
        "target-metric": { type: "string" },
        target: { type: "string" },
        "min-precision": { type: "string" },
        "min-recall": { type: "string" },
        "vector-dtype": { type: "string" },
        "no-normalise": { type: "boolean" },
        grid: { type: "string" },
        format: { type: "string" },
        output: { type: "string" },
        plot: { type: "boolean" },
        svg: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw misused(reason(error));
  }
}

function misused(problem: string): Failure {
  return new Failure(USAGE_OR_FILE, `${problem}\n\nusage: mneme calibrate ${usage.trimEnd()}`);
}

function oneOf<T extends string>(flag: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  const found = allowed.find((one) => one === value);
  if (found !== undefined || value === undefined) return found;
  throw misused(`${flag} expected one of ${allowed.join(", ")}, not ${value}`);
}

function share(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() !== "" && number >= 0 && number <= 1) return number;
  throw misused(`${flag} expected a number from 0 to 1, not ${value}`);
}

function parseGrid(text: string | undefined): number[] | undefined {
  return text?.split(",").map((part) => {
    const threshold = Number(part);
    if (part.trim() !== "" && threshold >= -1 && threshold <= 1) return threshold;
    throw new Failure(
      BAD_GRID,
      `--grid expected numbers from -1 to 1 with commas between, not ${JSON.stringify(text)}`,
    );
  });
}

/** For who waits at a terminal. */
function tellProgress({ embedded, total }: { embedded: number; total: number }): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(embedded < total ? `\rembedded ${embedded} of ${total} texts` : `\r${" ".repeat(50)}\r`);
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new Failure(USAGE_OR_FILE, `cannot write ${path}: ${reason(error)}`);
  }
}
