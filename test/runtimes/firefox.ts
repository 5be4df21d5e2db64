import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed } from "../stage.ts";
import type { Browser, BrowserOptions } from "./browsers.ts";

interface Puppeteer {
  default: { launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }> };
}
interface Page {
  goto(url: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function launchFirefox({ quota, isPrivate = false }: BrowserOptions = {}): Promise<Browser> {
  const puppeteer = (await installed<Puppeteer>("puppeteer-core")).default;
  const home = await mkdtemp(join(tmpdir(), "mneme-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: join(home, "profile"),
    extraPrefsFirefox: {
      "browser.privatebrowsing.autostart": isPrivate,
      // In kilobytes, of which one site may have a fifth.
      ...(quota !== undefined && { "dom.quotaManager.temporaryStorage.fixedLimit": Math.ceil((5 * quota) / 1024) }),
    },
    env: { ...process.env, HOME: home },
  });
  return {
    async visit(urls, done) {
      const pages: Page[] = [];
      for (const url of urls) {
        const page = await browser.newPage();
        pages.push(page);
        await page.goto(url);
      }
      await done;
      for (const page of pages) await page.close();
    },
    async close() {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
