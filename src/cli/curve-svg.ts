import type { Calibration } from "mneme/calibrate";

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

/** The curve as an SVG that reads on a light page and on a dark one: it carries its own ground for either. */
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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">Precision, recall and F1 by threshold; at ${short(threshold)} ${shares}</title>
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${parts.join("\n")}
</svg>
`;
}

// Colours that those who see red and green alike can tell apart, on either ground; dashes for those who see none.
const STYLE = `
svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4; --precision: #0969da; --recall: #bc4c00; --f1: #6e7781 }
@media (prefers-color-scheme: dark) {
svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #2a313c; --precision: #58a6ff; --recall: #f0883e; --f1: #b1bac4 }
}
.ground { fill: var(--ground) }
text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.title { font-size: 17px; font-weight: 600 }
.quiet { fill: var(--quiet) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.name { font-weight: 600 }
.rule { stroke: var(--grid); stroke-width: 1 }
.best { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 2 4 }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
polyline.precision { stroke: var(--precision) } circle.precision, text.precision { fill: var(--precision) }
polyline.recall { stroke: var(--recall); stroke-dasharray: 8 4 } circle.recall, text.recall { fill: var(--recall) }
polyline.f1 { stroke: var(--f1); stroke-dasharray: 3 3 } circle.f1, text.f1 { fill: var(--f1) }
`;

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

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<path class="rule" d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}"/>`;
}

function text(x: number, y: number, className: string, content: string): string {
  return `<text class="${className}" x="${fixed(x)}" y="${fixed(y)}">${content}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
