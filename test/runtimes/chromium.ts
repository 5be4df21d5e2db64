import { installed } from "../stage.ts";
import type { Browser } from "./browsers.ts";

interface Playwright {
  default: { chromium: { launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }> } };
}
interface Page {
  goto(url: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function launchChromium(): Promise<Browser> {
  const { chromium } = (await installed<Playwright>("playwright-core")).default;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    async visit(url, done) {
      const page = await browser.newPage();
      await page.goto(url);
      await done;
      await page.close();
    },
    close: () => browser.close(),
  };
}
