import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CHROMIUM_SWITCHES } from "../runtimes/chromium.ts";

/** A browser as a user has it: a profile that lasts, and no driver, which would have to be waited for in every round. */
export const BROWSERS: Record<string, (profile: string, url: string) => Promise<BrowserProcess>> = {
  /**
   * Its pages are killed, not all of it: once in some hundred times that a whole Chromium is killed, it begins the next life
   * with an empty IndexedDB, and "strict" durability does not help.
   */
  async chromium(profile, url) {
    return new PageProcesses("/usr/bin/chromium", [
      "--headless=new",
      `--user-data-dir=${profile}`,
      ...CHROMIUM_SWITCHES,
      "--disable-breakpad",
      url,
    ]);
  },
  async firefox(profile, url) {
    await writeFile(join(profile, "user.js"), FIREFOX_PREFERENCES);
    const child = ["--headless", "--no-remote", "--profile", profile, url];
    return new BrowserProcess("/usr/bin/firefox-esr", child, { HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" });
  },
};

/** After a crash it would offer a safe mode, or the pages of before. */
const FIREFOX_PREFERENCES = `
user_pref("toolkit.startup.max_resumed_crashes", -1);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.normandy.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
`;

export class BrowserProcess {
  readonly #child: ChildProcess;
  readonly gone: Promise<void>;
  #errors = "";

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // a process group of its own, which all that it starts is in
      env: { ...process.env, ...env },
    });
    this.#child.stderr!.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-2000);
    });
    // "close" comes when the last of its processes has let go of stderr.
    this.gone = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", () => resolve());
    });
    this.gone.catch(() => {});
  }

  /** Also of its group. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** What it wrote to stderr of late. */
  get errors(): string {
    return this.#errors;
  }

  /** Without warning, and all of its processes at once. */
  async kill(): Promise<void> {
    end(-this.pid, "SIGKILL");
    await this.gone;
  }
}

/** A browser of which only what shows pages is killed; the rest then ends as it always does. */
class PageProcesses extends BrowserProcess {
  override async kill(): Promise<void> {
    const pages = await this.#pages();
    for (const pid of pages) end(pid, "SIGKILL");
    end(this.pid, "SIGTERM");
    const patience = setTimeout(() => super.kill(), 5000);
    await this.gone;
    clearTimeout(patience);
    if (pages.length === 0) throw new Error("there was no page to kill");
  }

  /** Of the processes there are, those of our group that show pages. */
  async #pages(): Promise<number[]> {
    const pages: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const [stat, command] = await Promise.all(
        ["stat", "cmdline"].map((file) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "")),
      );
      const group = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ")[2];
      if (Number(group) === this.pid && command!.includes("--type=renderer")) pages.push(Number(name));
    }
    return pages;
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it ended by itself
  }
}
