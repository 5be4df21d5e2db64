import type { Report } from "../harness.ts";

/** Tells the server the page came from how the suite went. */
export function postReport(report: Report): void {
  fetch("/report", { method: "POST", body: JSON.stringify(report) });
}

/** For a suite that could not run. */
export function reportOf(name: string, error: unknown): Report {
  return { passed: 0, failed: [{ name, error: String(error) }] };
}
