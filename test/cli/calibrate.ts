import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CurvePoint } from "../../src/calibrate/calibrate.ts";
import { equal, ok } from "../conformance/assert.ts";
import { run, type Test } from "../harness.ts";
import { PROGRAMS } from "../runtimes/processes.ts";
import { ROOT, type Stage } from "../stage.ts";
import { randomVector, seeded } from "../unit/vectors.ts";

const MAIN = join(ROOT, "dist/src/cli/main.js");
const WORDS = "mneme/testing:testEmbedder";

/** The command as people run it: a process, files, exit codes. */
export const calibrateStage: Stage = {
  name: "calibrate command",
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-calibrate-"));
    try {
      await writeFiles(folder);
      tell("calibrate command", await run({ "mneme calibrate": (test) => commandTests(test, folder) }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const PAIRS = {
  paraphrases: [
    ["how do I reset my password", "how can I reset my password"],
    ["where is my order right now", "where is my order"],
  ],
  distractors: [
    ["how do I reset my password", "how do I reset my router"],
    ["where is my order", "where is the station"],
  ],
} as const;

async function writeFiles(folder: string): Promise<void> {
  const jsonl = (pairs: readonly (readonly [string, string])[]): string =>
    pairs.map(([a, b]) => JSON.stringify({ a, b })).join("\n");
  await writeFile(join(folder, "same.jsonl"), `\ufeff# real questions\n\n${jsonl(PAIRS.paraphrases)}\r\n`);
  await writeFile(join(folder, "other.jsonl"), `${jsonl(PAIRS.distractors)}\n  # the end`);
  await writeFile(join(folder, "empty.jsonl"), "# nothing yet\n");
  await writeFile(join(folder, "broken.jsonl"), `# one\n${jsonl(PAIRS.paraphrases.slice(0, 1))}\n{"a": "b"\n`);
  await writeFile(join(folder, "half.jsonl"), `{"a": "b"}\n`);
  await writeFile(join(folder, "latin1.jsonl"), Uint8Array.of(0x22, 0xe9, 0x22));
  await writeFile(
    join(folder, "mine.mjs"),
    `import { readFileSync } from "node:fs";
const rows = () => JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
const embed = (texts) => { const all = rows(); return texts.map((text) => Float32Array.from(all[Number(text)])); };
export const embedder = { fingerprint: "mine", dimensions: 24, embed };
export async function make() { return embedder; }
export class Mine { fingerprint = "mine"; dimensions = 24; embed(texts) { return embed(texts); } }
export const nothing = 1;
export function fails() { throw new Error("no key was given"); }
export const late = { ...embedder, embed: async () => { throw new Error("the service is down"); } };
`,
  );
}

function commandTests(test: Test, folder: string): void {
  const start = (args: readonly string[], runtime = "node 22", env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    ended(runtime, [MAIN, "calibrate", ...args], folder, env);
  const pairs = ["--paraphrases", "same.jsonl", "--distractors", "other.jsonl"];
  const words = [...pairs, "--embedder", WORDS];

  test("human output: the threshold, what it does, the curve at multiples of 0.05; alike in every runtime", async () => {
    const outputs = await Promise.all(
      ["node 20", "node 22", "node 26", "deno", "bun"].map((name) => start(words, name)),
    );
    const [{ code, stdout, stderr }] = outputs as [Ended];
    equal([code, stderr], [0, ""]);
    const lines = stdout.split("\n");
    ok(/^optimal threshold {2}0\.\d{3}$/.test(lines[0]!), stdout);
    ok(/^precision {10}\d\.\d{3}$/.test(lines[1]!) && /^F1 {17}\d\.\d{3}$/.test(lines[3]!), stdout);
    equal(
      lines.slice(6, -1).map((line) => line.trim().split(/ +/)[0]),
      [..."0123456789"].map((i) => (0.5 + Number(i) / 20).toFixed(2)),
    );
    for (const other of outputs) equal(other, outputs[0]!);
  });

  test("json and csv, to stdout or a file; a grid of one's own is shown whole", async () => {
    const json = JSON.parse((await start([...words, "--format", "json"])).stdout) as Record<string, unknown>;
    equal(Object.keys(json), ["threshold", "precision", "recall", "f1", "pr_curve"]);
    equal(
      (json.pr_curve as number[][]).map((triple) => triple.length),
      new Array<number>(50).fill(3),
    );
    const { code, stdout } = await start([...words, "--format", "csv", "--grid", "0.9, 0.61", "--output", "out.csv"]);
    equal([code, stdout], [0, ""]);
    const csv = await readFile(join(folder, "out.csv"), "utf8");
    ok(/^threshold,precision,recall,f1\n0\.61(,[\d.]+){3}\n0\.9(,[\d.]+){3}\n$/.test(csv), csv);
    const human = await start([...words, "--grid", "0.9,0.61", "--target", "recall"]);
    equal(
      human.stdout
        .split("\n")
        .slice(6)
        .map((line) => line.trim().split(/ +/)[0]),
      ["0.61", "0.90", ""],
    );
  });

  test("what it finds is what the specification says, written once more in Python", async () => {
    const random = seeded(11);
    const vectors = Array.from({ length: 40 }, () => randomVector(24, random).map((x) => Math.fround(x + 0.9)));
    const place = (): number => Math.floor(Math.abs(random()) * 40) % 40;
    const some = (count: number): [number, number][] =>
      Array.from({ length: count }, () => [place(), place()] as [number, number]).filter(([a, b]) => a !== b);
    const job = { vectors, paraphrases: some(40), distractors: some(90) };
    await writeFile(join(folder, "vectors.json"), JSON.stringify(vectors));
    for (const kind of ["paraphrases", "distractors"] as const) {
      const lines = job[kind].map(([a, b]) => JSON.stringify({ a: `${a}`, b: `${b}` }));
      await writeFile(join(folder, `${kind}.jsonl`), lines.join("\n"));
    }
    const cases = [
      { dtype: "float32", grid: null, target: "f1", precision: null, recall: null, embedder: "./mine.mjs:embedder" },
      { dtype: "float16", grid: null, target: "recall", precision: 0.35, recall: null, embedder: "mine.mjs:make" },
      { dtype: "int8", grid: null, target: "precision", precision: null, recall: 0.4, embedder: "./mine.mjs:Mine" },
      {
        dtype: "int8",
        grid: [0.55, 0.6004, 0.71],
        target: "f1",
        precision: 0.1,
        recall: 0.1,
        embedder: `${join(folder, "mine.mjs")}:embedder`,
      },
      { dtype: "float32", grid: null, target: "f1", precision: 0.9, recall: 0.9, embedder: "./mine.mjs:embedder" },
    ];
    const { status, stdout, stderr } = spawnSync("python3", [join(ROOT, "test/cli/calibrate-reference.py")], {
      input: JSON.stringify({ ...job, cases }),
      encoding: "utf8",
    });
    equal(status, 0, stderr);
    const answers = JSON.parse(stdout) as { curve: CurvePoint[]; best: CurvePoint | null; nearest: number }[];
    for (const [i, { curve, best, nearest }] of answers.entries()) {
      const { dtype, grid, target, precision, recall, embedder } = cases[i]!;
      ok(nearest > 1e-6, `case ${i} turns on the order of a sum`);
      const flags = Object.entries({ grid, "min-precision": precision, "min-recall": recall })
        .filter(([, value]) => value !== null)
        .flatMap(([flag, value]) => [`--${flag}`, `${value}`]);
      const found = await start([
        ...["--paraphrases", "paraphrases.jsonl", "--distractors", "distractors.jsonl", "--embedder", embedder],
        ...["--vector-dtype", dtype, "--target-metric", target, "--format", "json", ...flags],
      ]);
      equal(found.code, best === null ? 4 : 0, found.stderr);
      if (best === null) continue;
      equal(JSON.parse(found.stdout), {
        ...best,
        pr_curve: curve.map((point) => [point.threshold, point.precision, point.recall]),
      });
    }
    equal(
      answers.map(({ best }) => best === null),
      [false, false, false, false, true],
    );
  });

  const failures: Record<string, [code: number, args: string[], told: string]> = {
    "a grid that is none": [1, [...words, "--grid", "0.5,,0.7"], "--grid expected numbers"],
    "a threshold that is none": [1, [...words, "--grid", "0.5,1.5"], "--grid expected numbers"],
    "a missing file": [2, ["--paraphrases", "no.jsonl", ...pairs.slice(2), "--embedder", WORDS], "no.jsonl"],
    "a folder for a file": [2, ["--paraphrases", ".", ...pairs.slice(2), "--embedder", WORDS], "cannot read ."],
    "a place that cannot be written": [2, [...words, "--output", "no/where"], "cannot write no/where"],
    "a flag that is missing": [2, pairs, "--embedder"],
    "a flag there is not": [2, [...words, "--frobnicate"], "--frobnicate"],
    "a share that is none": [2, [...words, "--min-precision", "high"], "--min-precision expected"],
    "a dtype there is not": [2, [...words, "--vector-dtype", "int4"], "--vector-dtype expected"],
    "a module there is not": [3, [...pairs, "--embedder", "no-such-package:make"], "no-such-package"],
    "an export there is not": [
      3,
      [...pairs, "--embedder", "./mine.mjs:none"],
      'no export "none"; it has Mine, embedder',
    ],
    "an embedder without a name": [3, [...pairs, "--embedder", "./mine.mjs"], 'no export "default"'],
    "what is no embedder": [3, [...pairs, "--embedder", "./mine.mjs:nothing"], "no embedder"],
    "a factory that fails": [3, [...pairs, "--embedder", "./mine.mjs:fails"], "no key was given"],
    "no threshold with so much": [
      4,
      [...words, "--min-recall", "1", "--grid", "0.99"],
      "The best recall is 0 (at 0.99)",
    ],
    "no pairs in a file": [
      4,
      ["--paraphrases", "empty.jsonl", ...pairs.slice(2), "--embedder", WORDS],
      '"paraphrases" is empty',
    ],
    "an embedder that fails later": [4, [...pairs, "--embedder", "./mine.mjs:late"], "the service is down"],
    "a line that is not JSON": [
      5,
      ["--paraphrases", "broken.jsonl", ...pairs.slice(2), "--embedder", WORDS],
      "broken.jsonl:3: ",
    ],
    "a line without b": [
      5,
      [...pairs.slice(0, 2), "--distractors", "half.jsonl", "--embedder", WORDS],
      "half.jsonl:1: ",
    ],
    "a file that is not UTF-8": [
      5,
      ["--paraphrases", "latin1.jsonl", ...pairs.slice(2), "--embedder", WORDS],
      "not UTF-8",
    ],
  };
  for (const [name, [code, args, told]] of Object.entries(failures)) {
    test(`exit code ${code}: ${name}`, async () => {
      const result = await start(args);
      equal([result.code, result.stdout], [code, ""], result.stderr);
      ok(result.stderr.startsWith("mneme calibrate: ") && result.stderr.includes(told), result.stderr);
      ok(!result.stderr.includes("    at "), `it shows where, not why:\n${result.stderr}`);
    });
  }

  test("--help says what there is", async () => {
    const { code, stdout } = await start(["--help"]);
    equal(code, 0);
    for (const flag of ["--paraphrases", "--min-recall", "--plot", "exit codes"]) ok(stdout.includes(flag), flag);
  });

  test("--plot draws as wide as there is room, beside what a script reads; colour only for people", async () => {
    for (const columns of [40, 90]) {
      const { stdout } = await start([...words, "--plot"], "node 22", { COLUMNS: `${columns}` });
      const drawing = stdout.split("\n").slice(17);
      const widest = Math.max(...drawing.map((line) => line.length));
      equal(widest, columns, stdout);
      ok(/[\u2801-\u28ff]/.test(stdout) && stdout.includes("│") && !stdout.includes("\u001b"), stdout);
    }
    const { stdout, stderr } = await start([...words, "--plot", "--format", "json"]);
    ok("pr_curve" in (JSON.parse(stdout) as object) && stderr.includes("precision"), stderr);
  });

  test("--svg is well formed, and has a ground for light and for dark", async () => {
    equal((await start([...words, "--svg", "curve.svg", "--grid", "0.5"])).code, 0);
    equal((await start([...words, "--svg", "curve.svg"])).code, 0);
    const svg = await readFile(join(folder, "curve.svg"), "utf8");
    const { status, stderr } = spawnSync("python3", ["-c", "import sys, xml.dom.minidom as m; m.parse(sys.stdin)"], {
      input: svg,
      encoding: "utf8",
    });
    equal(status, 0, stderr);
    ok(svg.includes("prefers-color-scheme: dark") && !/NaN|undefined|Infinity/.test(svg), svg);
    equal(
      [...svg.matchAll(/<polyline class="(\w+)" points="([^"]+)"/g)].map(([, name, points]) => [
        name,
        points!.split(" ").length,
      ]),
      [
        ["precision", 50],
        ["recall", 50],
        ["f1", 50],
      ],
    );
  });

  test("the real model, as it comes with mneme/embedders", async () => {
    const { code, stdout, stderr } = await start([
      ...pairs,
      "--embedder",
      "mneme/embedders:energeticEmbedder",
      "--format",
      "json",
    ]);
    equal(code, 0, stderr);
    const { threshold, precision, recall } = JSON.parse(stdout) as CurvePoint;
    ok(threshold > 0.5 && precision === 1 && recall === 1, stdout);
  });
}

function ended(runtime: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const [command, ...flags] = PROGRAMS[runtime]!;
  const child = spawn(command!, [...flags, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: undefined, DENO_NO_UPDATE_CHECK: "1", DENO_DIR: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    result.stdout += data;
  });
  child.stderr.on("data", (data) => {
    result.stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...result, code }));
  });
}
