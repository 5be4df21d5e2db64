import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../harness.ts";
import { copySqlite3, pageOf } from "../runtimes/browsers.ts";
import { servePages } from "../runtimes/page-server.ts";
import type { Stage } from "../stage.ts";
import { BROWSERS, type BrowserProcess } from "./browser-process.ts";

const ROUNDS = 30;
/** A round lives this long at most, once it writes. */
const LIFE_MS = 500;
/** A browser that tells nothing for so long does not work. */
const SILENCE_MS = 60_000;

type Launch = (profile: string, url: string) => Promise<BrowserProcess>;

/** Nothing acknowledged is lost: a browser is killed without warning while its worker writes, over and over, on one profile. */
export const killBrowserStages: Stage[] = Object.entries(BROWSERS).map(([name, launch]) => ({
  name: `kill, ${name}`,
  async run(tell) {
    const folder = await pageOf("../chaos/page-entry.js", `kill-${name}`, "index");
    await copySqlite3(folder);
    const profile = await mkdtemp(join(tmpdir(), "mneme-kill-"));
    const acknowledged: Record<string, string[]> = {};
    const page = new EventEmitter();
    const server = await servePages(folder, told(page, acknowledged));
    const report: Report = { passed: 0, failed: [] };
    try {
      for (let round = 0; round <= ROUNDS; round++) {
        await live(launch, page, profile, `${server.url}/?round=${round === ROUNDS ? "last" : round}`, round % 2 === 1);
        report.passed++;
      }
      for (const [store, { length }] of Object.entries(acknowledged)) {
        if (length < ROUNDS)
          throw new Error(`only ${length} keys were acknowledged in ${store}: the rounds are too short`);
      }
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

/** One life of the browser. `atOnce`: it ends the moment a commit was acknowledged; else at any moment. */
async function live(launch: Launch, page: EventEmitter, profile: string, url: string, atOnce: boolean): Promise<void> {
  let problem: Error | undefined;
  const note = (error: Error): void => {
    problem ??= error;
  };
  page.on("error", note);
  const browser = await launch(profile, url);
  try {
    await once(page, "ready", { signal: AbortSignal.timeout(SILENCE_MS) });
    await sleep(Math.random() * LIFE_MS);
    if (atOnce) await once(page, "acknowledged", { signal: AbortSignal.timeout(SILENCE_MS) });
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
  return {
    "/ready": (body) => {
      for (const store of JSON.parse(body) as string[]) acknowledged[store] ??= [];
      page.emit("ready");
      return "";
    },
    "/acknowledged": (body) => {
      if (body === "") return JSON.stringify(acknowledged);
      const { store, keys } = JSON.parse(body) as { store: string; keys: string[] };
      acknowledged[store]!.push(...keys);
      page.emit("acknowledged");
      return "";
    },
    "/wrong": (body) => {
      page.emit("error", new Error(JSON.parse(body) as string));
      return "";
    },
  };
}
