import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { bundle, SQL_JS_MODULE, sqlJsModule } from "./bundle.ts";
import { launchChromium } from "./chromium.ts";
import { launchFirefox } from "./firefox.ts";
import { servePages } from "./page-server.ts";
import { launchWebKit } from "./webkit.ts";

export interface Browser {
  /** Opens a page and leaves it open until `done`. */
  visit(url: string, done: Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

const LAUNCH: Record<string, () => Promise<Browser>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkitgtk: launchWebKit,
};

/** Where the suite runs in each browser, and the query that asks for it. */
const PLACES: Record<string, string> = { page: "", worker: "in=worker", "page without WebAssembly": "wasm=off" };

export const browserStages: Stage[] = Object.entries(LAUNCH).map(([name, launch]) => ({
  name,
  async run(tell) {
    const script = await bundle("page-entry.js", `${name}/page.js`, {});
    await writeFile(join(dirname(script), SQL_JS_MODULE), await sqlJsModule());
    await writeFile(
      join(dirname(script), "index.html"),
      '<!doctype html><script type="module" src="page.js"></script>',
    );
    await visitPages(launch, dirname(script), async (visit) => {
      for (const [place, query] of Object.entries(PLACES)) tell(`${name}, ${place}`, await visit(`/?${query}`));
    });
  },
}));

/** Serves a folder to a browser of its own; `visit` opens a page and answers what it reports. */
export async function visitPages(
  launch: () => Promise<Browser>,
  folder: string,
  work: (visit: (path: string) => Promise<Report>) => Promise<void>,
): Promise<void> {
  const server = await servePages(folder);
  try {
    const browser = await launch();
    try {
      await work(async (path) => {
        const report = server.report();
        await Promise.race([browser.visit(`${server.url}${path}`, report), report]);
        return report;
      });
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
