import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../harness.ts";
import type { BrowserProcess } from "../runtimes/browser-process.ts";
import { copySqlite3, copySqlJs, pageOf } from "../runtimes/browsers.ts";
import { servePages } from "../runtimes/page-server.ts";
import type { Stage } from "../stage.ts";
import { BROWSERS } from "./killed-browser.ts";
import { rounds } from "./rounds.ts";

const ROUNDS = rounds(30);
/** A browser that tells nothing for so long does not work. */
const SILENCE_MS = 120_000;

/** When it is killed, in turns. "writing" is told once every store has acknowledged something in this round. */
const MOMENTS: ((heard: (event: string) => Promise<unknown>) => Promise<unknown>)[] = [
  // While it opens its stores, mends what the one before left, and looks for what it must find.
  (heard) => heard("asked").then(() => sleep(Math.random() * 200)),
  // At any moment of writing.
  (heard) => heard("writing").then(() => sleep(Math.random() * 500)),
  // The moment after a commit was acknowledged.
  (heard) =>
    heard("writing")
      .then(() => sleep(Math.random() * 300))
      .then(() => heard("acknowledged")),
];

/** Nothing acknowledged is lost: a browser is killed without warning while its worker writes, over and over, on one profile. */
export const killBrowserStages: Stage[] = Object.entries(BROWSERS).map(([name, launch]) => ({
  name: `kill, ${name}`,
  async run(tell) {
    const folder = await pageOf("../chaos/page-entry.js", `kill-${name}`, "index");
    await copySqlite3(folder);
    await copySqlJs(folder);
    const profile = await mkdtemp(join(tmpdir(), "mneme-kill-"));
    const acknowledged: Record<string, string[]> = {};
    const page = new EventEmitter();
    page.on("error", () => {}); // between two rounds nobody listens, and the next finds the same
    const server = await servePages(folder, told(page, acknowledged));
    const report: Report = { passed: 0, failed: [] };
    try {
      for (; report.passed < ROUNDS; report.passed++) {
        const moment = MOMENTS[report.passed % MOMENTS.length]!;
        await live(page, () => launch(profile, `${server.url}/?round=${report.passed}`), moment);
      }
      await live(
        page,
        () => launch(profile, `${server.url}/?round=last`),
        (heard) => heard("ready"),
      );
      report.passed++;
    } catch (error) {
      report.failed.push({ name: `round ${report.passed}`, error: String((error as Error).stack) });
    } finally {
      await server.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    }
    const counts = Object.entries(acknowledged).map(([store, { length }]) => `${store}: ${length}`);
    tell(`kill, ${name} (keys acknowledged: ${counts.join(", ")})`, report);
  },
}));

/** One life of the browser. What it found wrong, or that it told nothing, is thrown. */
async function live(
  page: EventEmitter,
  launch: () => Promise<BrowserProcess>,
  moment: (typeof MOMENTS)[number],
): Promise<void> {
  let problem: Error | undefined;
  const note = (error: Error): void => {
    problem ??= error;
  };
  page.on("error", note);
  const browser = await launch();
  try {
    await moment((event) => once(page, event, { signal: AbortSignal.timeout(SILENCE_MS) }));
  } catch (error) {
    note(new Error(`${error}\nthe browser wrote: ${browser.errors}`));
  } finally {
    await browser.kill();
    page.off("error", note);
  }
  if (problem !== undefined) throw problem;
}

/** What the page posts, as events; and what it asks for: the keys it must find. */
function told(page: EventEmitter, acknowledged: Record<string, string[]>): Record<string, (body: string) => string> {
  const silent = new Set<string>();
  return {
    "/ready": (body) => {
      for (const store of JSON.parse(body) as string[]) silent.add(store);
      page.emit("ready");
      return "";
    },
    "/acknowledged": (body) => {
      if (body === "") {
        page.emit("asked");
        return JSON.stringify(acknowledged);
      }
      const { store, keys } = JSON.parse(body) as { store: string; keys: string[] };
      acknowledged[store] = [...(acknowledged[store] ?? []), ...keys];
      silent.delete(store);
      if (silent.size === 0) page.emit("writing");
      page.emit("acknowledged");
      return "";
    },
    "/wrong": (body) => {
      page.emit("error", new Error(JSON.parse(body) as string));
      return "";
    },
  };
}
