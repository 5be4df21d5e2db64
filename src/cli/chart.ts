/** An SVG that reads on a light page and on a dark one: it carries its own ground for either. */
export interface Chart {
  width: number;
  height: number;
  title: string;
  /** By the name of a line: its colours on a light and on a dark ground, and how it is dashed. */
  lines: Readonly<Record<string, { light: string; dark: string; dashes?: string }>>;
  /** Rules of style besides. */
  style?: string;
  parts: readonly string[];
}

export function chartSvg({ width, height, title, lines, style = "", parts }: Chart): string {
  const colours = (ground: "light" | "dark"): string =>
    Object.entries(lines)
      .map(([name, line]) => `--${name}: ${line[ground]}`)
      .join("; ");
  const drawn = Object.entries(lines).map(([name, { dashes }]) => {
    const dashed = dashes === undefined ? "" : `; stroke-dasharray: ${dashes}`;
    return `polyline.${name} { stroke: var(--${name})${dashed} } circle.${name}, text.${name} { fill: var(--${name}) }\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4; ${colours("light")} }
@media (prefers-color-scheme: dark) {
svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #2a313c; ${colours("dark")} }
}
.ground { fill: var(--ground) }
text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.title { font-size: 17px; font-weight: 600 }
.quiet { fill: var(--quiet) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.name { font-weight: 600 }
.rule { stroke: var(--grid); stroke-width: 1 }
polyline { fill: none; stroke-width: 2.5; stroke-linejoin: round }
${style}${drawn.join("")}</style>
<rect class="ground" width="${width}" height="${height}" rx="6"/>
${parts.filter((part) => part !== "").join("\n")}
</svg>
`;
}

export function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<path class="rule" d="M${fixed(x1)} ${fixed(y1)}L${fixed(x2)} ${fixed(y2)}"/>`;
}

export function text(x: number, y: number, className: string, content: string): string {
  return `<text class="${className}" x="${fixed(x)}" y="${fixed(y)}">${escaped(content)}</text>`;
}

export function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
