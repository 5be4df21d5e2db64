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
const PLACES: Record<string, string> = {
  page: "/?",
  worker: "/?in=worker",
  "page without WebAssembly": "/?wasm=off",
  "worker, sqlite on OPFS": "/opfs.html?",
};
/** Where a browser is expected to lack something. */
const LACKS: Record<string, string> = { webkitgtk: "&opfs=none&sharing=none" };
/** People forbid WebAssembly in Safari; Firefox has no such switch, and without WebAssembly all is plain JavaScript. */
const SPARED: Record<string, string> = { firefox: "page without WebAssembly" };
/** Where what is computing alone has been seen elsewhere: in JavaScriptCore by Bun; without WebAssembly by Node, asked for the scalar kernel. */
const AGAIN: Record<string, readonly string[]> = {
  chromium: ["page without WebAssembly"],
  webkitgtk: ["page", "page without WebAssembly"],
};

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
    const folder = await pageOf("page-entry.js", name, "index");
    await pageOf("opfs-entry.js", name, "opfs");
    await copySqlite3(folder);
    await copySqlJs(folder);
    await visitPages(launch, folder, async (visit) => {
      for (const [place, path] of Object.entries(PLACES)) {
        if (SPARED[name] === place) continue;
        const again = AGAIN[name]?.includes(place) ? "&again=yes" : "";
        tell(`${name}, ${place}`, await visit(`${path}${LACKS[name] ?? ""}${again}`));
      }
      tell(`${name}, two tabs`, await visit("/?in=first+tab", "/?in=second+tab"));
    });
    for (const [place, { query, options }] of Object.entries(SPECIAL[name] ?? {})) {
      await visitPages(
        () => launch(options),
        folder,
        async (visit) => tell(`${name}, ${place}`, await visit(`/?${query}`)),
      );
    }
  },
}));

/** A page whose only content is one of the compiled entries, bundled. Returns the folder it is in. */
export async function pageOf(
  entry: string,
  folder: string,
  page: string,
  options: Parameters<typeof bundle>[2] = {},
): Promise<string> {
  const script = await bundle(entry, `${folder}/${page}.js`, options);
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

export async function copySqlJs(folder: string): Promise<void> {
  await writeFile(join(folder, SQL_JS_MODULE), await sqlJsModule());
}

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
