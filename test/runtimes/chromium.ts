import { installed } from "../stage.ts";
import type { Browser, BrowserOptions } from "./browsers.ts";

interface Playwright {
  default: {
    chromium: { launch(options: object): Promise<{ newContext(): Promise<Context>; close(): Promise<void> }> };
  };
}
interface Context {
  newPage(): Promise<Page>;
  newCDPSession(page: Page): Promise<{ send(method: string, parameters: object): Promise<unknown> }>;
  close(): Promise<void>;
}
interface Page {
  goto(url: string, options: { waitUntil: "commit" }): Promise<unknown>;
}

/** What keeps it from the network, the screen and questions to the user. */
export const CHROMIUM_SWITCHES: string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchChromium({ quota }: BrowserOptions = {}): Promise<Browser> {
  const { chromium } = (await installed<Playwright>("playwright-core")).default;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: CHROMIUM_SWITCHES,
  });
  return {
    async visit(urls, done) {
      const context = await browser.newContext();
      for (const url of urls) {
        const page = await context.newPage();
        if (quota !== undefined) {
          const session = await context.newCDPSession(page);
          await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(url).origin, quotaSize: quota });
        }
        await page.goto(url, { waitUntil: "commit" }); // the suite may keep it busy before it has loaded
      }
      await done;
      await context.close();
    },
    close: () => browser.close(),
  };
}
