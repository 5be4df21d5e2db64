import { chartSvg, fixed, rule, text } from "../../src/cli/chart.ts";

/** Milliseconds a search, by the number of rows. */
export interface CurvePoint {
  rows: number;
  mneme: number | undefined;
  numpy: number | undefined;
  loop: number | undefined;
}

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 84;
const RIGHT = 160;
const TOP = 76;
const BOTTOM = 64;

const LINES = [
  { key: "loop", name: "plain loop" },
  { key: "numpy", name: "NumPy float32" },
  { key: "mneme", name: "mneme" },
] as const;

/** An SVG of cost against size, both axes by powers of ten. */
export function plot(points: readonly CurvePoint[], under: string): string {
  const values = points.flatMap((point) => LINES.map(({ key }) => point[key]).filter((ms) => ms !== undefined));
  const rows = points.map((point) => point.rows);
  const across = axis(Math.min(...rows), Math.max(...rows), LEFT, WIDTH - RIGHT);
  const up = axis(10 ** Math.floor(Math.log10(Math.min(...values))), Math.max(...values), HEIGHT - BOTTOM, TOP);
  const parts = [
    text(LEFT, 32, "title", "Time of one search, by the number of rows"),
    text(LEFT, 54, "quiet", under),
    ...ticks(Math.min(...rows), Math.max(...rows)).map(
      (n) =>
        rule(across(n), TOP, across(n), HEIGHT - BOTTOM) +
        text(across(n), HEIGHT - BOTTOM + 20, "middle", n.toLocaleString("en")),
    ),
    ...ticks(Math.min(...values), Math.max(...values)).map(
      (ms) => rule(LEFT, up(ms), WIDTH - RIGHT, up(ms)) + text(LEFT - 10, up(ms) + 4, "end", time(ms)),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, "middle quiet", "rows"),
    ...LINES.map(({ key, name }) => {
      const known = points.filter((point) => point[key] !== undefined);
      const last = known.at(-1);
      if (last === undefined) return "";
      const places = known.map((point) => [across(point.rows), up(point[key]!)] as const);
      const [x, y] = places.at(-1)!;
      return [
        `<polyline class="${key}" points="${places.map((place) => place.map(fixed).join(",")).join(" ")}"/>`,
        ...places.map(([x, y]) => `<circle class="${key}" cx="${fixed(x)}" cy="${fixed(y)}" r="3.5"/>`),
        text(x + 12, y - 2, `${key} name`, name),
        text(x + 12, y + 14, "quiet", time(Number(last[key]!.toPrecision(2)))),
      ].join("\n");
    }),
  ];
  const title = `Time of one search by the number of rows: ${LINES.map(({ name }) => name).join(", ")}`;
  return chartSvg({ width: WIDTH, height: HEIGHT, title, lines: COLOURS, parts });
}

// Colours that those who see red and green alike can tell apart, on either ground.
const COLOURS = {
  mneme: { light: "#0969da", dark: "#58a6ff" },
  numpy: { light: "#bc4c00", dark: "#f0883e" },
  loop: { light: "#6e7781", dark: "#b1bac4", dashes: "6 4" },
};

function axis(least: number, most: number, from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log10(least), Math.log10(most)];
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

/** Powers of ten within. */
function ticks(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.floor(Math.log10(most));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function time(ms: number): string {
  if (ms >= 1000) return `${ms / 1000} s`;
  return ms < 1 ? `${Number((ms * 1000).toPrecision(3))} µs` : `${ms} ms`;
}
