import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Embedder, MnemeError } from "mneme";
import { type Calibration, findThreshold, type ThresholdOptions } from "mneme/calibrate";
import type { Command } from "./command.ts";
import { plotCurve } from "./curve-plot.ts";
import { FORMATS, type Format, report } from "./curve-report.ts";
import { curveSvg } from "./curve-svg.ts";
import { embedderOf } from "./embedder-module.ts";
import { Failure, reason } from "./failure.ts";
import { complain } from "./output.ts";
import { readPairs } from "./pair-file.ts";
import { Shown } from "./progress.ts";

const BAD_GRID = 1;
const USAGE_OR_FILE = 2;
const EMBEDDER = 3;
const NO_THRESHOLD = 4;

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
  --format FORMAT         human (the default), json or csv; --json is short for the second
  --output FILE           where the result goes; default: stdout
  --plot                  draw precision, recall and F1
  --svg FILE              … as an SVG

exit codes: 0 found, 1 bad grid, 2 bad usage or unreadable file, 3 no such embedder, 4 no such threshold, 5 malformed pairs`;

/** Reads pairs, embeds them, tells the best threshold. Has exit codes of its own. */
export const calibrate: Command = {
  what: "the threshold that tells your paraphrases from your distractors",
  usage,
  async run(args, signal) {
    try {
      await findAndReport(parse(args), signal);
      return 0;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(`mneme calibrate: ${error.message}`);
      return error.exitCode;
    }
  },
};

async function findAndReport(
  { files, format, output, plot, svg, options }: ReturnType<typeof parse>,
  signal: AbortSignal,
): Promise<void> {
  const paraphrases = await readPairs(files.paraphrases);
  const distractors = await readPairs(files.distractors);
  const embedder = await embedderNamed(files.embedder);
  const shown = new Shown();
  let result: Calibration;
  try {
    const onProgress: ThresholdOptions["onProgress"] = ({ embedded, total }) =>
      shown.tell(() => `${embedded} of ${total} texts embedded`);
    result = await findThreshold(paraphrases, distractors, embedder, { ...options, signal, onProgress });
  } catch (error) {
    signal.throwIfAborted();
    // What an embedder lacks shows when it is first used.
    const lacks = error instanceof MnemeError && error.code === "unsupported";
    throw new Failure(lacks ? EMBEDDER : NO_THRESHOLD, reason(error));
  } finally {
    shown.end();
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

async function embedderNamed(specifier: string): Promise<Embedder> {
  try {
    return await embedderOf(specifier);
  } catch (error) {
    throw new Failure(EMBEDDER, reason(error));
  }
}

function parse(args: readonly string[]) {
  const values = parseFlags(args);
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
  return {
    files,
    format: values.json ? "json" : (oneOf<Format>("--format", format, FORMATS) ?? "human"),
    output,
    plot,
    svg,
    options,
  };
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
        json: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw misused(reason(error));
  }
}

function misused(problem: string): Failure {
  return new Failure(USAGE_OR_FILE, `${problem}\n\nusage: mneme calibrate ${usage}`);
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

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new Failure(USAGE_OR_FILE, `cannot write ${path}: ${reason(error)}`);
  }
}
