import { join } from "node:path";
import type { Report } from "../harness.ts";
import { type Browser, pageOf, visitPages } from "../runtimes/browsers.ts";
import { bundle } from "../runtimes/bundle.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { launchFirefox } from "../runtimes/firefox.ts";
import { PROGRAMS, runIn } from "../runtimes/processes.ts";
import { launchWebKit } from "../runtimes/webkit.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";

type Noted = Report & { notes: string[] };

/** So long readers read while one thread writes. */
const SECONDS = 4;
const LONGER: Record<string, number> = { "node 26": 20 };
/** … and caches in front of an index. */
const CACHE_SECONDS = 3;
/** Its sql.js keeps a file to one connection. */
const ONE_CONNECTION = ["node 20"];
/** A program that has come to its end is gone by then. */
const ENDS_IN_MS = 60_000;

const PROCESSES = Object.keys(PROGRAMS).filter((name) => name !== "node 22" && name !== "node 24"); // between two of their engine
const processStages: Stage[] = PROCESSES.map((name) => ({
  name: `threads, ${name}`,
  async run(tell) {
    const entry = join(ROOT, "dist/test/threads/process-entry.js");
    const caches = ONE_CONNECTION.includes(name) ? 0 : CACHE_SECONDS;
    const args = [LONGER[name] ?? SECONDS, caches].map(String);
    const report = reportIn((await runIn(name, [entry, ...args])).stdout) as Noted;
    tell(`threads, ${name} (${report.notes.join("; ")})`, report);
    tell(`threads, ${name}, a program that ends`, await endings(name));
  },
}));

/** In WebKitGTK memory that threads could share cannot be given to them. Safari can. */
const BROWSERS: Record<string, { launch: () => Promise<Browser>; places: Record<string, string> }> = {
  chromium: {
    launch: launchChromium,
    places: {
      page: `/?seconds=${SECONDS}&caches=${CACHE_SECONDS}`,
      "page that is not isolated": "/?threads=none&isolated=no",
    },
  },
  firefox: {
    launch: launchFirefox,
    places: {
      page: `/?seconds=${SECONDS}&caches=${CACHE_SECONDS}`,
      "page that is not isolated": "/?threads=none&isolated=no",
    },
  },
  webkitgtk: { launch: launchWebKit, places: { "page, which falls back to one thread": "/?threads=none" } },
};

const browserStages: Stage[] = Object.entries(BROWSERS).map(([name, { launch, places }]) => ({
  name: `threads, ${name}`,
  async run(tell) {
    const folder = await pageOf("../threads/page-entry.js", `threads-${name}`, "index");
    await bundle("../../src/kernel/thread-entry.js", `threads-${name}/thread-entry.js`, {});
    await visitPages(launch, folder, async (visit) => {
      for (const [place, path] of Object.entries(places)) {
        const report = (await visit(path)) as Noted;
        tell(`threads, ${name}, ${place}${report.notes.length > 0 ? ` (${report.notes.join("; ")})` : ""}`, report);
      }
    });
  },
}));

export const threadStages: Stage[] = [...processStages, ...browserStages];

/** Programs that have come to their end while helpers sleep, or have been told to end. */
async function endings(name: string): Promise<Report> {
  const report: Report = { passed: 0, failed: [] };
  for (const how of ["open", "closed"]) {
    const ended = runIn(name, [join(ROOT, "dist/test/threads/exit-entry.js"), how]).then(
      ({ stdout }) => stdout.trim(),
      (error: Error) => error.message,
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("it does not end"), ENDS_IN_MS);
    });
    const told = await Promise.race([ended, patience]);
    clearTimeout(timer);
    if (told === "helped") report.passed++;
    else report.failed.push({ name: `with its index ${how}`, error: told });
  }
  return report;
}
