import type { Calibration, CurvePoint } from "mneme/calibrate";

export const FORMATS = ["human", "json", "csv"] as const;
export type Format = (typeof FORMATS)[number];

/** `whole`: every point of the curve is for people too, as they named the thresholds. */
export function report(result: Calibration, format: Format, whole: boolean): string {
  if (format === "json") return json(result);
  return format === "csv" ? csv(result) : human(result, whole);
}

function json({ threshold, precision, recall, f1, curve }: Calibration): string {
  const triples = curve.map((point) => [point.threshold, point.precision, point.recall]);
  return `${JSON.stringify({ threshold, precision, recall, f1, pr_curve: triples }, undefined, 2)}\n`;
}

function csv({ curve }: Calibration): string {
  const lines = curve.map(({ threshold, precision, recall, f1 }) => [threshold, precision, recall, f1].join(","));
  return ["threshold,precision,recall,f1", ...lines, ""].join("\n");
}

function human(result: Calibration, whole: boolean): string {
  const points = whole ? result.curve : result.curve.filter(({ threshold }) => isMultiple(threshold, 0.05));
  const lines = [
    `optimal threshold  ${result.threshold.toFixed(3)}`,
    `precision          ${result.precision.toFixed(3)}`,
    `recall             ${result.recall.toFixed(3)}`,
    `F1                 ${result.f1.toFixed(3)}`,
    "",
    "threshold  precision  recall     F1",
    ...points.map(row),
  ];
  return `${lines.join("\n")}\n`;
}

function row({ threshold, precision, recall, f1 }: CurvePoint): string {
  const place = isMultiple(threshold, 0.01) ? threshold.toFixed(2) : threshold.toFixed(4);
  return `${place.padStart(9)}  ${precision.toFixed(3).padStart(9)}  ${recall.toFixed(3).padStart(6)}  ${f1.toFixed(3)}`;
}

function isMultiple(x: number, step: number): boolean {
  return Math.abs(x / step - Math.round(x / step)) < 1e-9;
}
