import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installed } from "../stage.ts";
import type { Browser } from "./browsers.ts";

interface Puppeteer {
  default: { launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }> };
}
interface Page {
  goto(url: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function launchFirefox(): Promise<Browser> {
  const puppeteer = (await installed<Puppeteer>("puppeteer-core")).default;
  const home = await mkdtemp(join(tmpdir(), "mneme-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: join(home, "profile"),
    env: { ...process.env, HOME: home },
  });
  return {
    async visit(url, done) {
      const page = await browser.newPage();
      await page.goto(url);
      await done;
      await page.close();
    },
    async close() {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
