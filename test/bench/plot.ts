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

/** An SVG of cost against size, both axes by powers of ten. It carries its own ground, so it reads on any page. */
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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">Time of one search by the number of rows: ${LINES.map(({ name }) => name).join(", ")}</title>
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${parts.filter((part) => part !== "").join("\n")}
</svg>
`;
}

// Colours that those who see red and green alike can tell apart, on either ground.
const STYLE = `
svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4; --mneme: #0969da; --numpy: #bc4c00; --loop: #6e7781 }
@media (prefers-color-scheme: dark) {
svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #2a313c; --mneme: #58a6ff; --numpy: #f0883e; --loop: #b1bac4 }
}
.ground { fill: var(--ground) }
text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.title { font-size: 17px; font-weight: 600 }
.quiet { fill: var(--quiet) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.rule { stroke: var(--grid); stroke-width: 1 }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
polyline.mneme { stroke: var(--mneme) } circle.mneme, text.mneme { fill: var(--mneme) }
polyline.numpy { stroke: var(--numpy) } circle.numpy, text.numpy { fill: var(--numpy) }
polyline.loop { stroke: var(--loop); stroke-dasharray: 6 4 } circle.loop, text.loop { fill: var(--loop) }
.name { font-weight: 600 }
`;

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

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<path class="rule" d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}"/>`;
}

function text(x: number, y: number, className: string, content: string): string {
  return `<text class="${className}" x="${fixed(x)}" y="${fixed(y)}">${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
