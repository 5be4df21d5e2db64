import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../harness.ts";
import type { Stage } from "../stage.ts";
import { bundle } from "./bundle.ts";
import { launchChromium } from "./chromium.ts";
import { launchFirefox } from "./firefox.ts";
import { servePages } from "./page-server.ts";
import { launchWebKit } from "./webkit.ts";

export interface Browser {
  /** Opens pages side by side, as tabs of one window, and leaves them open until `done`. */
  visit(urls: readonly string[], done: Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export interface BrowserOptions {
  /** Bytes a site may store. */
  quota?: number;
  /** Windows are private ones. */
  isPrivate?: boolean;
}

const LAUNCH: Record<string, (options?: BrowserOptions) => Promise<Browser>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkitgtk: launchWebKit,
};

/** Where the suite runs in each browser, and the query that asks for it. */
const PLACES: Record<string, string> = { page: "", worker: "in=worker", "page without WebAssembly": "wasm=off" };

/**
 * Browsers that are started in another way. WebKitGTK's quota cannot be set from outside; and the windows of Chromium and
 * WebKitGTK that are driven here are private ones anyway.
 */
const SPECIAL: Record<string, Record<string, { query: string; options: BrowserOptions }>> = {
  chromium: { "full storage": { query: "in=full+storage", options: { quota: 10_000_000 } } },
  firefox: {
    "full storage": { query: "in=full+storage", options: { quota: 10_000_000 } },
    "private window": { query: "only=indexeddb", options: { isPrivate: true } },
  },
};

export const browserStages: Stage[] = Object.entries(LAUNCH).map(([name, launch]) => ({
  name,
  async run(tell) {
    const script = await bundle("page-entry.js", `${name}/page.js`, {});
    await writeFile(
      join(dirname(script), "index.html"),
      '<!doctype html><script type="module" src="page.js"></script>',
    );
    await visitPages(launch, dirname(script), async (visit) => {
      for (const [place, query] of Object.entries(PLACES)) tell(`${name}, ${place}`, await visit(`/?${query}`));
      tell(`${name}, two tabs`, await visit("/?in=first+tab", "/?in=second+tab"));
    });
    for (const [place, { query, options }] of Object.entries(SPECIAL[name] ?? {})) {
      await visitPages(
        () => launch(options),
        dirname(script),
        async (visit) => tell(`${name}, ${place}`, await visit(`/?${query}`)),
      );
    }
  },
}));

/** Serves a folder to a browser of its own; `visit` opens pages and answers what one of them reports. */
export async function visitPages(
  launch: () => Promise<Browser>,
  folder: string,
  work: (visit: (...paths: string[]) => Promise<Report>) => Promise<void>,
): Promise<void> {
  const server = await servePages(folder);
  try {
    const browser = await launch();
    try {
      await work(async (...paths) => {
        const report = server.report();
        const urls = paths.map((path) => `${server.url}${path}`);
        await Promise.race([browser.visit(urls, report), report]);
        return report;
      });
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
