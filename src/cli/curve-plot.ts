import type { Calibration, CurvePoint } from "mneme/calibrate";
import { bold, cyan, dim, green, yellow } from "./terminal.ts";

const ROWS = 14;
const LEAST_COLUMNS = 20;
const MOST_COLUMNS = 100;
/** What stands left of the drawing: "1.00 ┤". */
const MARGIN = 6;
/** The legend on one line. */
const LEGEND_COLUMNS = 41;
/** Dots of a braille character. */
const ACROSS = 2;
const DOWN = 4;
/** Their bits, by place: columns of a character, from the top. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE = 0x2800;

/** Told apart by colour, and without one by how many dots of six are drawn. */
const SERIES = [
  { key: "precision", name: "precision", sample: "⠤⠤⠤", paint: green, drawn: 6 },
  { key: "recall", name: "recall", sample: "⠄⠄⠄", paint: yellow, drawn: 1 },
  { key: "f1", name: "F1", sample: "⠤ ⠤", paint: cyan, drawn: 4 },
] as const;

interface Cell {
  bits: number;
  paint: (text: string) => string;
}

/** Precision, recall and F1 against the threshold, `width` characters wide, with a line where the best one is. */
export function plotCurve({ threshold, curve }: Calibration, width: number): string {
  const columns = Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, width - MARGIN));
  const [first, last] = [curve[0]!.threshold, curve.at(-1)!.threshold];
  const least =
    Math.floor(10 * Math.min(...curve.flatMap(({ precision, recall, f1 }) => [precision, recall, f1]))) / 10;
  const bottom = Math.min(0.9, least);
  const across = (x: number): number =>
    Math.round((last === first ? 0.5 : (x - first) / (last - first)) * (columns * ACROSS - 1));
  const up = (y: number): number => Math.round(((1 - y) / (1 - bottom)) * (ROWS * DOWN - 1));

  const cells = Array.from({ length: ROWS }, () =>
    Array.from({ length: columns }, (): Cell => ({ bits: 0, paint: dim })),
  );
  for (const { key, paint, drawn } of SERIES) {
    let step = 0;
    for (const [x, y] of dots(curve, key, across, up)) {
      if (step++ % 6 >= drawn) continue;
      const cell = cells[Math.floor(y / DOWN)]![Math.floor(x / ACROSS)]!;
      cell.bits |= BITS[x % ACROSS]![y % DOWN]!;
      cell.paint = paint;
    }
  }
  const marked = Math.floor(across(threshold) / ACROSS);
  const lines = cells.map((row, i) => {
    const drawing = row.map(({ bits, paint }, column) => {
      if (bits > 0) return paint(String.fromCharCode(BRAILLE + bits));
      return column === marked ? dim("│") : " ";
    });
    const value = 1 - ((1 - bottom) * (i + 0.5)) / ROWS;
    const label =
      i === 0 ? "1.00" : i === ROWS - 1 ? bottom.toFixed(2) : i % 3 === 0 && i < ROWS - 2 ? value.toFixed(2) : "";
    return `${dim(`${label.padStart(4)} ${label === "" ? "│" : "┤"}`)}${drawing.join("").trimEnd()}`;
  });
  const legend = [
    ...SERIES.map(({ name, sample, paint }) => `${paint(sample)} ${name}`),
    `${dim("│")} ${bold(shown(threshold))}`,
  ];
  const under = columns < LEGEND_COLUMNS ? legend : [legend.join("  ")];
  return [
    ...lines,
    dim(`     └${"─".repeat(columns)}`),
    dim(`${" ".repeat(MARGIN)}${underAxis(first, last, columns)}`),
    ...under.map((line) => `${" ".repeat(MARGIN)}${line}`),
    "",
  ].join("\n");
}

/** From point to point, every dot between them. */
function* dots(
  curve: readonly CurvePoint[],
  key: keyof CurvePoint,
  across: (x: number) => number,
  up: (y: number) => number,
): Generator<[x: number, y: number]> {
  let from: [number, number] | undefined;
  for (const point of curve) {
    const to: [number, number] = [across(point.threshold), up(point[key])];
    const [x, y] = from ?? to;
    const steps = Math.max(Math.abs(to[0] - x), Math.abs(to[1] - y), 1);
    for (let step = from === undefined ? steps : 1; step <= steps; step++) {
      yield [Math.round(x + ((to[0] - x) * step) / steps), Math.round(y + ((to[1] - y) * step) / steps)];
    }
    from = to;
  }
}

/** As many thresholds as have room. */
function underAxis(first: number, last: number, columns: number): string {
  if (first === last) return shown(first).padStart(Math.floor(columns / 2));
  const count = Math.max(2, Math.floor(columns / 16) + 1);
  const labels = Array.from({ length: count }, (_, i) => shown(first + ((last - first) * i) / (count - 1)));
  const room = labels.reduce((sum, label) => sum + label.length, 0);
  const gap = (columns - room) / (count - 1);
  let line = "";
  let at = 0;
  for (const label of labels) {
    line = line.padEnd(Math.round(at)) + label;
    at += label.length + gap;
  }
  return line;
}

function shown(threshold: number): string {
  return threshold.toFixed(2);
}
