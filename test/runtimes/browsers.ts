import { cp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../harness.ts";
import { RUNTIMES, type Stage } from "../stage.ts";
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
const PLACES: Record<string, string> = {
  page: "/?",
  worker: "/?in=worker",
  "page without WebAssembly": "/?wasm=off",
  "worker, sqlite on OPFS": "/opfs.html?",
};
/** Where a browser is expected to lack something. */
const LACKS: Record<string, string> = { webkitgtk: "&opfs=none" };

export const browserStages: Stage[] = Object.entries(LAUNCH).map(([name, launch]) => ({
  name,
  async run(tell) {
    const folder = await pageOf("page-entry.js", name, "index");
    await pageOf("opfs-entry.js", name, "opfs");
    await copySqlite3(folder);
    await writeFile(join(folder, SQL_JS_MODULE), await sqlJsModule());
    await visitPages(launch, folder, async (visit) => {
      for (const [place, path] of Object.entries(PLACES)) {
        tell(`${name}, ${place}`, await visit(`${path}${LACKS[name] ?? ""}`));
      }
    });
  },
}));

/** A page whose only content is one of the compiled entries, bundled. Returns the folder it is in. */
export async function pageOf(entry: string, folder: string, page: string): Promise<string> {
  const script = await bundle(entry, `${folder}/${page}.js`, {});
  await writeFile(
    join(dirname(script), `${page}.html`),
    `<!doctype html><script type="module" src="${page}.js"></script>`,
  );
  return dirname(script);
}

/** SQLite's WebAssembly build, beside the pages that load it. */
export async function copySqlite3(folder: string): Promise<void> {
  const source = join(RUNTIMES, "node_modules/@sqlite.org/sqlite-wasm/dist");
  await cp(source, join(folder, "sqlite3"), { recursive: true });
}

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
