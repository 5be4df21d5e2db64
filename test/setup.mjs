// Installs what a command needs and the machine lacks, and says so. Plain JavaScript: it runs before anything is built.
//   node test/setup.mjs          what the library and its demo need
//   node test/setup.mjs --all    and every runtime, browser and server of the tests
//   node test/setup.mjs --peers  and what the benchmark of searching is measured beside
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { hasPgvector, installPgvector } from "./servers/pgvector.mjs";

/** Debian packages and a file each brings. */
const PACKAGES = {
  chromium: "/usr/bin/chromium",
  "firefox-esr": "/usr/bin/firefox-esr",
  "webkit2gtk-driver": "/usr/bin/WebKitWebDriver",
  xvfb: "/usr/bin/Xvfb",
  "redis-server": "/usr/bin/redis-server",
  "postgresql-15": "/usr/lib/postgresql/15/bin/postgres",
  gcc: "/usr/bin/gcc", // for pgvector
  "libc6-dev": "/usr/include/stdio.h",
  "default-jre-headless": "/usr/bin/java",
};

const NUMPY = "/usr/lib/python3/dist-packages/numpy";

try {
  npmInstall(".");
  if (process.argv.includes("--all")) {
    npmInstall("test/runtimes", "--ignore-scripts");
    aptInstall(PACKAGES);
    pgvector();
  }
  if (process.argv.includes("--peers")) {
    if (npmInstall("test/bench/peers", "--ignore-scripts")) compilePeer("hnswlib-node");
    if (!runs("python3", "-c", "import numpy")) aptInstall({ "python3-numpy": NUMPY });
  }
} catch (error) {
  say(`that failed (${error.message.split("\n")[0]}); what it printed stands above`);
  process.exitCode = 1;
}

function npmInstall(folder, ...flags) {
  const done = `${folder}/node_modules/.package-lock.json`;
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(`${folder}/package-lock.json`).mtimeMs) return false;
  say(`installing npm packages in ${folder}`);
  // Not `npm ci`: it refuses a lock file made where the registry's view lacks the optional packages of other platforms.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, ...flags]);
  return true;
}

/** It comes as C++; where there is no compiler, the benchmark goes without it. */
function compilePeer(name) {
  say(`compiling ${name}`);
  try {
    run("npm", ["rebuild", name, "--loglevel=error", "--prefix", "test/bench/peers"]);
  } catch (error) {
    say(`that failed (${error.message.split("\n")[0]}); the benchmark goes without it`);
  }
}

function aptInstall(packages) {
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name]));
  if (missing.length === 0) return;
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    say(`missing, and not installable here: ${missing.join(", ")}; what needs them will fail or be left out`);
    return;
  }
  say(`installing Debian packages: ${missing.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    run("apt-get", ["update", "-qq"], env);
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], env);
  } catch (error) {
    say(`that failed (${error.message.split("\n")[0]}); what needs them will fail or be left out`);
  }
}

/** Debian has no package of it for this PostgreSQL. */
function pgvector() {
  if (hasPgvector()) return;
  say("building pgvector for PostgreSQL 15");
  try {
    installPgvector();
  } catch (error) {
    say(`that failed (${error.message.split("\n")[0]}); what needs it will fail`);
  }
}

function runs(command, ...args) {
  return spawnSync(command, args).status === 0;
}

function run(command, args, env = process.env) {
  // What a tool prints goes to stderr: stdout is for results.
  execFileSync(command, args, { stdio: ["ignore", 2, 2], env });
}

function say(text) {
  console.error(`setup: ${text}`);
}
