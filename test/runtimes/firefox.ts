import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrowserProcess } from "./browser-process.ts";
import type { Browser, BrowserOptions } from "./browsers.ts";

/**
 * A Firefox for each visit, without a driver: under WebDriver BiDi, one in about a hundred workers that start another stops there
 * for ever.
 */
export async function launchFirefox({ quota, isPrivate = false }: BrowserOptions = {}): Promise<Browser> {
  const preferences = {
    "browser.privatebrowsing.autostart": isPrivate,
    // In kilobytes, of which one site may have a fifth.
    ...(quota !== undefined && { "dom.quotaManager.temporaryStorage.fixedLimit": Math.ceil((5 * quota) / 1024) }),
  };
  return {
    async visit(urls, done) {
      const profile = await mkdtemp(join(tmpdir(), "mneme-firefox-"));
      try {
        const browser = await startFirefox(profile, urls, preferences);
        const ended = browser.gone.then(() => {
          throw new Error(`Firefox ended: ${browser.errors}`);
        });
        try {
          await Promise.race([done, ended]);
        } finally {
          ended.catch(() => {});
          await browser.kill();
        }
      } finally {
        await rm(profile, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    async close() {},
  };
}

/** Opens pages as tabs of one window. What it stores is in the profile. */
export async function startFirefox(
  profile: string,
  urls: readonly string[],
  preferences: Record<string, boolean | number> = {},
): Promise<BrowserProcess> {
  const lines = Object.entries({ ...QUIET, ...preferences }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, "user.js"), lines.join(""));
  const args = ["--headless", "--no-remote", "--profile", profile, ...urls];
  return new BrowserProcess("/usr/bin/firefox-esr", args, { HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" });
}

/** No questions to the user, no network; after a crash neither a safe mode nor the pages of before. */
const QUIET: Record<string, boolean | number | string> = {
  "toolkit.startup.max_resumed_crashes": -1,
  "browser.sessionstore.resume_from_crash": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.normandy.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
};
