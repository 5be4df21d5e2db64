import type { Calibration } from "mneme/calibrate";
import { chartSvg, fixed, rule, text } from "./chart.ts";

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 112;
const TOP = 76;
const BOTTOM = 60;
const LABEL_HEIGHT = 17;

const SERIES = [
  { key: "precision", name: "precision" },
  { key: "recall", name: "recall" },
  { key: "f1", name: "F1" },
] as const;

/** The curve as an SVG. */
export function curveSvg({ threshold, precision, recall, f1, curve }: Calibration): string {
  const [first, last] = [curve[0]!.threshold, curve.at(-1)!.threshold];
  const least = Math.min(...curve.flatMap((point) => [point.precision, point.recall, point.f1]));
  const bottom = Math.min(0.9, Math.floor(10 * least) / 10);
  const x = (value: number): number =>
    LEFT + (last === first ? 0.5 : (value - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + ((1 - value) / (1 - bottom)) * (HEIGHT - TOP - BOTTOM);
  const best = { precision, recall, f1 };
  const shares = `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}`;
  const endings = apart(SERIES.map(({ key }) => y(curve.at(-1)![key]) + 4));
  const parts = [
    text(LEFT, 32, "title", `Threshold ${short(threshold)}`),
    text(LEFT, 54, "quiet", shares),
    ...ticks(bottom, 1).map(
      (value) => rule(LEFT, y(value), WIDTH - RIGHT, y(value)) + text(LEFT - 10, y(value) + 4, "end", short(value)),
    ),
    ...ticks(first, last).map((value) => text(x(value), HEIGHT - BOTTOM + 22, "middle", short(value))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "middle quiet", "threshold"),
    `<path class="best" d="M${fixed(x(threshold))} ${TOP}V${HEIGHT - BOTTOM}"/>`,
    ...SERIES.flatMap(({ key, name }, i) => [
      `<polyline class="${key}" points="${curve.map((point) => `${fixed(x(point.threshold))},${fixed(y(point[key]))}`).join(" ")}"/>`,
      `<circle class="${key}" cx="${fixed(x(threshold))}" cy="${fixed(y(best[key]))}" r="4"/>`,
      text(WIDTH - RIGHT + 10, endings[i]!, `${key} name`, name),
    ]),
  ];
  const title = `Precision, recall and F1 by threshold; at ${short(threshold)} ${shares}`;
  return chartSvg({ width: WIDTH, height: HEIGHT, title, lines: COLOURS, style: BEST, parts });
}

// Colours that those who see red and green alike can tell apart, on either ground; dashes for those who see none.
const COLOURS = {
  precision: { light: "#0969da", dark: "#58a6ff" },
  recall: { light: "#bc4c00", dark: "#f0883e", dashes: "8 4" },
  f1: { light: "#6e7781", dark: "#b1bac4", dashes: "3 3" },
};
const BEST = ".best { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 2 4 }\n";

/** Heights of labels that would stand on one another, moved until they do not. */
function apart(heights: readonly number[]): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const moved = [...heights];
  let lowest = HEIGHT - BOTTOM + 4;
  for (const i of [...order].reverse()) {
    moved[i] = Math.min(moved[i]!, lowest);
    lowest = moved[i]! - LABEL_HEIGHT;
  }
  return moved;
}

/** Round values within: by tenths, or finer where there would be fewer than three. */
function ticks(least: number, most: number): number[] {
  if (least === most) return [least];
  const step = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find((step) => (most - least) / step >= 3) ?? (most - least) / 4;
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function short(value: number): string {
  return `${Number(value.toFixed(4))}`;
}
