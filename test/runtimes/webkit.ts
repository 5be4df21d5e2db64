import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { freePort } from "../free-port.ts";
import { stop } from "../stage.ts";
import type { Browser } from "./browsers.ts";

/** WebKitGTK's MiniBrowser in a virtual screen, driven by plain WebDriver. It is WebKit, not Safari. */
export async function launchWebKit(): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), "mneme-webkit-"));
  const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const children: ChildProcess[] = [screen];
  try {
    const display = await displayOf(screen);
    const port = await freePort();
    const driver = spawn("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], {
      stdio: "ignore",
      detached: true, // a process group of its own, which the browser it starts is in
      env: { ...process.env, ...environment(home), DISPLAY: `:${display}` },
    });
    children.unshift(driver);
    const call = (method: string, path: string, body?: object): Promise<Answer> =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        signal: AbortSignal.timeout(30_000),
        ...(body && { body: JSON.stringify(body) }),
      }).then((answer) => answer.json() as Promise<Answer>);
    await ready(call);
    const capabilities = {
      alwaysMatch: { "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation"] } },
    };
    const session = await call("POST", "/session", { capabilities });
    const path = `/session/${session.value.sessionId}`;
    if (session.value.sessionId === undefined) throw new Error(`no WebKit session: ${JSON.stringify(session)}`);
    return {
      async visit([first, ...beside], done) {
        const home = (await call("GET", `${path}/window`)).value as unknown as string;
        const opened: string[] = [];
        for (const url of beside) {
          const { handle } = (await call("POST", `${path}/window/new`, { type: "tab" })).value;
          if (handle === undefined) throw new Error("WebKit opened no second tab");
          opened.push(handle);
          await call("POST", `${path}/window`, { handle });
          await call("POST", `${path}/url`, { url });
        }
        await call("POST", `${path}/window`, { handle: home });
        await call("POST", `${path}/url`, { url: first! });
        await done;
        for (const handle of opened) {
          await call("POST", `${path}/window`, { handle });
          await call("DELETE", `${path}/window`);
        }
        await call("POST", `${path}/window`, { handle: home });
      },
      async close() {
        await call("DELETE", path); // before the driver goes, or the browser stays behind
        for (const child of children) await stop(child);
        await rm(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    if (children.length > 1) process.kill(-children[0]!.pid!, "SIGKILL");
    for (const child of children) await stop(child);
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

const MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

interface Answer {
  value: { ready?: boolean; sessionId?: string; handle?: string };
}

function environment(home: string): NodeJS.ProcessEnv {
  return {
    HOME: home,
    XDG_CACHE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_RUNTIME_DIR: home,
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    LIBGL_ALWAYS_SOFTWARE: "1",
    NO_AT_BRIDGE: "1",
    GSETTINGS_BACKEND: "memory",
    GIO_USE_PROXY_RESOLVER: "dummy",
    DBUS_SESSION_BUS_ADDRESS: undefined,
  };
}

/** Xvfb picks a display and tells its number. The pipe stays open: Xvfb would die of writing into a closed one. */
function displayOf(screen: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    screen.once("error", reject);
    screen.once("exit", () => reject(new Error("Xvfb did not start")));
    let line = "";
    (screen.stdio[3] as Readable).on("data", (data) => {
      line += data;
      if (line.endsWith("\n")) resolve(line.trim());
    });
  });
}

async function ready(call: (method: string, path: string) => Promise<Answer>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const status = await call("GET", "/status").catch(() => undefined);
    if (status?.value.ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("WebKitWebDriver did not become ready");
}
