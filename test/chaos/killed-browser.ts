import { readdir, readFile } from "node:fs/promises";
import { BrowserProcess, endProcess } from "../runtimes/browser-process.ts";
import { CHROMIUM_SWITCHES } from "../runtimes/chromium.ts";
import { startFirefox } from "../runtimes/firefox.ts";

/** With a profile that lasts, and no driver, which would have to be waited for in every round. */
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
  firefox: (profile, url) => startFirefox(profile, [url]),
};

/** A browser of which only what shows pages is killed; the rest then ends as it always does. */
class PageProcesses extends BrowserProcess {
  override async kill(): Promise<void> {
    const pages = await this.#pages();
    for (const pid of pages) endProcess(pid, "SIGKILL");
    endProcess(this.pid, "SIGTERM");
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
